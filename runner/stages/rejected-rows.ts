import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { finished } from 'node:stream/promises';
import { AppError } from '../../core/errors/app-error.ts';
import type { VariableValue } from '../../core/model/connector.ts';
import { PROBLEM_STATUSES } from '../../core/report/phase.ts';
import { executionFiles } from '../artifacts/execution-files.ts';
import type { Execution } from '../executions/executions.ts';
import { renderRejectedRows } from '../intake/rejected-rows.ts';
import { runIntake } from '../intake/run-intake.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { readScope } from '../sql/scope-reader.ts';
import { bindOnlyScope } from './bind-scope.ts';
import { isThere } from './finish.ts';
import { readOutcomes } from './outcome-file.ts';
import { storedScopes } from './stored-scopes.ts';

export interface RejectedRows {
  readonly file: string;
  readonly rows: number;
  /** What a person should know about the file; null: it runs again as it is. */
  readonly note: string | null;
}

/**
 * Writes the bad rows of an execution (Rejected, Failed, SkippedAmbiguous in any step) as a file to correct and run
 * again: rows of the input as it was handed over, where the scopes' rows can be traced to it, else the scopes' rows.
 *
 * @param target null: a file beside the outcomes
 * @throws AppError `ArtifactGone` where outcomes or input are no longer there
 */
export async function rejectedLines(
  execution: Execution,
  stateDirectory: string,
  target: string | null,
): Promise<RejectedRows> {
  const files = executionFiles(stateDirectory, execution.id);
  if (!(await isThere(files.outcomes))) throw gone(execution, files.outcomes);
  const bad = new Map<string, Set<number>>();
  for await (const { scope, row, status } of readOutcomes(files.outcomes, files.outcomeIndex, null)) {
    if (!PROBLEM_STATUSES.includes(status)) continue;
    bad.set(scope, (bad.get(scope) ?? new Set<number>()).add(row));
  }
  const connector = bindOnlyScope(execution.snapshot.connector, execution.scopes?.scopes[0]?.name ?? '');
  const scopes = await storedScopes(connector, execution.snapshot.connector, execution.scopes, files);
  const tables = (execution.intake?.tables ?? []).filter(
    (table) => table.page !== null || execution.intake?.tables.length === 1,
  );
  const [table] = tables;
  const stem = parse(execution.inputName ?? execution.id).name;
  const isWebhook = connector.type === 'Webhook';
  const path = target ?? join(files.directory, `${stem}.rejected.${isWebhook ? 'ndjson' : 'csv'}`);
  const traced = table !== undefined && (isWebhook || tables.length === 1) ? await traceRows(bad, scopes) : null;
  if (traced !== null && table !== undefined && execution.inputName !== null) {
    const input = files.input(execution.inputName);
    if (!(await isThere(input))) throw gone(execution, input);
    const workspace = `${files.workspace}-rejected`;
    await mkdir(workspace, { recursive: true, mode: 0o700 });
    try {
      // The tables of the run are gone with its workspace; the same input gives the same tables again.
      const intake = await runIntake({
        connector,
        inputPath: input,
        fileName: execution.inputName,
        workspace,
        scheduledTime: execution.scheduledTime ?? execution.startedAt,
      });
      const again = intake.tables.find((one) => one.name === (isWebhook ? 'webhooks_raw' : table.name)) ?? table;
      const delimiter = connector.spreadsheet.delimiter ?? undefined;
      await writeLines(
        path,
        renderRejectedRows(again, workspace, (row) => traced.has(row), delimiter),
      );
      return { file: path, rows: traced.size, note: null };
    } finally {
      await rm(workspace, { recursive: true, force: true });
    }
  }
  await writeLines(path, scopeLines(bad, scopes));
  const rows = [...bad.values()].reduce((sum, numbers) => sum + numbers.size, 0);
  const note =
    'the rows that left the SQL cannot be traced to rows of the input, so these are the rows of the scopes; ' +
    'select _row of the input table in the script to get the input rows instead';
  return { file: path, rows, note };
}

function gone(execution: Execution, path: string): AppError {
  const message = `execution ${execution.id}: ${path} is no longer there`;
  return new AppError({ code: 'ArtifactGone', class: 'terminal', message });
}

/** Input rows behind the bad rows of every scope; null where one of them carries no `_row`. */
async function traceRows(
  bad: ReadonlyMap<string, ReadonlySet<number>>,
  scopes: ReadonlyMap<string, StoredScope>,
): Promise<Set<number> | null> {
  const traced = new Set<number>();
  for (const [name, rows] of bad) {
    const scope = scopes.get(name);
    if (scope === undefined) return null;
    for await (const batch of readScope(scope.path, scope.table, scope.variables, 1000)) {
      for (const { row, inputRow } of batch) {
        if (!rows.has(row)) continue;
        if (inputRow === null) return null;
        traced.add(inputRow);
      }
    }
  }
  return traced;
}

const csvCell = (text: string | null): string =>
  text === null ? '' : /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const asCell = (value: VariableValue): string | null =>
  value === null || typeof value === 'string' ? value : value.join(';');

async function* scopeLines(
  bad: ReadonlyMap<string, ReadonlySet<number>>,
  scopes: ReadonlyMap<string, StoredScope>,
): AsyncGenerator<string> {
  for (const [name, rows] of bad) {
    const scope = scopes.get(name);
    if (scope === undefined) continue;
    yield `${scope.variables.map((variable) => csvCell(variable.column)).join(',')}\n`;
    for await (const batch of readScope(scope.path, scope.table, scope.variables, 1000)) {
      for (const row of batch) {
        if (rows.has(row.row)) yield `${row.values.map((value) => csvCell(asCell(value))).join(',')}\n`;
      }
    }
  }
}

async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  const done = finished(file);
  done.catch(() => undefined);
  for await (const line of lines) {
    if (!file.write(line)) await Promise.race([once(file, 'drain'), done]);
  }
  file.end();
  await done;
}
