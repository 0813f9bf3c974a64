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
const NO_RECORDS = `SELECT ${NO_NUMBER} AS record, toUInt8(0) AS taken WHERE 0`;
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
 * The baseline of a scope, and for each of its entries whether a row was left out by the diff check for it. Here and below
 * everything is told by windows, and nothing grouped or joined: they are sorted on the disk where they are many, which is
 * fast, while groups on the disk are slow, and the tables of joins and sets stay in memory.
 */
const markedBase = (scope: FoldScope): string => `
  SELECT hash, step, record, left_out FROM (
    SELECT hash, step, record, from_base, toUInt8(max(1 - from_base) OVER (PARTITION BY hash)) AS left_out FROM (
      SELECT hash, step, record, toUInt8(1) AS from_base FROM (${readBase(scope)})
      UNION ALL SELECT hash, toUInt8(0), ${NO_NUMBER}, toUInt8(0) FROM (${readRows(scope)}) WHERE unchanged = 1
    )
  ) WHERE from_base = 1`;

/** Records that rows of the scope reached, and those that rows left out by the diff check stand for. */
const recordsOf = (scope: FoldScope): string[] => [
  `SELECT record, toUInt8(1) AS taken FROM (${readStates(scope)}) WHERE bitAnd(flags, 1) = 1`,
  `SELECT record, toUInt8(0) AS taken FROM (${markedBase(scope)}) WHERE left_out = 1`,
];

/** Who stands for a record: an entry of the baseline, the same where a row was left out for it, a row, another scope. */
const WHO = { base: 0, leftOut: 1, row: 2, elsewhere: 3 } as const;

/** Everybody who stands for a record, with whether it was reached and whether several stand for it. */
const renderMembers = (elsewhere: string, states: string): string => {
  const some = (who: number): string => `(countIf(who = ${who}) OVER w > 0)`;
  const differ = (column: string, who: number): string =>
    `minIf(${column}, who = ${who}) OVER w != maxIf(${column}, who = ${who}) OVER w`;
  return `
  SELECT record, who, hash, step, row, done, toUInt8(max(taken) OVER w) AS reached,
    toUInt8(${[WHO.row, WHO.leftOut, WHO.elsewhere].map(some).join(' + ')} > 1
      OR ${differ('row', WHO.row)} OR ${differ('hash', WHO.leftOut)}) AS shared
  FROM (
    SELECT record, if(left_out = 1, toUInt8(${WHO.leftOut}), toUInt8(${WHO.base})) AS who, hash, step,
      toUInt32(0) AS row, toUInt8(0) AS done, toUInt8(0) AS taken FROM fold.base
    UNION ALL SELECT record, toUInt8(${WHO.row}), ${NO_NUMBER}, step, row,
      toUInt8(status IN (${DONE.join(', ')}) AND flags = 1), toUInt8(1) FROM (${states}) WHERE bitAnd(flags, 1) = 1
    UNION ALL SELECT record, toUInt8(${WHO.elsewhere}), ${NO_NUMBER}, toUInt8(0), toUInt32(0), toUInt8(0), taken FROM (${elsewhere})
  ) WINDOW w AS (PARTITION BY record)`;
};

/** Entries that stay: no record that the hash stands for was reached. */
const renderStaying = (ended: boolean): string => `
  SELECT hash, step, record FROM (
    SELECT hash, step, record, max(reached) OVER h AS gone, max(who) OVER h AS mark
    FROM fold.members WHERE who <= ${WHO.leftOut} WINDOW h AS (PARTITION BY hash)
  ) WHERE gone = 0${ended ? ` AND mark = ${WHO.leftOut}` : ''}`;

/** Entries that come: every step brought the row to a record that nobody else stands for. */
const renderComing = ({ rowHashes, steps }: FoldScope): string => `
  SELECT own AS hash, step, record FROM (
    SELECT of_state, step, record, max(hash) OVER r AS own, countIf(of_state = 0) OVER r AS hashes,
      countIf(done = 1) OVER r AS brought, max(shared) OVER r AS any_shared
    FROM (
      SELECT row, toUInt8(0) AS of_state, hash, toUInt8(0) AS step, ${NO_NUMBER} AS record, toUInt8(0) AS done, toUInt8(0) AS shared
      FROM (${readRows({ rowHashes })}) WHERE unchanged = 0
      UNION ALL SELECT row, toUInt8(1), ${NO_NUMBER}, step, record, done, shared FROM fold.members WHERE who = ${WHO.row}
    ) WINDOW r AS (PARTITION BY row)
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
  const elsewhere = request.others.flatMap(recordsOf).join(' UNION ALL ') || NO_RECORDS;
  const engine = 'ENGINE = MergeTree ORDER BY tuple()';
  const write = (path: string, columns: string, query: string): string =>
    `INSERT INTO FUNCTION ${read(path, columns)} ${query}`;
  return [
    'CREATE DATABASE fold',
    `CREATE TABLE fold.base ${engine} AS ${markedBase(request)}`,
    `CREATE TABLE fold.members ${engine} AS ${renderMembers(elsewhere, readStates(request))}`,
    `CREATE TABLE fold.next ${engine} AS ${renderStaying(request.ended)} UNION ALL ${renderComing(request)}`,
    write(request.output, BASELINE_COLUMNS, 'SELECT hash, step, record FROM fold.next'),
    ...(request.hashes === null ? [] : renderHashes(request.hashes, engine, write)),
    'DROP DATABASE fold',
  ];
}

function renderHashes(
  path: string,
  engine: string,
  write: (path: string, columns: string, query: string) => string,
): string[] {
  const numbered = 'SELECT hash, row_number() OVER (PARTITION BY hash) AS number FROM fold.next';
  return [
    `CREATE TABLE fold.hashes ${engine} AS SELECT hash FROM (${numbered}) WHERE number = 1`,
    write(path, HASH_COLUMNS, 'SELECT hash FROM fold.hashes'),
    `INSERT INTO FUNCTION file(${quoteText(totalsOf(path))}, 'JSONEachRow') SELECT toUInt32(count()) AS count, toString(sum(hash)) AS sum FROM fold.hashes`,
  ];
}
