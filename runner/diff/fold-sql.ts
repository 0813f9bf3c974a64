import { ROW_STATUSES } from '../../core/model/outcome.ts';
import { ROW_STATE_COLUMNS } from '../load/row-states.ts';

/** The structure of a baseline file (`RowBinary`): a row's hash, a step that took it, and the record it came to there. */
export const BASELINE_COLUMNS = 'hash FixedString(16), step UInt8, record FixedString(16)';

/** What one execution found and did in one scope. */
export interface FoldScope {
  /** The baseline before; null: empty. */
  readonly baseline: string | null;
  /**
   * The scope file; null where it is no longer there, or others ran in the middle: nobody can say what the execution saw
   * or left then, so its rows leave the baseline and none can enter, which is always safe.
   */
  readonly scope: { readonly path: string; readonly variables: number } | null;
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
  /** Where the hashes of the new baseline go, hex, one a line, gzip; null: nowhere. */
  readonly hashes: string | null;
}

const quoteText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const DONE = ['Created', 'Updated', 'Unarchived', 'Unchanged'].map((status) =>
  ROW_STATUSES.findIndex((one) => one === status),
);

const NO_BYTES = "toFixedString('', 16)";
const NO_ROWS = `SELECT toUInt32(0) AS row, '' AS flags, toFixedString('', 16) AS hash WHERE 0`;
const NO_BASE = "SELECT toFixedString('', 16) AS hash, toUInt8(0) AS step, toFixedString('', 16) AS record WHERE 0";
const NO_STATES =
  "SELECT toUInt8(0) AS step, toUInt32(0) AS row, toUInt8(0) AS status, toUInt8(0) AS flags, toFixedString('', 16) AS record WHERE 0";

const readBase = ({ baseline }: FoldScope): string =>
  baseline === null ? NO_BASE : `SELECT * FROM file(${quoteText(baseline)}, 'RowBinary', '${BASELINE_COLUMNS}')`;

const readRows = ({ scope }: Pick<FoldScope, 'scope'>): string =>
  scope === null
    ? NO_ROWS
    : `SELECT row, flags, toFixedString(unhex(hex), 16) AS hash FROM file(${quoteText(scope.path)}, 'TabSeparated', ` +
      `'row UInt32, input_row Nullable(UInt64), flags String, hex String, problems Nullable(String)${variableColumns(scope.variables)}', 'zstd')`;

const readStates = ({ steps }: FoldScope): string =>
  steps.length === 0
    ? NO_STATES
    : steps
        .map(
          ({ step, path }) =>
            `SELECT toUInt8(${step}) AS step, * FROM file(${quoteText(path)}, 'RowBinary', '${ROW_STATE_COLUMNS}')`,
        )
        .join(' UNION ALL ');

/**
 * The baseline of a scope, and for each of its entries whether a row was left out by the diff check for it. Here and below
 * everything is grouped and nothing joined: groups go to the disk when they are many, the tables of joins and sets do not.
 */
const markedBase = (scope: FoldScope): string => `
  SELECT hash, entry.1 AS step, entry.2 AS record, left_out FROM (
    SELECT hash, groupArrayIf((step, record), from_base = 1) AS entries, toUInt8(max(1 - from_base)) AS left_out FROM (
      SELECT hash, step, record, toUInt8(1) AS from_base FROM (${readBase(scope)})
      UNION ALL SELECT hash, toUInt8(0), ${NO_BYTES}, toUInt8(0) FROM (${readRows(scope)}) WHERE flags = 'U'
    ) GROUP BY hash
  ) ARRAY JOIN entries AS entry`;

/** Records that rows of the scope reached, and those that rows left out by the diff check stand for. */
const recordsOf = (scope: FoldScope): string[] => [
  `SELECT record, toUInt8(1) AS taken FROM (${readStates(scope)}) WHERE bitAnd(flags, 1) = 1`,
  `SELECT record, toUInt8(0) AS taken FROM (${markedBase(scope)}) WHERE left_out = 1`,
];

/** Every record with who stands for it: entries of the baseline, rows, and other scopes. */
const RECORDS = `
  SELECT record, max(taken) AS reached,
    (countIf(who = 'row') > 0) + (countIf(who = 'base' AND left_out = 1) > 0) + (countIf(who = 'elsewhere') > 0) > 1
      OR minIf(row, who = 'row') != maxIf(row, who = 'row')
      OR minIf(hash, who = 'base' AND left_out = 1) != maxIf(hash, who = 'base' AND left_out = 1) AS shared,
    groupArrayIf((hash, step, left_out), who = 'base') AS entries,
    groupUniqArrayIf(row, who = 'row') AS rows
  FROM (
    SELECT record, 'base' AS who, hash, step, left_out, toUInt32(0) AS row, toUInt8(0) AS taken FROM fold.base
    UNION ALL SELECT record, 'row', ${NO_BYTES}, step, toUInt8(0), row, toUInt8(1) FROM fold.states WHERE bitAnd(flags, 1) = 1
    UNION ALL SELECT record, 'elsewhere', ${NO_BYTES}, toUInt8(0), toUInt8(0), toUInt32(0), taken FROM fold.elsewhere
  ) GROUP BY record`;

/** Entries that stay: no record that the hash stands for was reached. */
const renderStaying = (ended: boolean): string => `
  SELECT hash, entry.1 AS step, entry.2 AS record FROM (
    SELECT hash, groupArray((step, record)) AS entries FROM (
      SELECT entry.1 AS hash, entry.2 AS step, entry.3 AS left_out, record, reached FROM fold.records ARRAY JOIN entries AS entry
    ) GROUP BY hash HAVING max(reached) = 0${ended ? ' AND max(left_out) = 1' : ''}
  ) ARRAY JOIN entries AS entry`;

/** Entries that come: every step brought the row to a record that nobody else stands for. */
const renderComing = ({ scope, steps }: FoldScope): string => `
  SELECT hash, entry.1 AS step, entry.2 AS record FROM (
    SELECT row, anyIf(hash, source = 'row') AS hash, groupArrayIf((step, record), source = 'state') AS entries FROM (
      SELECT row, 'row' AS source, hash, toUInt8(0) AS step, ${NO_BYTES} AS record, toUInt8(0) AS done, toUInt8(0) AS shared
      FROM (${readRows({ scope })})
      UNION ALL SELECT row, 'state', ${NO_BYTES}, step, record, status IN (${DONE.join(', ')}) AND flags = 1, toUInt8(0) FROM fold.states
      UNION ALL SELECT row, 'record', ${NO_BYTES}, toUInt8(0), ${NO_BYTES}, toUInt8(0), toUInt8(1)
      FROM (SELECT rows FROM fold.records WHERE shared) ARRAY JOIN rows AS row
    ) GROUP BY row
    HAVING countIf(done = 1) = ${Math.max(steps.length, 1)} AND max(shared) = 0 AND countIf(source = 'row') = 1
  ) ARRAY JOIN entries AS entry`;

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
  const elsewhere = request.others.flatMap(recordsOf).join(' UNION ALL ');
  const engine = 'ENGINE = MergeTree ORDER BY tuple()';
  return [
    'CREATE DATABASE fold',
    `CREATE TABLE fold.base ${engine} AS ${markedBase(request)}`,
    `CREATE TABLE fold.states ${engine} AS ${readStates(request)}`,
    `CREATE TABLE fold.elsewhere ${engine} AS ${elsewhere === '' ? `SELECT ${NO_BYTES} AS record, toUInt8(1) AS taken WHERE 0` : elsewhere}`,
    `CREATE TABLE fold.records ${engine} AS ${RECORDS}`,
    `CREATE TABLE fold.next ${engine} AS ${renderStaying(request.ended)} UNION ALL ${renderComing(request)}`,
    `INSERT INTO FUNCTION file(${quoteText(request.output)}, 'RowBinary', '${BASELINE_COLUMNS}') SELECT hash, step, record FROM fold.next`,
    ...(request.hashes === null
      ? []
      : [
          `INSERT INTO FUNCTION file(${quoteText(request.hashes)}, 'TabSeparated', 'hash String', 'gzip') SELECT lower(hex(hash)) FROM fold.next GROUP BY hash`,
        ]),
    'DROP DATABASE fold',
  ];
}

const variableColumns = (count: number): string =>
  Array.from({ length: count }, (_, index) => `, v${index} Nullable(String)`).join('');
