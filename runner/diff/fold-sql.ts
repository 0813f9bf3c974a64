import { ROW_STATUSES } from '../../core/model/outcome.ts';
import { ROW_STATE_COLUMNS } from '../load/row-states.ts';

/** The structure of a baseline file (`RowBinary`): a row's hash, a step that took it, and the record it came to there. */
export const BASELINE_COLUMNS = 'hash FixedString(16), step UInt8, record FixedString(16)';

/** What one execution found and did in one scope. */
export interface FoldScope {
  /** The baseline before; null: empty. */
  readonly baseline: string | null;
  /**
   * The scope file; null where it is no longer there: nobody can say what the execution saw then, so its rows leave the
   * baseline and none can enter, which is always safe.
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

const NO_ROWS = `SELECT toUInt32(0) AS row, '' AS flags, toFixedString('', 16) AS hash WHERE 0`;
const NO_BASE = "SELECT toFixedString('', 16) AS hash, toUInt8(0) AS step, toFixedString('', 16) AS record WHERE 0";
const NO_STATES =
  "SELECT toUInt8(0) AS step, toUInt32(0) AS row, toUInt8(0) AS status, toUInt8(0) AS flags, toFixedString('', 16) AS record WHERE 0";

const readBase = ({ baseline }: FoldScope): string =>
  baseline === null ? NO_BASE : `SELECT * FROM file(${quoteText(baseline)}, 'RowBinary', '${BASELINE_COLUMNS}')`;

const readRows = ({ scope }: FoldScope): string =>
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

/** Records that rows of the scope reached, and those that rows left out by the diff check stand for. */
const recordsOf = (scope: FoldScope): string[] => [
  `SELECT record, 1 AS taken FROM (${readStates(scope)}) WHERE bitAnd(flags, 1) = 1`,
  `SELECT record, 0 AS taken FROM (${readBase(scope)}) WHERE hash IN (SELECT hash FROM (${readRows(scope)}) WHERE flags = 'U')`,
];

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
  const { steps, others } = request;
  const kept = request.ended ? "AND hash IN (SELECT hash FROM fold.rows WHERE flags = 'U')" : '';
  const elsewhere = others.flatMap(recordsOf).join(' UNION ALL ');
  const engine = 'ENGINE = MergeTree ORDER BY tuple()';
  return [
    'CREATE DATABASE fold',
    `CREATE TABLE fold.base ${engine} AS ${readBase(request)}`,
    `CREATE TABLE fold.rows ${engine} AS ${readRows(request)}`,
    `CREATE TABLE fold.states ${engine} AS ${readStates(request)}`,
    `CREATE TABLE fold.elsewhere ${engine} AS
     ${elsewhere === '' ? "SELECT toFixedString('', 16) AS record, 1 AS taken WHERE 0" : elsewhere}`,
    `CREATE TABLE fold.reached ${engine} AS
     SELECT record FROM fold.states WHERE bitAnd(flags, 1) = 1 UNION ALL SELECT record FROM fold.elsewhere WHERE taken = 1`,
    `CREATE TABLE fold.shared ${engine} AS SELECT record FROM (
       SELECT record, toString(row) AS who FROM fold.states WHERE bitAnd(flags, 1) = 1
       UNION ALL SELECT record, hex(hash) FROM fold.base WHERE hash IN (SELECT hash FROM fold.rows WHERE flags = 'U')
       UNION ALL SELECT record, 'elsewhere' FROM fold.elsewhere
     ) GROUP BY record HAVING uniqExact(who) > 1`,
    `CREATE TABLE fold.next ${engine} AS
     SELECT hash, step, record FROM fold.base
     WHERE hash NOT IN (SELECT hash FROM fold.base WHERE record IN (SELECT record FROM fold.reached)) ${kept}
     UNION ALL
     SELECT r.hash AS hash, s.step AS step, s.record AS record FROM fold.states s INNER JOIN fold.rows r ON r.row = s.row
     WHERE s.row IN (
       SELECT row FROM fold.states GROUP BY row
       HAVING countIf(status IN (${DONE.join(', ')}) AND flags = 1) = ${Math.max(steps.length, 1)}
     ) AND s.row NOT IN (SELECT row FROM fold.states WHERE bitAnd(flags, 1) = 1 AND record IN (SELECT record FROM fold.shared))`,
    `INSERT INTO FUNCTION file(${quoteText(request.output)}, 'RowBinary', '${BASELINE_COLUMNS}') SELECT hash, step, record FROM fold.next`,
    ...(request.hashes === null
      ? []
      : [
          `INSERT INTO FUNCTION file(${quoteText(request.hashes)}, 'TabSeparated', 'hash String', 'gzip') SELECT DISTINCT lower(hex(hash)) FROM fold.next`,
        ]),
    'DROP DATABASE fold',
  ];
}

const variableColumns = (count: number): string =>
  Array.from({ length: count }, (_, index) => `, v${index} Nullable(String)`).join('');
