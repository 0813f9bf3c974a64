import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { ClientBase } from 'pg';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { FieldValue, RowStatus } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { readOutcomeMembers, sumChunks } from '../../../runner/load/chunk-store.ts';
import { planCounts, runDry, runLive } from '../../../runner/load/load-stage.ts';
import type { LoadEnd, LoadPorts, LoadRequest } from '../../../runner/load/run-pass.ts';
import { decodeOutcomes } from '../../../runner/load/outcomes.ts';
import type { StoredScope } from '../../../runner/load/scope-chunks.ts';
import { insertExecution } from '../../../runner/executions/executions.ts';
import { applyObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import { ensureObjectIndexes } from '../../../runner/stages/prepare-objects.ts';
import { quotedOptionsTable, quotedTable, schemaName } from '../../../runner/postgres/object-table.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { identifier, joinSql, raw, sql } from '../../../runner/postgres/sql.ts';
import { readRecords } from '../../../runner/postgres/records.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';
import { FACTS, plainOutcome, plainRecords, SALT, START_MS, type PlainRun } from './compare.ts';
import type { OracleRecord } from './oracle.ts';
import type { RandomWorld } from './random-world.ts';

/* Puts a random world into real tables, runs the load stage on it and reads everything back. */

const NAMESPACE = 'test';
const NOTHING_ALLOWED = { removeFields: false, changeTypes: false };

export type LoadMode = 'DryRun' | 'Live' | 'Plan';

export interface LoadResult extends Omit<PlainRun, 'records' | 'addedOptions'> {
  /** Rows by status that the stage itself counted, by step index. */
  readonly counts: ReadonlyMap<number, Partial<Record<RowStatus, number>>>;
}

/** Makes the tables of a world anew. */
export async function createTables(pool: SqlPool, objects: readonly ObjectModel[]): Promise<void> {
  await pool.query(sql`DROP SCHEMA IF EXISTS ${identifier(schemaName(NAMESPACE))} CASCADE`);
  for (const object of objects) await applyObjectMigration(pool, object, NOTHING_ALLOWED);
}

/** Leaves exactly the records of the world in its tables, and no added option, event or execution. */
export async function resetRecords(pool: SqlPool, world: RandomWorld): Promise<void> {
  const tables = [
    ...world.objects.map((object) => quotedTable(object.namespace, object.name)),
    quotedOptionsTable(NAMESPACE),
    'smartconnector.chunk, smartconnector.outbox, smartconnector.execution',
  ];
  await pool.query(raw(`TRUNCATE ${tables.join(', ')} CASCADE`));
  const at = '2020-01-01T00:00:00Z';
  for (const record of world.records) {
    const fields = world.objects.find((object) => object.name === record.object)?.fields ?? [];
    const names = ['id', ...fields.map((field) => field.name), 'archived_at', 'created_at', 'updated_at'];
    const values: readonly FieldValue[] = [
      record.id,
      ...fields.map((field) => record.values[field.name] ?? null),
      record.archived ? at : null,
      at,
      at,
    ];
    await pool.query(
      sql`INSERT INTO ${identifier(schemaName(NAMESPACE), record.object)} (${joinSql(
        names.map((name) => identifier(name)),
        ', ',
      )}) VALUES (${joinSql(
        values.map((value) => sql`${value}`),
        ', ',
      )})`,
    );
  }
}

/** The scopes of a world as files of the SQL stage, in a directory of their own. */
export async function writeScopes(
  world: RandomWorld,
): Promise<{ readonly scopes: ReadonlyMap<string, StoredScope>; readonly remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-world-'));
  const scopes = new Map<string, StoredScope>();
  for (const { name, variables } of world.connector.scopes) {
    const rows = world.rows.get(name) ?? [];
    const content = zstdCompressSync(rows.map(renderRow).join(''));
    const path = join(directory, `${name}.tsv.zst`);
    await writeFile(path, content);
    scopes.set(name, {
      variables,
      path,
      table: {
        name,
        rows: rows.length,
        rejected: rows.filter((row) => row.rejected).length,
        unchangedByDiff: 0,
        columns: variables.map((variable) => ({ name: variable.column, type: 'Nullable(String)' })),
        formats: {},
        file: `${name}.tsv.zst`,
        sha256: createHash('sha256').update(content).digest('hex'),
        hashFile: '',
        unchangedHashSum: '0',
        sampleFile: '',
      },
    });
  }
  return { scopes, remove: () => rm(directory, { recursive: true, force: true }) };
}

function renderRow(row: ScopeRow): string {
  const values = row.values.map((value) =>
    // ClickHouse escapes the apostrophe too.
    escapeField(value === null || typeof value === 'string' ? value : JSON.stringify(value)).replaceAll("'", "\\'"),
  );
  const flags = row.rejected ? 'R' : '';
  const problems = row.problems.length === 0 ? '\\N' : escapeField(JSON.stringify(row.problems));
  return `${[String(row.row), '\\N', flags, problems, ...values].join('\t')}\n`;
}

/** Puts something around the sessions of a live run. */
export type WrapSession = (client: ClientBase, name: 'client' | 'ahead') => ClientBase;

/** Runs the load stage once. A `Plan` leaves counts only. */
export async function runLoad(
  pool: SqlPool,
  world: RandomWorld,
  scopes: ReadonlyMap<string, StoredScope>,
  mode: LoadMode,
  chunkRows: number,
  wrap: WrapSession = (client) => client,
): Promise<LoadResult> {
  return pool.withConnection(({ pg: client }) =>
    pool.withConnection(async ({ pg: side }) => {
      const execution = await insertExecution(side, {
        id: `${mode}-${chunkRows}`,
        mode: mode === 'Live' ? 'Live' : 'DryRun',
        diffCheck: false,
        chunkRows,
        snapshot: { connector: world.connector, objects: world.objects },
        inputName: null,
        triggeredBy: null,
        scheduledTime: null,
        startedAt: new Date(START_MS).toISOString(),
      });
      const { connector, objects } = world;
      const request: LoadRequest = { execution, connector, objects, scopes, facts: FACTS, idSalt: SALT };
      const ports: LoadPorts = {
        client,
        side,
        now: () => new Date(START_MS),
        stopRequested: () => false,
        onProgress: () => undefined,
        ensureIndexes: (object) => ensureObjectIndexes(pool, world.connector, object),
      };
      if (mode === 'Plan') return { outcomes: {}, counts: (await planCounts(request, ports)).totals };
      const live = (): Promise<LoadEnd> =>
        pool.withConnection((ahead) =>
          runLive(request, { ...ports, client: wrap(client, 'client'), ahead: wrap(ahead.pg, 'ahead') }),
        );
      const end = await (mode === 'Live' ? live() : runDry(request, ports));
      if (end.kind !== 'Completed') throw new Error(`the ${mode} ended as ${end.kind}`);
      const totals = await sumChunks(side, execution.id);
      const outcomes: Record<string, ReturnType<typeof plainOutcome>[]> = {};
      for (const step of connector.steps) {
        const list: ReturnType<typeof plainOutcome>[] = [];
        for await (const member of readOutcomeMembers(side, execution.id, step.index)) {
          list.push(...(await decodeOutcomes(member.bytes)).map(plainOutcome));
        }
        outcomes[step.name] = list;
      }
      return { outcomes, counts: new Map(totals.map((total) => [total.step, total.counts])) };
    }),
  );
}

/** Records and added options as they are in the tables. */
export async function readWorld(
  pool: SqlPool,
  objects: readonly ObjectModel[],
): Promise<Pick<PlainRun, 'records' | 'addedOptions'>> {
  const records: OracleRecord[] = [];
  for (const object of objects) {
    await pool.withConnection(async (connection) => {
      for await (const values of readRecords(connection, object, { archived: true })) {
        records.push({
          id: String(values['id']),
          object: object.name,
          archived: values['archived_at'] !== null,
          values: { ...values },
        });
      }
    });
  }
  const { rows } = await pool.query(
    raw(
      `SELECT object || '.' || field AS field, array_agg(label ORDER BY label COLLATE "C") AS labels
       FROM ${quotedOptionsTable(NAMESPACE)} GROUP BY 1 ORDER BY 1`,
    ),
  );
  return {
    records: plainRecords(objects, records),
    addedOptions: Object.fromEntries(rows.map((row) => [String(row['field']), row['labels'] as string[]])),
  };
}

/**
 * Everything in the database that a dry run must leave alone: the rows of every table but those of the execution itself
 * with the transaction that wrote them, every relation, and how far every sequence has counted (but that of executions).
 */
export async function readTrace(pool: SqlPool): Promise<readonly string[]> {
  const relations = await pool.query(
    raw(`SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind::text AS kind
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname LIKE 'kz\\_%' OR n.nspname IN ('smartconnector', 'public') ORDER BY 1`),
  );
  const trace: string[] = [];
  for (const row of relations.rows) {
    const name = String(row['name']);
    const kind = String(row['kind']);
    trace.push(`${name} ${kind}`);
    if (name.startsWith('smartconnector.execution') || name.startsWith('smartconnector.chunk')) continue;
    if (kind === 'r') {
      const content = await pool.query(
        raw(`SELECT count(*)::text || ' ' || coalesce(md5(string_agg(x.xmin::text || x::text, ',' ORDER BY x::text)), '')
             AS content FROM ${name} x`),
      );
      trace.push(String(content.rows[0]?.['content']));
    } else if (kind === 'S') {
      const state = await pool.query(raw(`SELECT last_value::text || is_called::text AS state FROM ${name}`));
      trace.push(String(state.rows[0]?.['state']));
    }
  }
  return trace;
}

/** How many workflow events are waiting. */
export async function countEvents(pool: SqlPool): Promise<number> {
  const { rows } = await pool.query(raw('SELECT count(*)::int AS events FROM smartconnector.outbox'));
  return Number(rows[0]?.['events']);
}
