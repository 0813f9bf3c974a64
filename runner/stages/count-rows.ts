import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunPhase, ScopeCounts, StepCounts } from '../../core/model/outcome.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import type { IntakeResult, SqlResult } from '../../core/model/stages.ts';
import { checkSums } from '../../core/report/phase.ts';
import type { Execution } from '../executions/executions.ts';
import { sumChunks, type StepTotals } from '../load/chunk-store.ts';
import { buildStepCounts } from './summarize.ts';

/** What became of the rows of an execution, by what its finished chunks hold. */
export interface RunCounts {
  readonly scopes: readonly ScopeCounts[];
  readonly steps: readonly StepCounts[];
  readonly totals: readonly StepTotals[];
}

/**
 * Counts the rows of an execution from what is stored. Rows that no chunk holds are NotProcessed.
 *
 * @param connector with every scope named
 * @param sql null: its scopes are not known
 * @throws AppError `CountsDiffer` where they do not sum to the rows of the scopes
 */
export async function countRows(
  client: ClientBase,
  executionId: string,
  connector: ConnectorModel,
  sql: SqlResult | null,
): Promise<RunCounts> {
  const totals = await sumChunks(client, executionId);
  const scopes = (sql?.scopes ?? []).map(({ name, rows, rejected, unchangedByDiff }) => ({
    name,
    rows,
    rejected,
    unchangedByDiff,
  }));
  const steps = connector.steps.map((step) => {
    const scope = scopes.find((one) => one.name === step.scope) ?? null;
    return buildStepCounts(step, scope, totals.find((one) => one.step === step.index)?.counts ?? {});
  });
  const [fault] = checkSums(scopes, steps);
  if (fault !== undefined) {
    const message = `execution ${executionId}: the counts do not add up: ${fault}`;
    throw new AppError({ code: 'CountsDiffer', class: 'terminal', message });
  }
  return { scopes, steps, totals };
}

/** How an execution ended, as far as its counts and its row say. */
export function buildCountedResult(
  execution: Execution,
  { scopes, steps }: RunCounts,
  intake: IntakeResult | null,
  phase: RunPhase,
  endedAt: Date,
): Pick<
  RunResult,
  'execution' | 'connector' | 'reverts' | 'mode' | 'phase' | 'durationMs' | 'inputs' | 'scopes' | 'steps'
> {
  return {
    execution: execution.id,
    connector: execution.connector,
    ...(execution.reverts === null ? {} : { reverts: execution.reverts }),
    mode: execution.mode,
    phase,
    durationMs: endedAt.getTime() - Date.parse(execution.startedAt),
    inputs: (intake?.tables ?? []).map(({ name, rows }) => ({ table: name, rows })),
    scopes,
    steps,
  };
}
