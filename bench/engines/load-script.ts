import { quoteLiteral } from '../../runner/postgres/sql.ts';
import { COLUMNS } from '../data/record.ts';
import { MEMBER_TABLE } from './member-table.ts';

/** One statement of a hand-written load; `CopyFile` sends the input file. */
export type ScriptStep =
  { readonly kind: 'Statement'; readonly text: string } | { readonly kind: 'CopyFile'; readonly target: string };

const FIELDS = ['code', 'full_name', 'email', 'amount', 'quantity', 'joined', 'seen_at', 'is_active'] as const;
const CHANGING = FIELDS.filter((field) => field !== 'code');

const list = (names: readonly string[], prefix = ''): string => names.map((name) => prefix + name).join(', ');
const statement = (text: string): ScriptStep => ({ kind: 'Statement', text });

/** The file as it stands, in a table without a log. */
const STAGING: readonly ScriptStep[] = [
  statement(`CREATE UNLOGGED TABLE bench_raw (${COLUMNS.map((column) => `${column} text`).join(', ')})`),
  { kind: 'CopyFile', target: `bench_raw (${COLUMNS.join(', ')})` },
];

/** The eight fields of a staged line, trimmed and typed. */
const TYPED = `
  nullif(btrim(code), '') AS code,
  nullif(concat_ws(' ', nullif(btrim(first_name), ''), nullif(btrim(last_name), '')), '') AS full_name,
  nullif(btrim(email), '') AS email,
  nullif(btrim(amount), '')::numeric AS amount,
  nullif(btrim(quantity), '')::numeric AS quantity,
  nullif(btrim(joined), '')::date AS joined,
  nullif(btrim(seen_at), '')::timestamptz AS seen_at,
  nullif(btrim(is_active), '')::boolean AS is_active`;

const differs = (record: string, row: string): string =>
  `(${list(CHANGING, `${record}.`)}) IS DISTINCT FROM (${list(CHANGING, `${row}.`)})`;

const assignments = (row: string, id: string): string =>
  [...CHANGING.map((field) => `${field} = ${row}.${field}`), 'updated_at = now()', `execution_id = ${id}`].join(', ');

/** Time-ordered where the server has them. */
const newId = (majorVersion: number): string => (majorVersion >= 18 ? 'uuidv7()' : 'gen_random_uuid()');

/**
 * The floor: what somebody who knows PostgreSQL writes by hand for one file and one table. Copy into text, type, match by
 * key, update what differs, insert what is new. No duplicates, no bad values, no word on any row.
 */
export function buildFloorScript(majorVersion: number, jobId: string): readonly ScriptStep[] {
  const id = quoteLiteral(jobId);
  return [
    ...STAGING,
    statement(`CREATE UNLOGGED TABLE bench_typed AS SELECT ${TYPED} FROM bench_raw`),
    statement('ANALYZE bench_typed'),
    statement(
      `CREATE UNLOGGED TABLE bench_match AS SELECT t.code, m.id FROM bench_typed t
       LEFT JOIN ${MEMBER_TABLE} m ON m.code = t.code AND m.archived_at IS NULL`,
    ),
    statement('ANALYZE bench_match'),
    statement('BEGIN'),
    statement(
      `UPDATE ${MEMBER_TABLE} m SET ${assignments('t', id)}
       FROM bench_match k JOIN bench_typed t ON t.code = k.code WHERE m.id = k.id AND ${differs('m', 't')}`,
    ),
    statement(
      `INSERT INTO ${MEMBER_TABLE} (id, ${list(FIELDS)}, execution_id)
       SELECT ${newId(majorVersion)}, ${list(FIELDS, 't.')}, ${id}
       FROM bench_match k JOIN bench_typed t ON t.code = k.code WHERE k.id IS NULL`,
    ),
    statement('COMMIT'),
    statement('DROP TABLE bench_raw, bench_typed, bench_match'),
  ];
}

/** The best of what people use today: copy into text, then one MERGE. */
export function buildMergeScript(majorVersion: number, jobId: string): readonly ScriptStep[] {
  const id = quoteLiteral(jobId);
  return [
    ...STAGING,
    statement('ANALYZE bench_raw'),
    statement(
      `MERGE INTO ${MEMBER_TABLE} m USING (SELECT ${TYPED} FROM bench_raw) t ON m.code = t.code
       WHEN MATCHED AND ${differs('m', 't')} THEN UPDATE SET ${assignments('t', id)}
       WHEN NOT MATCHED THEN INSERT (id, ${list(FIELDS)}, execution_id)
         VALUES (${newId(majorVersion)}, ${list(FIELDS, 't.')}, ${id})`,
    ),
    statement('DROP TABLE bench_raw'),
  ];
}

/** The steps as a file for psql. */
export function renderPsql(steps: readonly ScriptStep[], inputPath: string): string {
  const lines = steps.map((step) =>
    step.kind === 'Statement'
      ? `${step.text};`
      : `\\copy ${step.target} FROM ${quoteLiteral(inputPath)} WITH (FORMAT csv, HEADER true)`,
  );
  return ['\\set ON_ERROR_STOP on', "SET TimeZone = 'UTC';", ...lines, ''].join('\n');
}
