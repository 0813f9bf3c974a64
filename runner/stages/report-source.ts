import { createReadStream } from 'node:fs';
import type { ReportScope, ReportSource } from '../../core/report/source.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import { readLines } from '../artifacts/text-lines.ts';
import type { Execution } from '../executions/executions.ts';
import { WARNED_ROWS, type StepTotals } from '../load/chunk-store.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { decompressLineBlocks } from '../sql/scope-reader.ts';
import { readOutcomeBlocks } from './outcome-file.ts';

/** An execution that has ended, as its report reads it. */
export function buildReportSource(
  execution: Execution,
  connector: ConnectorModel,
  result: RunResult,
  endedAt: string,
  scopes: ReadonlyMap<string, StoredScope>,
  files: ExecutionFiles,
  totals: readonly StepTotals[],
): ReportSource {
  return {
    execution: {
      id: execution.id,
      namespace: execution.namespace,
      connector: execution.connector,
      mode: execution.mode,
      phase: result.phase,
      startedAt: execution.startedAt,
      endedAt,
      durationMs: result.durationMs,
      triggeredBy: execution.triggeredBy,
      inputFile: execution.inputName,
      reverts: execution.reverts,
      error: result.error ?? null,
    },
    inputs: result.inputs,
    scopes: result.scopes.flatMap((counts): ReportScope[] => {
      const scope = scopes.get(counts.name);
      if (scope === undefined) return [];
      const sample = execution.snapshot.connector.scopes.some((one) => one.name === counts.name) ? counts.name : '';
      return [
        {
          ...counts,
          columns: scope.table.columns,
          formats: scope.table.formats,
          variables: scope.variables.map(({ name, type, arrayDelimiter }) => ({
            name,
            type,
            isArray: arrayDelimiter !== null,
          })),
          sample: () => readSample(files.scopeSample(sample)),
          file: scope.path,
          readRows: () => decompressLineBlocks(scope.path),
        },
      ];
    }),
    // A hint spares the report a pass over the outcomes; rows that were not reached may have warnings that nobody counted.
    steps: result.steps.map((step, index) => ({
      ...step,
      ...(step.notProcessed > 0
        ? {}
        : { warnedRows: totals.find((one) => one.step === index)?.warnings[WARNED_ROWS] ?? 0 }),
    })),
    warnings: result.warnings,
    maxRows: connector.reportMaxRows,
    outcomes: (step) => readOutcomeBlocks(files.outcomes, files.outcomeIndex, step),
  };
}

async function* readSample(path: string): AsyncGenerator<readonly (string | null)[]> {
  for await (const line of readLines(createReadStream(path))) {
    if (line !== '') yield JSON.parse(line) as (string | null)[];
  }
}
