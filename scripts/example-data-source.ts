/** One file of an example: its path under `examples/`, and its content. */
export interface ExampleFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A deterministic source of choices (mulberry32): the same seed gives the same examples on every machine. */
export class Source {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 inclusive to 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** True for about so many of 1000. */
  perMille(share: number): boolean {
    return this.next() * 1000 < share;
  }
}

const encoder = new TextEncoder();

export function textFile(path: string, text: string): ExampleFile {
  return { path, content: encoder.encode(text) };
}

/** A line of a delimited file, quoted where it has to be. */
export function delimitedLine(cells: readonly string[], delimiter = ','): string {
  return cells
    .map((cell) => (/["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
}

/** `2026-01-31` and a number of days give the day so many days later, as UTC year, month and day. */
export function dayAfter(day: string, days: number): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
}

export const isoDay = (date: Date): string => date.toISOString().slice(0, 10);

/** A date with its parts in another order: `reorder(date, 'MM/DD/YYYY')`. */
export function writeDay(date: Date, pattern: 'MM/DD/YYYY' | 'DD.MM.YYYY'): string {
  const [year = '', month = '', day = ''] = isoDay(date).split('-');
  return pattern === 'MM/DD/YYYY' ? `${month}/${day}/${year}` : `${day}.${month}.${year}`;
}

/** Cents as people write amounts: `1,299.00` or, with a comma for the decimals, `1.299,00`. */
export function writeAmount(cents: number, decimal: '.' | ','): string {
  const group = decimal === '.' ? ',' : '.';
  const whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, group);
  return `${whole}${decimal}${String(cents % 100).padStart(2, '0')}`;
}
