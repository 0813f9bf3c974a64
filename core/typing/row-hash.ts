/** The structure of a file of row hashes (`RowBinary`), in any order: the row's number in its scope, whether it is as in the run before. */
export const ROW_HASH_COLUMNS = 'row UInt32, unchanged UInt8, hash FixedString(16)';

/** What a row takes in it. */
export const ROW_HASH_BYTES = 4 + 1 + 16;

/** The structure of a file of hashes alone (`RowBinary`). */
export const HASH_COLUMNS = 'hash FixedString(16)';

/**
 * The hash as a number of the same bytes, which costs less to sort. The sum of such numbers tells sets of hashes apart without
 * holding them: of two sets of one size that hold each hash once and have one sum, nobody will ever see one that is not the
 * other.
 */
export const HASH_NUMBER = 'reinterpretAsUInt128(hash)';
