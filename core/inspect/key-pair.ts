import { KeySet } from '../hashing/key-set.ts';
import { isCalledByKey, isFitForKey, type KeyCandidate, type KeyGuess } from './guess-key.ts';

/** Positions in a table, from 0, of two columns. */
export type ColumnPair = readonly [first: number, second: number];

/** What tells the parts of one thing apart: the lines of an order, the days of a rate. */
const PART_NAMES =
  /(^|_)(line|pos|position|row|item|seq|sequence|index|step|part|version|revision|variant|size|color|date|day|week|month|year|period|zeile|lang|language|locale|currency|unit|warehouse|store|site|location)(_|$)/;
const MOST_COLUMNS = 16;
const MOST_PAIRS = 12;
/** Pairs of values that are kept at a time, sixteen bytes each and as much again as they grow. */
const MOST_KEPT = 8_000_000;

/**
 * The pairs of columns that may tell rows apart where no column does, the likeliest first: a number of an order before its
 * lines. Where one column nearly does, only that one with what its name calls a part; where one does that is not called a
 * key, only such pairs of others.
 */
export function pairCandidates(columns: readonly KeyCandidate[], key: KeyGuess | null): ColumnPair[] {
  const rows = columns[0]?.rows ?? 0;
  if (rows < 2 || (key?.isUnique === true && isCalledByKey(key.column))) return [];
  const fitting = columns
    .map((column, index) => ({ column, index, rank: rankOf(column.name) }))
    .filter(({ column }) => isFitForPair(column))
    .sort((one, other) => RANK_WEIGHTS[one.rank] - RANK_WEIGHTS[other.rank] || one.index - other.index)
    .slice(0, MOST_COLUMNS)
    .sort((one, other) => one.index - other.index);
  const pairs = fitting.flatMap((one, at) => fitting.slice(at + 1).map((other) => ({ one, other })));
  return pairs
    .filter(({ one, other }) => (one.column.distinct ?? rows) * (other.column.distinct ?? rows) >= rows)
    .map(({ one, other }) => ({ one, other, weight: weigh(one.rank, other.rank) }))
    .filter(({ one, other, weight }) => key === null || isBetter(key, weight, [one.column.name, other.column.name]))
    .sort((a, b) => a.weight - b.weight)
    .slice(0, Math.max(1, Math.min(MOST_PAIRS, Math.floor(MOST_KEPT / rows))))
    .map(({ one, other }): ColumnPair =>
      one.rank === 'Part' && other.rank === 'Key' ? [other.index, one.index] : [one.index, other.index],
    );
}

/** Looks at rows one after the other: a pair is out as soon as its values come again. */
export class PairSearch {
  #left: { readonly pair: ColumnPair; readonly values: KeySet }[];
  #rows = 0;

  constructor(pairs: readonly ColumnPair[]) {
    this.#left = pairs.map((pair) => ({ pair, values: new KeySet(0) }));
  }

  /** Whether none of them is left. */
  isOver(): boolean {
    return this.#left.length === 0;
  }

  /** The first of the pairs that have told all rows apart so far; null: none does. */
  get best(): ColumnPair | null {
    return this.#left[0]?.pair ?? null;
  }

  add(cells: readonly (string | null)[]): void {
    this.#rows += 1;
    for (const { pair, values } of this.#left) {
      const first = cells[pair[0]] ?? '';
      values.add(`${first.length} ${first}${cells[pair[1]] ?? ''}`);
    }
    if (this.#left.some(({ values }) => values.size < this.#rows)) {
      this.#left = this.#left.filter(({ values }) => values.size === this.#rows);
    }
  }
}

/** What the name of a column says of it. */
type Rank = 'Key' | 'Part' | 'Other';
const RANK_WEIGHTS: Readonly<Record<Rank, number>> = { Key: 0, Part: 1, Other: 2 };

function rankOf(name: string): Rank {
  if (PART_NAMES.test(name)) return 'Part';
  return isCalledByKey(name) ? 'Key' : 'Other';
}

function weigh(one: Rank, other: Rank): number {
  const isKeyWithPart = one !== other && one !== 'Other' && other !== 'Other';
  return isKeyWithPart ? 0 : RANK_WEIGHTS[one] + RANK_WEIGHTS[other] + 1;
}

function isBetter(key: KeyGuess, weight: number, names: readonly string[]): boolean {
  return weight === 0 && names.includes(key.column) !== key.isUnique;
}

function isFitForPair(column: KeyCandidate): boolean {
  const isDate = column.type === 'Date' || column.type === 'DateTime';
  return column.blanks === 0 && column.distinct !== 1 && (isDate || isFitForKey(column));
}
