/** One line of a file: which record, and which of its versions. */
interface Line {
  readonly index: number;
  readonly version: number;
}

/** A file of the benchmark. */
export interface Variant {
  readonly name: VariantName;
  readonly rows: number;
  lineAt(row: number): Line;
  /** Whether a later row has the same key, so that this one's values do not last. */
  isSuperseded(row: number): boolean;
}

export type VariantName = 'first' | 'one-percent' | 'changed' | 'duplicates-1' | 'duplicates-100' | 'preview';

/** Rows of the file for the dry run. */
const PREVIEW_ROWS = 100_000;

/** Every so many rows one is changed in `one-percent`. */
const CHANGED_EVERY = 100;

const never = (): boolean => false;

/**
 * - `first`: every record once.
 * - `one-percent`: the same, one record in a hundred changed.
 * - `changed`: the same, every record changed, also against `one-percent`.
 * - `duplicates-1`, `duplicates-100`: 1 % or all of the rows share their key with one other row far away, whose values differ.
 * - `preview`: at most 100,000 rows, every other one of a record that `first` has, the rest new.
 */
export function buildVariant(name: VariantName, rows: number): Variant {
  switch (name) {
    case 'first':
      return { name, rows, lineAt: (row) => ({ index: row, version: 0 }), isSuperseded: never };
    case 'one-percent':
      return {
        name,
        rows,
        lineAt: (row) => ({ index: row, version: row % CHANGED_EVERY === 0 ? 1 : 0 }),
        isSuperseded: never,
      };
    case 'changed':
      return { name, rows, lineAt: (row) => ({ index: row, version: 2 }), isSuperseded: never };
    case 'duplicates-1':
      return withDuplicates(name, rows, Math.floor(rows / 200));
    case 'duplicates-100':
      return withDuplicates(name, rows, Math.floor(rows / 2));
    case 'preview':
      return {
        name,
        rows: Math.min(rows, PREVIEW_ROWS),
        lineAt: (row) => ({ index: row % 2 === 0 ? row : rows + row, version: 3 }),
        isSuperseded: never,
      };
  }
}

/** The last `repeats` rows repeat the keys of rows spread evenly over those before. */
function withDuplicates(name: VariantName, rows: number, repeats: number): Variant {
  const unique = rows - repeats;
  const stride = repeats === 0 ? 1 : Math.max(1, Math.floor(unique / repeats));
  return {
    name,
    rows,
    lineAt: (row) => (row < unique ? { index: row, version: 0 } : { index: (row - unique) * stride, version: 1 }),
    isSuperseded: (row) => row < unique && row % stride === 0 && row / stride < repeats,
  };
}
