import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { finished } from 'node:stream/promises';
import { AppError } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { InputTable } from '../../core/model/stages.ts';
import { PROBLEM_STATUSES } from '../../core/report/phase.ts';
import { renderRows } from '../../core/report/text.ts';
import { executionFiles, type ExecutionFiles } from '../artifacts/execution-files.ts';
import type { Execution } from '../executions/executions.ts';
import { renderRejectedRows } from '../intake/rejected-rows.ts';
import { runIntake } from '../intake/run-intake.ts';
import { bindOnlyScope } from './bind-scope.ts';
import { isThere } from './finish.ts';
import { readOutcomes } from './outcome-file.ts';
import { writeRejectedWorkbook, writeRejectedZip, type Wanted } from './rejected-archive.ts';
import { chooseRejectedForm, EXTENSIONS, noteOfForm, type RejectedForm } from './rejected-form.ts';
import { renderScopeRows } from './rejected-scope-rows.ts';
import { storedScopes } from './stored-scopes.ts';
import { traceRejected, type TracedRows } from './trace-rejected.ts';

export interface RejectedRows {
  readonly file: string;
  readonly form: RejectedForm;
  readonly rows: number;
  /** What a person should know about the file; null: it runs again as it is. */
  readonly note: string | null;
}

export interface RejectedOptions {
  /** Null: a file beside the outcomes. */
  readonly target: string | null;
  /** Whether text is wanted where the input was a workbook of one sheet. */
  readonly prefersText: boolean;
}

/**
 * Writes the bad rows of an execution (Rejected, Failed, SkippedAmbiguous in any step) as a file to correct and run
 * again: rows of the input, in the form in which they were handed over, as far as the scopes' rows can be traced to it;
 * where none can, the scopes' rows.
 *
 * @throws AppError `ArtifactGone` where outcomes or input are no longer there
 */
export async function writeRejected(
  execution: Execution,
  stateDirectory: string,
  options: RejectedOptions,
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
  const tables = inputTables(execution.intake?.tables ?? []);
  const traced = await traceRejected(bad, scopes, tables, connector.sql?.script ?? null);
  const isTraced = traced.byTable.size > 0 || traced.untraced.size === 0;
  if (isTraced && tables.length > 0 && execution.inputName !== null) {
    return writeInputRows(execution, connector, files, execution.inputName, traced, options);
  }
  const path =
    options.target ?? join(files.directory, `${parse(execution.inputName ?? execution.id).name}.rejected.csv`);
  await writeLines(path, renderScopeRows(bad, scopes));
  const rows = sumSizes(bad.values());
  const note = `the rows that left the SQL cannot be traced to rows of the input, so these are the rows of the scopes; ${howToTrace(tables)}`;
  return { file: path, form: 'Text', rows, note };
}

/** Tables of the input itself: not what is made of them. */
function inputTables(tables: readonly InputTable[]): readonly InputTable[] {
  return tables.length === 1 ? tables : tables.filter(({ page }) => page !== null);
}

async function writeInputRows(
  execution: Execution,
  connector: ConnectorModel,
  files: ExecutionFiles,
  inputName: string,
  { byTable, untraced }: TracedRows,
  { target, prefersText }: RejectedOptions,
): Promise<RejectedRows> {
  const input = files.input(inputName);
  if (!(await isThere(input))) throw gone(execution, input);
  const workspace = `${files.workspace}-rejected`;
  await mkdir(workspace, { recursive: true, mode: 0o700 });
  try {
    // The tables of the run are gone with its workspace; the same input gives the same tables again.
    const intake = await runIntake({
      connector,
      inputPath: input,
      fileName: inputName,
      workspace,
      scheduledTime: execution.scheduledTime ?? execution.startedAt,
    });
    const tables = inputTables(intake.tables);
    const form = chooseRejectedForm(connector.type, tables, connector.spreadsheet.formats, prefersText);
    const extension = form === 'Text' && tables[0]?.written?.delimiter === '\t' ? 'tsv' : EXTENSIONS[form];
    const path = target ?? join(files.directory, `${parse(inputName).name}.rejected.${extension}`);
    const wanted: Wanted = (table, row) => byTable.get(table.name)?.has(row) === true;
    const [first] = tables;
    if (form === 'Workbook') await writeRejectedWorkbook(path, tables, workspace, wanted, inputName);
    else if (form === 'Zip') await writeRejectedZip(path, tables, workspace, wanted);
    else if (first !== undefined) {
      await writeLines(
        path,
        renderRejectedRows(first, workspace, (row) => wanted(first, row)),
      );
    }
    const missing = [...untraced].map(([scope, count]) => `${renderRows(count)} of ${scope}`).join(', ');
    const notes = [
      ...(missing === ''
        ? []
        : [`left out, since they cannot be traced to rows of the input: ${missing}; ${howToTrace(tables)}`]),
      ...[noteOfForm(form, connector.spreadsheet.formats)].filter((note) => note !== null),
    ];
    return { file: path, form, rows: sumSizes(byTable.values()), note: notes.length === 0 ? null : notes.join('; ') };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

function howToTrace(tables: readonly InputTable[]): string {
  return tables.length > 1
    ? 'let the script fill each scope from one input table and select its _row to get input rows'
    : 'select _row of the input table in the script to get input rows';
}

function sumSizes(sets: Iterable<ReadonlySet<number>>): number {
  return [...sets].reduce((sum, numbers) => sum + numbers.size, 0);
}

function gone(execution: Execution, path: string): AppError {
  const message = `execution ${execution.id}: ${path} is no longer there`;
  return new AppError({ code: 'ArtifactGone', class: 'terminal', message });
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
