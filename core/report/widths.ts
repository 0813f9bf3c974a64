import type { VariableType, VariableValue } from '../model/connector.ts';
import { renderValue } from './text.ts';

const LEAST = 9;
const MOST = 46;
/** Space for the filter button and the margins of a cell. */
const HEADER_EXTRA = 4;

const BY_TYPE: Readonly<Record<VariableType, number>> = {
  Boolean: 9,
  Date: 12,
  DateTime: 22,
  Email: 20,
  Number: 11,
  PhoneNumber: 16,
  String: 12,
  UUID: 38,
};

/** Widths of columns, in characters, that fit the headers and the first rows without one long text taking the screen. */
export class ColumnWidths {
  readonly #widths: number[];

  constructor(columns: readonly { readonly name: string; readonly type?: VariableType }[]) {
    this.#widths = columns.map((column) =>
      clamp(Math.max(column.name.length + HEADER_EXTRA, column.type === undefined ? LEAST : BY_TYPE[column.type])),
    );
  }

  see(values: readonly VariableValue[]): void {
    for (const [index, width] of this.#widths.entries()) {
      const text = renderValue(values[index] ?? null);
      if (text === null || text.length + 2 <= width) continue;
      const lineBreak = text.indexOf('\n');
      this.#widths[index] = clamp(Math.max(width, (lineBreak < 0 ? text.length : lineBreak) + 2));
    }
  }

  get values(): readonly number[] {
    return this.#widths;
  }
}

/** Lines that wrapped text takes in a column of so many characters; some room is lost where words break. */
export function wrappedLines(text: string, width: number): number {
  const perLine = Math.max(1, width * 0.92);
  let lines = 0;
  for (let start = 0; start <= text.length;) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    lines += Math.max(1, Math.ceil((stop - start) / perLine));
    start = stop + 1;
  }
  return lines;
}

function clamp(width: number): number {
  return Math.min(MOST, Math.max(LEAST, width));
}
