import { ROW_STATUSES } from '../../core/model/outcome.ts';
import { HASH_COLUMNS, ROW_HASH_COLUMNS } from '../../core/typing/row-hash.ts';
import { ROW_STATE_COLUMNS } from '../load/row-states.ts';

/** The structure of a baseline file (`RowBinary`): a row's hash, a step that took it, and the record it came to there. */
export const BASELINE_COLUMNS = 'hash FixedString(16), step UInt8, record FixedString(16)';

/** What one execution found and did in one scope. */
export interface FoldScope {
  /** The baseline before; null: empty. */
  readonly baseline: string | null;
  /**
   * The file of row hashes; null where it is no longer there, or others ran in the middle: nobody can say what the
   * execution saw or left then, so its rows leave the baseline and none can enter, which is always safe.
   */
  readonly rowHashes: string | null;
  /** Row states of each step that reads the scope, as files. */
  readonly steps: readonly { readonly step: number; readonly path: string }[];
}

/** What is laid over the baseline of one scope. */
export interface FoldRequest extends FoldScope {
  /** Scopes whose steps write an object that a step of this one writes too: their rows may reach the same records. */
  readonly others: readonly FoldScope[];
  /** Whether the execution ended in Succeeded or PartialSuccess: then what it did not see leaves. */
  readonly ended: boolean;
  /** Where the new baseline goes. */
  readonly output: string;
  /** Where the hashes of the new baseline go, each once (`HASH_COLUMNS`), and beside them their totals; null: nowhere. */
  readonly hashes: string | null;
}

/** How many hashes a baseline has, and their sum (`HASH_NUMBER`), a decimal text. */
export interface HashTotals {
  readonly count: number;
  readonly sum: string;
}

/** The file of `HashTotals` of a file of hashes. */
export const totalsOf = (hashes: string): string => `${hashes}.totals.json`;

const quoteText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const DONE = ['Created', 'Updated', 'Unarchived', 'Unchanged'].map((status) =>
  ROW_STATUSES.findIndex((one) => one === status),
);

/** Hashes and ids as numbers: groups of numbers cost a fraction of groups of texts. The bytes are the same. */
const asNumbers = (columns: string): string => columns.replaceAll('FixedString(16)', 'UInt128');

const read = (path: string, columns: string): string =>
  `file(${quoteText(path)}, 'RowBinary', '${asNumbers(columns)}')`;

const NO_NUMBER = 'toUInt128(0)';
const NO_ROWS = `SELECT toUInt32(0) AS row, toUInt8(0) AS unchanged, ${NO_NUMBER} AS hash WHERE 0`;
const NO_BASE = `SELECT ${NO_NUMBER} AS hash, toUInt8(0) AS step, ${NO_NUMBER} AS record WHERE 0`;
const NO_STATES = `SELECT toUInt8(0) AS step, toUInt32(0) AS row, toUInt8(0) AS status, toUInt8(0) AS flags, ${NO_NUMBER} AS record WHERE 0`;

const readBase = ({ baseline }: FoldScope): string =>
  baseline === null ? NO_BASE : `SELECT * FROM ${read(baseline, BASELINE_COLUMNS)}`;

const readRows = ({ rowHashes }: Pick<FoldScope, 'rowHashes'>): string =>
  rowHashes === null ? NO_ROWS : `SELECT * FROM ${read(rowHashes, ROW_HASH_COLUMNS)}`;

const readStates = ({ steps }: FoldScope): string =>
  steps.length === 0
    ? NO_STATES
    : steps
        .map(({ step, path }) => `SELECT toUInt8(${step}) AS step, * FROM ${read(path, ROW_STATE_COLUMNS)}`)
        .join(' UNION ALL ');

/**
 * The settings under which `renderFold` works. Everything is told by windows, and nothing is grouped or joined: groups on the
 * disk are slow, and the tables of joins and sets stay in memory. A window goes over a table that is sorted by what it parts
 * the rows by: each part is sorted as it is written, and all are read side by side, so no row is sorted twice and the memory
 * does not grow with the rows. The ceiling is for rows that all reach one record, which stay together.
 */
export const FOLD_SETTINGS =
  'max_memory_usage = 2000000000, max_bytes_before_external_sort = 48000000, max_bytes_ratio_before_external_sort = 0, ' +
  'prefer_external_sort_block_bytes = 1000000, temporary_files_buffer_size = 65536, max_threads = 1, max_insert_threads = 1, ' +
  'max_block_size = 8192, min_insert_block_size_bytes = 8000000, join_use_nulls = 0, read_in_order_use_buffering = 0, ' +
  // A mapped file would count as memory of the process.
  "storage_file_read_method = 'pread', " +
  'engine_file_truncate_on_insert = 1, engine_file_skip_empty_files = 1';

const sortedBy = (column: string): string => `ENGINE = MergeTree ORDER BY ${column}`;

/** Fills `table` with the entries of the baseline of a scope, and with its rows that the diff check left out. */
const renderEntries = (table: string, scope: FoldScope): string[] => [
  `CREATE TABLE ${table} (hash UInt128, step UInt8, record UInt128, from_base UInt8) ${sortedBy('hash')}`,
  `INSERT INTO ${table} SELECT hash, step, record, 1 FROM (${readBase(scope)})`,
  `INSERT INTO ${table} SELECT hash, 0, ${NO_NUMBER}, 0 FROM (${readRows(scope)}) WHERE unchanged = 1`,
];

/** The entries of the baseline, and for each whether a row was left out by the diff check for it. */
const markedEntries = (table: string): string => `
  SELECT hash, step, record, left_out FROM (
    SELECT hash, step, record, from_base, toUInt8(max(1 - from_base) OVER (PARTITION BY hash)) AS left_out FROM ${table}
  ) WHERE from_base = 1`;

/** Who stands for a record: an entry of the baseline, the same where a row was left out for it, a row, another scope. */
const WHO = { base: 0, leftOut: 1, row: 2, elsewhere: 3 } as const;

/** Those of another scope: records that its rows reached, and those that its rows left out stand for. */
const renderElsewhere = (scope: FoldScope, index: number): string[] => {
  const table = `fold.entries_${index}`;
  const insert = (records: string): string =>
    `INSERT INTO fold.members SELECT record, ${WHO.elsewhere}, ${NO_NUMBER}, 0, 0, 0, taken FROM (${records})`;
  return [
    insert(`SELECT record, 1 AS taken FROM (${readStates(scope)}) WHERE bitAnd(flags, 1) = 1`),
    ...renderEntries(table, scope),
    insert(`SELECT record, 0 AS taken FROM (${markedEntries(table)}) WHERE left_out = 1`),
    `DROP TABLE ${table}`,
  ];
};

/** Fills `fold.members` with everybody who stands for a record. */
const renderMembers = (request: FoldRequest): string[] => [
  `CREATE TABLE fold.members (record UInt128, who UInt8, hash UInt128, step UInt8, row UInt32, done UInt8, taken UInt8) ${sortedBy('record')}`,
  ...renderEntries('fold.entries', request),
  `INSERT INTO fold.members SELECT record, if(left_out = 1, ${WHO.leftOut}, ${WHO.base}), hash, step, 0, 0, 0 FROM (${markedEntries('fold.entries')})`,
  'DROP TABLE fold.entries',
  `INSERT INTO fold.members SELECT record, ${WHO.row}, ${NO_NUMBER}, step, row, status IN (${DONE.join(', ')}) AND flags = 1, 1
    FROM (${readStates(request)}) WHERE bitAnd(flags, 1) = 1`,
  ...request.others.flatMap(renderElsewhere),
];

/** The members, each with whether its record was reached and whether several stand for it. */
const judgedMembers = (): string => {
  const some = (who: number): string => `(countIf(who = ${who}) OVER w > 0)`;
  const differ = (column: string, who: number): string =>
    `minIf(${column}, who = ${who}) OVER w != maxIf(${column}, who = ${who}) OVER w`;
  return `
  SELECT record, who, hash, step, row, done, toUInt8(max(taken) OVER w) AS reached,
    toUInt8(${[WHO.row, WHO.leftOut, WHO.elsewhere].map(some).join(' + ')} > 1
      OR ${differ('row', WHO.row)} OR ${differ('hash', WHO.leftOut)}) AS shared
  FROM fold.members WINDOW w AS (PARTITION BY record)`;
};

/** Parts the judged members in one pass: entries of the baseline by hash, and rows by row, with the hashes that those have. */
const renderJudged = ({ rowHashes }: FoldRequest): string[] => [
  `CREATE TABLE fold.old (hash UInt128, step UInt8, record UInt128, who UInt8, reached UInt8) ${sortedBy('hash')}`,
  `CREATE TABLE fold.rows (row UInt32, of_state UInt8, hash UInt128, step UInt8, record UInt128, done UInt8, shared UInt8) ${sortedBy('row')}`,
  `CREATE TABLE fold.judged ENGINE = Null EMPTY AS ${judgedMembers()}`,
  `CREATE MATERIALIZED VIEW fold.old_view TO fold.old AS
    SELECT hash, step, record, who, reached FROM fold.judged WHERE who <= ${WHO.leftOut}`,
  `CREATE MATERIALIZED VIEW fold.rows_view TO fold.rows AS
    SELECT row, toUInt8(1) AS of_state, ${NO_NUMBER} AS hash, step, record, done, shared FROM fold.judged WHERE who = ${WHO.row}`,
  `INSERT INTO fold.judged ${judgedMembers()}`,
  'DROP TABLE fold.members',
  `INSERT INTO fold.rows SELECT row, 0, hash, 0, ${NO_NUMBER}, 0, 0 FROM (${readRows({ rowHashes })}) WHERE unchanged = 0`,
];

/** Entries that stay: no record that the hash stands for was reached. */
const renderStaying = (ended: boolean): string => `
  SELECT hash, step, record FROM (
    SELECT hash, step, record, max(reached) OVER h AS gone, max(who) OVER h AS mark FROM fold.old WINDOW h AS (PARTITION BY hash)
  ) WHERE gone = 0${ended ? ` AND mark = ${WHO.leftOut}` : ''}`;

/** Entries that come: every step brought the row to a record that nobody else stands for. */
const renderComing = ({ steps }: FoldScope): string => `
  SELECT own AS hash, step, record FROM (
    SELECT of_state, step, record, max(hash) OVER r AS own, countIf(of_state = 0) OVER r AS hashes,
      countIf(done = 1) OVER r AS brought, max(shared) OVER r AS any_shared
    FROM fold.rows WINDOW r AS (PARTITION BY row)
  ) WHERE of_state = 1 AND hashes = 1 AND brought = ${Math.max(steps.length, 1)} AND any_shared = 0`;

/**
 * The statements that lay one execution over the baseline:
 *
 * - a hash leaves when a row reached a record that it stands for, in whatever step or scope, whatever became of that row;
 * - a row's hash enters when every step brought it to a record and left nothing unresolved, and no other row of the
 *   file reached the same record, in whatever step or scope;
 * - after an execution that ended in Succeeded or PartialSuccess, hashes it did not see leave too.
 *
 * So a cancelled or failed execution, or one that went around the check, never hides a row later. Records are known by their
 * ids alone: no two objects share one.
 */
export function renderFold(request: FoldRequest): string[] {
  return [
    'CREATE DATABASE fold',
    ...renderMembers(request),
    ...renderJudged(request),
    `CREATE TABLE fold.next (hash UInt128, step UInt8, record UInt128) ${sortedBy('hash')}`,
    `INSERT INTO fold.next ${renderStaying(request.ended)}`,
    'DROP TABLE fold.old',
    `INSERT INTO fold.next ${renderComing(request)}`,
    'DROP TABLE fold.rows',
    writeFile(request.output, BASELINE_COLUMNS, 'SELECT hash, step, record FROM fold.next'),
    ...(request.hashes === null ? [] : renderHashes(request.hashes)),
    'DROP DATABASE fold',
  ];
}

const writeFile = (path: string, columns: string, query: string): string =>
  `INSERT INTO FUNCTION ${read(path, columns)} ${query}`;

function renderHashes(path: string): string[] {
  const numbered = 'SELECT hash, row_number() OVER (PARTITION BY hash) AS number FROM fold.next';
  return [
    `CREATE TABLE fold.hashes ENGINE = MergeTree ORDER BY tuple() AS SELECT hash FROM (${numbered}) WHERE number = 1`,
    writeFile(path, HASH_COLUMNS, 'SELECT hash FROM fold.hashes'),
    `INSERT INTO FUNCTION file(${quoteText(totalsOf(path))}, 'JSONEachRow') SELECT toUInt32(count()) AS count, toString(sum(hash)) AS sum FROM fold.hashes`,
  ];
}
