import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { durably } from '../faults/fault-point.ts';
import { sqlStateOf } from './database-error.ts';
import { matchKeyExpression } from './match-key.ts';
import { indexName, quotedTable, schemaName } from './object-table.ts';
import type { IndexPurpose } from './object-table.ts';
import type { SqlClient } from './pool.ts';
import { quoteIdentifier, quoteQualified, raw, sql } from './sql.ts';
import type { SqlText } from './sql.ts';

const ATTEMPTS_MAX = 5;

/** One index that a table should have. */
export interface IndexPlan {
  /** Not quoted. */
  readonly name: string;
  readonly create: SqlText;
}

/**
 * The indexes of an object: the match key of every given field, and every relationship, so that its inverse is found.
 * The id has its primary key.
 *
 * @param fields by which connectors match or look up.
 */
export function planMatchingIndexes(object: ObjectModel, fields: readonly FieldModel[]): readonly IndexPlan[] {
  const references = object.fields.filter((field) => field.type === 'Relationship');
  const wanted = new Map<string, IndexPlan>();
  for (const field of fields) {
    if (field.name !== 'id') {
      const plan = isReference(field) ? planIndex(object, field, 'references') : planIndex(object, field, 'match');
      wanted.set(plan.name, plan);
    }
  }
  for (const field of references) {
    const plan = planIndex(object, field, 'references');
    wanted.set(plan.name, plan);
  }
  return [...wanted.values()];
}

/**
 * Builds the indexes that are missing, without keeping anybody from writing. What an interrupted build left behind is
 * built anew. Runs outside of any transaction.
 *
 * @returns the names of the indexes that were built.
 */
export async function ensureMatchingIndexes(
  client: SqlClient,
  object: ObjectModel,
  fields: readonly FieldModel[],
): Promise<readonly string[]> {
  const built: string[] = [];
  for (const plan of planMatchingIndexes(object, fields)) {
    if (await ensureIndex(client, object, plan)) {
      built.push(plan.name);
    }
  }
  return built;
}

function isReference(field: FieldModel): boolean {
  return field.type === 'Relationship' || field.columnType.endsWith('[]');
}

function planIndex(object: ObjectModel, field: FieldModel, purpose: IndexPurpose): IndexPlan {
  const name = indexName(object, field, purpose);
  const column = quoteIdentifier(field.name);
  const access = field.columnType.endsWith('[]')
    ? `USING gin (${column})`
    : `USING btree ((${matchKeyExpression(field, column)}))`;
  const table = quotedTable(object.namespace, object.name);
  return {
    name,
    create: raw(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${quoteIdentifier(name)} ON ${table} ${access}`),
  };
}

/** Two builds wait for each other's snapshots, even on different tables, and PostgreSQL ends one: it begins again. */
async function ensureIndex(client: SqlClient, object: ObjectModel, plan: IndexPlan): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await buildIndex(client, object, plan);
    } catch (error) {
      if (sqlStateOf(error) !== '40P01' || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function buildIndex(client: SqlClient, object: ObjectModel, plan: IndexPlan): Promise<boolean> {
  const index = quoteQualified(schemaName(object.namespace), plan.name);
  const state = await readIndexState(client, index);
  if (state === 'valid') {
    return false;
  }
  if (state === 'building') {
    // Another command builds it; matching is right without it, only slower.
    return false;
  }
  if (state === 'invalid') {
    await durably('index', () => client.query(raw(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`)));
  }
  try {
    await durably('index', () => client.query(plan.create));
  } catch (error) {
    // Two commands created the same name at once: the other one's index is as good.
    if (!['23505', '42P07'].includes(sqlStateOf(error) ?? '')) {
      throw error;
    }
    return false;
  }
  return true;
}

type IndexState = 'absent' | 'valid' | 'building' | 'invalid';

async function readIndexState(client: SqlClient, index: string): Promise<IndexState> {
  const { rows } = await client.query(sql`
    SELECT i.indisvalid AS valid,
           EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS building
    FROM pg_index i WHERE i.indexrelid = to_regclass(${index})`);
  const row = rows[0];
  if (row === undefined) {
    return 'absent';
  }
  if (row['valid'] === true) {
    return 'valid';
  }
  return row['building'] === true ? 'building' : 'invalid';
}
