import type { VariableType } from '../model/connector.ts';

/** What of a column matters for whether rows are known by it. */
export interface KeyCandidate {
  readonly name: string;
  readonly type: VariableType;
  readonly isWhole: boolean;
  readonly rows: number;
  readonly blanks: number;
  /** Null: not counted to the end, since it repeats. */
  readonly distinct: number | null;
  readonly longest: number;
}

/** The column by which the rows of a table are known, as far as one can tell. */
export interface KeyGuess {
  readonly column: string;
  /** Every row has a value of its own. */
  readonly isUnique: boolean;
  /** Rows whose value came before, or that have none. */
  readonly exceptions: number;
}

const KEY_NAMES: readonly RegExp[] = [
  /^(id|uuid|guid|key|external_id|ext_id)$/,
  /(^|_)(sku|ean|gtin|isbn|article|artikel|article_number|artikelnummer|item_number|part_number)$/,
  /(^|_)(id|uuid|key|no|nr|number|num|nummer|ref|reference)$/,
  /(^|_)(code|e_mail|email|login|username|iban|barcode)(_|$)/,
];
/** Longer values are texts that happen to differ. */
const LONGEST_KEY = 200;
/** A column that is named like a key may repeat this often and still be the one that is meant. */
const NEARLY = 0.9;

/**
 * Of the columns in which every row has a value of its own, the one whose name says so best, and the first of two. Where
 * there is none, a column that is named like a key and nearly unique; null where not even that.
 */
export function guessKey(columns: readonly KeyCandidate[]): KeyGuess | null {
  const fitting = columns.filter(isFitForKey);
  const unique = fitting.filter((column) => column.blanks === 0 && column.distinct === column.rows && column.rows > 0);
  const chosen = bestNamed(unique) ?? bestNamed(fitting.filter(isNearlyUnique), KEY_NAMES.length - 1);
  if (chosen === null) {
    const [named] = columns.filter((column) => column.rows === 0 && rankOf(column.name) < KEY_NAMES.length);
    return named === undefined ? null : { column: named.name, isUnique: false, exceptions: 0 };
  }
  const exceptions = chosen.rows - (chosen.distinct ?? 0);
  return { column: chosen.name, isUnique: exceptions === 0, exceptions };
}

/** Whether rows may be known by values such as those of the column. */
export function isFitForKey({ type, isWhole, longest }: KeyCandidate): boolean {
  if (longest > LONGEST_KEY) return false;
  return type === 'String' || type === 'UUID' || type === 'Email' || (type === 'Number' && isWhole);
}

/** Whether the name of a column says that things are known by it. */
export function isCalledByKey(name: string): boolean {
  return rankOf(name) < KEY_NAMES.length;
}

function isNearlyUnique({ rows, distinct }: KeyCandidate): boolean {
  return rows > 0 && (distinct ?? 0) >= rows * NEARLY;
}

function rankOf(name: string): number {
  const rank = KEY_NAMES.findIndex((pattern) => pattern.test(name));
  return rank < 0 ? KEY_NAMES.length : rank;
}

function bestNamed(columns: readonly KeyCandidate[], worstRank = KEY_NAMES.length): KeyCandidate | null {
  return columns
    .filter(({ name }) => rankOf(name) <= worstRank)
    .reduce<KeyCandidate | null>(
      (best, one) => (best === null || rankOf(one.name) < rankOf(best.name) ? one : best),
      null,
    );
}
