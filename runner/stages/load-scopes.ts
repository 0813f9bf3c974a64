import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunError } from '../../core/model/run-result.ts';
import type { SqlResult } from '../../core/model/stages.ts';
import type { Execution } from '../executions/executions.ts';
import type { RunProgress } from '../executions/progress.ts';
import { sumChunks } from '../load/chunk-store.ts';
import { collectingLess } from '../load/collect-less.ts';
import { planCounts, runDry, runLive } from '../load/load-stage.ts';
import type { LoadPorts, LoadRequest } from '../load/run-pass.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import type { SqlConnection, SqlPool } from '../postgres/pool.ts';
import { judgeLimits } from './abort-limits.ts';
import { ensureObjectIndexes } from './prepare-objects.ts';
import { buildRunFacts, recordIdSalt } from './run-facts.ts';
import { buildStepCounts } from './summarize.ts';

export interface LoadScopesPorts {
  readonly pool: SqlPool;
  readonly main: SqlConnection;
  readonly side: SqlConnection;
  readonly now: () => Date;
  /** Asked between chunks; may throw where the run may not go on. */
  readonly stopRequested: () => boolean;
  readonly onProgress: (progress: RunProgress) => void;
}

/** How loading ended: its limits said no, somebody stopped it, or neither. */
export interface Loaded {
  readonly error: RunError | null;
  readonly stopped: boolean;
}

/** Loads the scopes of an execution, or predicts that: first what `abortIf` is judged on, then every step, chunk by chunk. */
export async function loadScopes(
  execution: Execution,
  connector: ConnectorModel,
  sql: SqlResult,
  scopes: ReadonlyMap<string, StoredScope>,
  ports: LoadScopesPorts,
): Promise<Loaded> {
  const { main, side } = ports;
  const rowsTotal = (step: { scope: string }): number => {
    const table = scopes.get(step.scope)?.table;
    return table === undefined ? 0 : table.rows - table.unchangedByDiff;
  };
  const loadRequest: LoadRequest = {
    execution,
    connector,
    objects: execution.snapshot.objects,
    scopes,
    facts: buildRunFacts(execution),
    idSalt: recordIdSalt(execution.id),
  };
  const portsFor = (stage: 'Plan' | 'Load'): LoadPorts => ({
    client: main.pg,
    side: side.pg,
    now: ports.now,
    stopRequested: ports.stopRequested,
    ensureIndexes: (object) => ensureObjectIndexes(ports.pool, execution.snapshot.connector, object),
    onProgress: (step, rowsDone) => {
      ports.onProgress({ stage, step: step.name, rowsDone, rowsTotal: rowsTotal(step) });
    },
  });
  // Judged before the first write: an attempt that goes on after a crash has been let through already.
  const isFirst = execution.mode === 'DryRun' || (await sumChunks(main.pg, execution.id)).length === 0;
  if (connector.abortIf.length > 0 && isFirst) {
    const plan = await planCounts(loadRequest, portsFor('Plan'));
    if (plan.end.kind === 'Stopped') return { error: null, stopped: true };
    const steps = connector.steps.map((step) => {
      const scope = sql.scopes.find((one) => one.name === step.scope) ?? null;
      return buildStepCounts(step, scope, plan.totals.get(step.index) ?? {});
    });
    const error = judgeLimits(connector.abortIf, steps, sql.scopes);
    if (error !== null) return { error, stopped: false };
  }
  const loadPorts = portsFor('Load');
  const end = await collectingLess(() =>
    execution.mode === 'Live'
      ? ports.pool.withConnection((ahead) => runLive(loadRequest, { ...loadPorts, ahead: ahead.pg }))
      : runDry(loadRequest, loadPorts),
  );
  return { error: null, stopped: end.kind === 'Stopped' };
}
