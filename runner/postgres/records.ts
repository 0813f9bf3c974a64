import { lockObject } from './object-lock.ts';
import { invalid } from '../../core/errors/app-error.ts';
import { SYSTEM_COLUMNS } from '../../core/model/object.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import type { FieldValue, FieldValues } from '../../core/model/outcome.ts';
import { parseColumnValue } from './column-value.ts';
import { quotedTable } from './object-table.ts';
import type { SqlConnection, SqlPool } from './pool.ts';
import { withTransaction } from './pool.ts';
import { identifier, joinSql, quoteIdentifier, raw, sql } from './sql.ts';
import type { SqlText } from './sql.ts';
import { readTableState, SYSTEM_TYPES } from './table-state.ts';

const BATCH_ROWS = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface ReadRecordsOptions {
  /** On the alias `r`; see renderFilter and renderWhere. */
  readonly where?: SqlText;
  /** Archived records too. Default: live ones only. */
  readonly archived?: boolean;
  readonly limit?: number;
}

/**
 * Records in the order of their ids, which is that of their creation: `id`, the fields, `archived_at`, `created_at`,
 * `updated_at`, `execution_id`. Read in one snapshot, a thousand at a time. An object without a table has no records;
 * a field that the table does not have yet is blank.
 *
 * @param connection in no transaction; busy until the iteration ends.
 */
export async function* readRecords(
  connection: SqlConnection,
  object: ObjectModel,
  options: ReadRecordsOptions = {},
): AsyncGenerator<FieldValues, void, undefined> {
  const state = await readTableState(connection, object);
  if (state === null) {
    return;
  }
  const present = new Set(state.columns.map((column) => column.name));
  const columns = [
    ['id', 'uuid'] as const,
    ...object.fields.map((field) => [field.name, field.columnType] as const),
    ...SYSTEM_COLUMNS.slice(1).map((name) => [name, SYSTEM_TYPES[name]] as const),
  ];
  const source = object.fields.every((field) => present.has(field.name))
    ? raw(`${quotedTable(object.namespace, object.name)} r`)
    : raw(`(SELECT *${missingColumns(object, present)} FROM ${quotedTable(object.namespace, object.name)}) r`);
  const selected = joinSql(
    columns.map(([name]) => identifier('r', name)),
    ', ',
  );
  const live = options.archived === true ? raw('true') : raw('r.archived_at IS NULL');
  const limit = options.limit === undefined ? raw('') : sql` LIMIT ${options.limit}::bigint`;
  await connection.query(raw('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'));
  try {
    await connection.query(
      sql`DECLARE record_cursor NO SCROLL CURSOR FOR SELECT ${selected} FROM ${source} WHERE ${live} AND ${options.where ?? raw('true')} ORDER BY r.id${limit}`,
    );
    for (;;) {
      const { rows } = await connection.query(raw(`FETCH ${BATCH_ROWS} FROM record_cursor`));
      for (const row of rows) {
        yield Object.fromEntries(columns.map(([name, type]) => [name, parseColumnValue(type, row[name])]));
      }
      if (rows.length < BATCH_ROWS) {
        break;
      }
    }
  } finally {
    await connection.query(raw('ROLLBACK')).catch(() => undefined);
  }
}

/** Columns that the table lacks, as blanks of their type. */
function missingColumns(object: ObjectModel, present: ReadonlySet<string>): string {
  return object.fields
    .filter((field) => !present.has(field.name))
    .map((field: FieldModel) => `, NULL::${field.columnType} AS ${quoteIdentifier(field.name)}`)
    .join('');
}

export interface ArchiveResult {
  /** Archived now or before, in the order asked for. */
  readonly archived: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Archives records: they stay, and matching treats them as archived. Waits for a chunk that is being written.
 *
 * @throws AppError `Invalid` for a text that is no record id; nothing is archived then.
 */
export async function archiveRecords(
  pool: SqlPool,
  object: ObjectModel,
  ids: readonly string[],
): Promise<ArchiveResult> {
  const wrong = ids.filter((id) => !UUID.test(id));
  if (wrong.length > 0) {
    throw invalid(
      `${wrong.map((id) => JSON.stringify(id)).join(', ')} is no record id; write one such as 0198c5a2-7b1e-7000-8000-000000000000`,
    );
  }
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  if ((await readTableState(pool, object)) === null) {
    return { archived: [], missing: wanted };
  }
  const table = raw(quotedTable(object.namespace, object.name));
  const found = await withTransaction(
    pool,
    async (connection) => {
      await lockObject(connection, object);
      await connection.query(
        sql`UPDATE ${table} SET archived_at = now(), updated_at = now() WHERE id = ANY(${wanted}::uuid[]) AND archived_at IS NULL`,
      );
      const { rows } = await connection.query(sql`SELECT id FROM ${table} WHERE id = ANY(${wanted}::uuid[])`);
      return new Set<FieldValue>(rows.map((row) => String(row['id'])));
    },
    { point: 'archive' },
  );
  return { archived: wanted.filter((id) => found.has(id)), missing: wanted.filter((id) => !found.has(id)) };
}
