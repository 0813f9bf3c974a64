import type { VariableType } from '../model/connector.ts';
import { NUMERIC_TIMES } from '../typing/detect.ts';
import { readValue } from '../typing/read-value.ts';
import { DistinctCount } from './distinct-count.ts';
import { isPlaceholder, READINGS, type Reading } from './readings.ts';

/** A value that a reading does not take. */
export interface Misfit {
  readonly row: number;
  readonly value: string;
}

/** How well a reading fits the values of a column. */
export interface Fit {
  readonly reading: Reading;
  /** Values that it takes, and among those the ones with a fraction or a time of day. */
  fits: number;
  fractions: number;
  times: number;
  readonly misfits: Misfit[];
}

const EXAMPLES = 3;
const MISFITS = 3;
/** After so many values a reading that fits less than half of them is given up. */
const PROBATION = 500;
/** Reading phones costs more than all else: the rest is taken to be like the first ones. */
const MOST_PHONES = 20_000;
/** What a text needs to be worth a closer look: most texts are out of the question for most types. */
const POSSIBLE: Readonly<Record<VariableType, (text: string) => boolean>> = {
  String: () => true,
  UUID: (text) => text.length >= 32,
  Email: (text) => text.includes('@'),
  Boolean: (text) => text.length <= 9,
  Number: (text) => /^[-+.,0-9]/.test(text),
  Date: (text) => /^[0-9].{7}/.test(text),
  DateTime: (text) => /^[0-9].{7}/.test(text),
  PhoneNumber: (text) => /(?:[0-9][^0-9]*){5}/.test(text),
};
const EPOCHS: Readonly<Record<string, RegExp>> = {
  UnixEpoch: new RegExp(NUMERIC_TIMES['UnixEpoch'] ?? ''),
  UnixEpochMillis: new RegExp(NUMERIC_TIMES['UnixEpochMillis'] ?? ''),
};
/** Fewer do not tell a column of phone numbers from one of other numbers. */
const FEWEST_PHONES = 20;
/** Distinct values that are told apart, over all columns of a table some 16 MiB each. */
const MOST_DISTINCT = 1_000_000;

/** How much of one column is looked at: distinct values that are told apart, and values that are read as phone numbers. */
export interface Effort {
  readonly mostDistinct?: number;
  readonly mostPhones?: number;
}

/** How much of each of so many columns is looked at, so that wide tables take little more memory and time than others. */
export function effortOf(columns: number): Required<Effort> {
  const shareOf = (all: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, Math.floor(all / Math.max(1, columns))));
  return {
    mostDistinct: shareOf(16 * MOST_DISTINCT, 10_000, 16 * MOST_DISTINCT),
    mostPhones: shareOf(10 * MOST_PHONES, FEWEST_PHONES, MOST_PHONES),
  };
}

/** What one column holds, gathered value by value in one pass. */
export class ColumnProfile {
  rows = 0;
  blanks = 0;
  firstBlankRow = 0;
  /** Values that say that there is none: `n/a`, `-`. */
  placeholders = 0;
  /** Whole numbers with a zero before other digits, which a number would lose; and of more than 15 digits. */
  leadingZeros = 0;
  longNumbers = 0;
  /** Of the longest value, in UTF-16 code units. */
  longest = 0;
  readonly examples: string[] = [];
  readonly distinct: DistinctCount;
  readonly mostPhones: number;
  readonly #phoneRegion: string | null;
  #live: Fit[] = READINGS.map((reading) => ({ reading, fits: 0, fractions: 0, times: 0, misfits: [] }));

  constructor(phoneRegion: string | null, { mostDistinct = MOST_DISTINCT, mostPhones = MOST_PHONES }: Effort = {}) {
    this.#phoneRegion = phoneRegion;
    this.mostPhones = mostPhones;
    this.distinct = new DistinctCount(mostDistinct);
  }

  /** Values that are there, placeholders included. */
  get values(): number {
    return this.rows - this.blanks;
  }

  /** The readings that are left, those that fit nothing too. */
  get fits(): readonly Fit[] {
    return this.#live;
  }

  add(row: number, text: string | null): void {
    this.rows += 1;
    if (text === null || text === '') {
      this.blanks += 1;
      if (this.blanks === 1) this.firstBlankRow = row;
      return;
    }
    if (text.length > this.longest) this.longest = text.length;
    if (this.examples.length < EXAMPLES && !this.examples.includes(text)) this.examples.push(text);
    this.distinct.add(text);
    const value = text.trim();
    if (isPlaceholder(value)) this.placeholders += 1;
    if (/^0[0-9]+$/.test(value)) this.leadingZeros += 1;
    if (/^[0-9]{16,}$/.test(value)) this.longNumbers += 1;
    for (const fit of this.#live) this.#tryReading(fit, row, value);
    if (this.values % PROBATION === 0) this.#judge();
  }

  #tryReading(fit: Fit, row: number, text: string): void {
    const { type, format } = fit.reading;
    if (type === 'PhoneNumber' && this.values > this.mostPhones) return;
    if (!POSSIBLE[type](text)) {
      if (fit.misfits.length < MISFITS) fit.misfits.push({ row, value: text });
      return;
    }
    // Any number is some second since 1970: only those of the size that detection asks for are meant as one.
    const isMeant = EPOCHS[format]?.test(text) ?? true;
    const context = { format, timeZone: 'UTC', phoneRegion: this.#phoneRegion };
    const read = isMeant ? readValue(type, text, context) : null;
    if (read === null) {
      if (fit.misfits.length < MISFITS) fit.misfits.push({ row, value: text });
      return;
    }
    fit.fits += 1;
    if (type === 'Number' && read.includes('.')) fit.fractions += 1;
    if (type === 'DateTime' && text.includes(':')) fit.times += 1;
  }

  #judge(): void {
    const seen = this.values - this.placeholders;
    const isPhoneSample = (fit: Fit): boolean => fit.reading.type === 'PhoneNumber' && this.values > this.mostPhones;
    this.#live = this.#live.filter((fit) => isPhoneSample(fit) || fit.fits * 2 >= seen);
    this.distinct.judge();
  }
}
