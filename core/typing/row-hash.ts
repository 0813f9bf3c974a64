/** The structure of a file of row hashes (`RowBinary`), in any order: the row's number in its scope, whether it is as in the run before. */
export const ROW_HASH_COLUMNS = 'row UInt32, unchanged UInt8, hash FixedString(16)';

/** What a row takes in it. */
export const ROW_HASH_BYTES = 4 + 1 + 16;
