import { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import { artifactId, storeArtifact } from '../artifacts/artifact-store.ts';
import { COLUMNS, type Execution } from '../executions/executions.ts';
import { readOutcomeMembers } from '../load/chunk-store.ts';
import { bindOnlyScope } from '../stages/bind-scope.ts';
import { buildCountedResult, countRows } from '../stages/count-rows.ts';
import type { OutcomeIndex } from '../stages/outcome-file.ts';
import { buildLoadWarnings } from '../stages/summarize.ts';

/**
 * Ends an execution that no container can end any more, within the transaction of the caller. Attempts that still run lose
 * their token. What its finished chunks hold is counted, and their outcomes are stored as a file; the other rows are counted
 * as NotProcessed, but not listed, and there is no report: for both, somebody would have to read the scopes.
 *
 * @param error null: it was cancelled
 * @returns what it came to; null where it has ended before, or there is none
 */
export async function closeExecution(
  client: ClientBase,
  id: string,
  error: RunError | null,
  now: Date,
): Promise<RunResult | null> {
  const { rows } = await client.query<Execution>(
    `SELECT ${COLUMNS} FROM smartconnector.execution WHERE id = $1 AND ended_at IS NULL FOR UPDATE`,
    [id],
  );
  const [execution] = rows;
  if (execution === undefined) return null;
  const result = await buildResult(client, execution, error, now);
  await client.query(
    `UPDATE smartconnector.execution
     SET phase = $2, result = $3, cancel_requested = true, attempt = attempt + 1, ended_at = $4 WHERE id = $1`,
    [id, result.phase, JSON.stringify(result), now.toISOString()],
  );
  return result;
}

const OUTCOMES_PARTIAL = {
  code: 'OutcomesPartial',
  message: 'it was ended without its pod: there is no report, and rows that it did not reach are counted, not listed',
};

async function buildResult(
  client: ClientBase,
  execution: Execution,
  error: RunError | null,
  now: Date,
): Promise<RunResult> {
  const { id, scopes: sql, intake, snapshot } = execution;
  const connector = bindOnlyScope(snapshot.connector, sql?.scopes[0]?.name ?? '');
  const counts = await countRows(client, id, connector, sql);
  const unlisted = counts.steps.reduce((sum, step) => sum + step.notProcessed, 0);
  const hasOutcomes = counts.totals.length > 0;
  if (hasOutcomes) await storeOutcomes(client, execution);
  const phase = error === null ? 'Cancelled' : 'Failed';
  return {
    ...buildCountedResult(execution, counts, intake, phase, now),
    report: null,
    outcomes: hasOutcomes ? artifactId.outcomes(id) : null,
    warnings: [
      ...(intake?.warnings ?? []),
      ...(sql?.warnings ?? []),
      ...buildLoadWarnings(connector.steps, counts.totals),
      ...(execution.attempt === 0 ? [] : [{ ...OUTCOMES_PARTIAL, count: unlisted }]),
    ],
    ...(error === null ? {} : { error }),
  };
}

/** The outcomes of a chunk are a gzip member, and a file is its members: nothing is read, and memory holds one of them. */
async function storeOutcomes(client: ClientBase, execution: Execution): Promise<void> {
  const { id, namespace, snapshot } = execution;
  const index: OutcomeIndex[number][] = [];
  const members = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    for (const step of snapshot.connector.steps) {
      const start = size;
      for await (const { bytes } of readOutcomeMembers(client, id, step.index)) {
        size += bytes.length;
        yield bytes;
      }
      index.push({ step: step.name, start, end: size });
    }
  };
  const name = execution.name ?? id;
  const file = { namespace, executionId: id } as const;
  const outcomes = { id: artifactId.outcomes(id), kind: 'Outcomes', fileName: `${name}.outcomes.ndjson.gz` } as const;
  await storeArtifact(client, { ...file, ...outcomes }, members());
  const indexed = {
    id: artifactId.outcomeIndex(id),
    kind: 'OutcomeIndex',
    fileName: `${name}.outcomes.index.json`,
  } as const;
  await storeArtifact(client, { ...file, ...indexed }, Readable.from([Buffer.from(JSON.stringify(index))]));
}
