import type { ClientBase } from 'pg';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import type { RowPlan } from '../../../core/planner/plan.ts';
import { buildRecordIds } from '../../../core/planner/record-id.ts';
import { runReferenceRows, type ReferenceRun, type World } from '../../../core/planner/reference.ts';
import { insertExecution } from '../../../runner/executions/executions.ts';
import { readOutcomeMembers } from '../../../runner/load/chunk-store.ts';
import { runDry, runLive } from '../../../runner/load/load-stage.ts';
import type { LoadPorts } from '../../../runner/load/run-pass.ts';
import { decodeOutcomes } from '../../../runner/load/outcomes.ts';
import type { StoredScope } from '../../../runner/load/scope-chunks.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { raw, sql } from '../../../runner/postgres/sql.ts';
import { ensureObjectIndexes } from '../../../runner/stages/prepare-objects.ts';
import { wrapQueries } from './wrap-queries.ts';
import { FACTS, plainOutcome, START_MS, type PlainOutcome } from './compare.ts';

/* Load stages that run at once on one database, and the planner in memory over their chunks in the order of their commits. */

/** One of several runs on the same objects. */
export interface ConcurrentRun {
  readonly id: string;
  readonly connector: ConnectorModel;
  readonly rows: ReadonlyMap<string, readonly ScopeRow[]>;
  readonly chunkRows: number;
  readonly mode: 'Live' | 'DryRun';
}

/** Outcomes by step. */
export type RunOutcomes = Readonly<Record<string, readonly PlainOutcome[]>>;

export interface ConcurrentResult {
  readonly outcomes: RunOutcomes;
  /** Of a dry run: how many changes of each object its snapshot holds. */
  readonly seen: ReadonlyMap<string, number>;
}

/** A chunk as it was committed. */
export interface CommittedChunk {
  readonly execution: string;
  readonly step: number;
  readonly chunk: number;
}

/** Makes PostgreSQL write down the order of the chunks; an object's chunks come under its lock, so theirs is exact. */
export async function recordOrder(pool: SqlPool): Promise<void> {
  await pool.query(raw('CREATE TABLE chunk_order (place bigserial, execution text, step integer, chunk integer)'));
  await pool.query(
    raw(`CREATE FUNCTION note_chunk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.chunk_order (execution, step, chunk) VALUES (NEW.execution_id, NEW.step, NEW.chunk); RETURN NEW; END $$`),
  );
  await pool.query(
    raw('CREATE TRIGGER note AFTER INSERT ON smartconnector.chunk FOR EACH ROW EXECUTE FUNCTION note_chunk()'),
  );
}

export async function readOrder(pool: SqlPool): Promise<CommittedChunk[]> {
  const { rows } = await pool.query(raw('SELECT execution, step, chunk FROM chunk_order ORDER BY place'));
  return rows.map((row) => ({
    execution: String(row['execution']),
    step: Number(row['step']),
    chunk: Number(row['chunk']),
  }));
}

/** The number of the last change of every object. */
export async function readChanges(client: Pick<ClientBase, 'query'>): Promise<Map<string, number>> {
  const { rows } = await client.query<{ object: string; change: string }>(
    'SELECT object, change FROM smartconnector.object_change',
  );
  return new Map(rows.map((row) => [row.object, Number(row.change)]));
}

export interface RunSettings {
  /** Called before each statement; the statement waits for it. */
  readonly pause: () => Promise<void>;
  readonly buildsIndexes: boolean;
}

/** A connection whose statements wait for `pause`. Streams of COPY go through: they belong to a statement before. */
function paused(client: ClientBase, pause: () => Promise<void>): ClientBase {
  return wrapQueries(client, (_, send, isStream) => (isStream ? send() : pause().then(send)));
}

export async function loadRun(
  pool: SqlPool,
  run: ConcurrentRun,
  objects: readonly ObjectModel[],
  scopes: ReadonlyMap<string, StoredScope>,
  { pause, buildsIndexes }: RunSettings,
): Promise<ConcurrentResult> {
  return pool.withConnection(({ pg: client }) =>
    pool.withConnection(async ({ pg: side }) => {
      const { id, connector, chunkRows, mode } = run;
      const execution = await insertExecution(side, {
        id,
        mode,
        diffCheck: false,
        chunkRows,
        snapshot: { connector, objects },
        inputName: null,
        triggeredBy: null,
        scheduledTime: null,
        startedAt: new Date(START_MS).toISOString(),
      });
      let seen: ReadonlyMap<string, number> = new Map();
      const ports: LoadPorts = {
        client: paused(client, pause),
        side: paused(side, pause),
        now: () => new Date(START_MS),
        stopRequested: () => false,
        onProgress: () => undefined,
        ensureIndexes: async (object) => {
          if (buildsIndexes) await ensureObjectIndexes(pool, connector, object);
        },
      };
      const request = { execution, connector, objects, scopes, facts: FACTS, idSalt: saltOf(id) };
      if (mode === 'Live') {
        await pool.withConnection((ahead) => runLive(request, { ...ports, ahead: paused(ahead.pg, pause) }));
      } else {
        // The snapshot is taken by the first statement after BEGIN.
        let asked = 0;
        const noting = async (): Promise<void> => {
          asked += 1;
          if (asked === 3) seen = await readChanges(client);
          await pause();
        };
        await runDry(request, { ...ports, client: paused(client, noting) });
      }
      return { outcomes: await readAll(side, run), seen };
    }),
  );
}

async function readAll(client: ClientBase, { id, connector }: ConcurrentRun): Promise<RunOutcomes> {
  const outcomes: Record<string, PlainOutcome[]> = {};
  for (const step of connector.steps) {
    const list: PlainOutcome[] = [];
    for await (const { bytes } of readOutcomeMembers(client, id, step.index)) {
      list.push(...(await decodeOutcomes(bytes)).map(plainOutcome));
    }
    outcomes[step.name] = list;
  }
  return outcomes;
}

/** 9 hex digits of an id that ends in a number. */
const saltOf = (id: string): string => (/\d+$/.exec(id)?.[0] ?? '0').padStart(9, '0');

const referenceOf = ({ id, connector, rows }: ConcurrentRun, objects: readonly ObjectModel[]): ReferenceRun => ({
  connector,
  objects,
  rows,
  facts: FACTS,
  newId: (step, row) => buildRecordIds(START_MS, saltOf(id), step)(row),
});

/**
 * Runs the chunks through the planner in memory, in this order.
 *
 * @param world is changed
 */
export function replay(
  runs: readonly ConcurrentRun[],
  objects: readonly ObjectModel[],
  order: readonly CommittedChunk[],
  world: World,
): ReadonlyMap<string, RunOutcomes> {
  const plans = new Map(runs.map((run) => [run.id, new Map<string, RowPlan[]>(stepNames(run))]));
  for (const { execution, step: index, chunk } of order) {
    const run = runs.find((one) => one.id === execution);
    const step = run?.connector.steps[index];
    if (run === undefined || step === undefined) throw new Error(`no step ${index} in run ${execution}`);
    const rows = run.rows.get(step.scope) ?? [];
    const part = rows.slice(chunk * run.chunkRows, (chunk + 1) * run.chunkRows);
    runReferenceRows(
      referenceOf(run, objects),
      world,
      plans.get(execution) ?? new Map<string, RowPlan[]>(),
      step,
      part,
    );
  }
  return new Map(
    [...plans].map(([id, byStep]) => [
      id,
      Object.fromEntries([...byStep].map(([step, list]) => [step, list.map(plainOutcome)])),
    ]),
  );
}

const stepNames = ({ connector }: ConcurrentRun): [string, RowPlan[]][] =>
  connector.steps.map(({ name }) => [name, []]);

/** Forgets executions, and the order in which their chunks came. */
export async function forgetRuns(pool: SqlPool): Promise<void> {
  await pool.query(sql`TRUNCATE chunk_order`);
}
