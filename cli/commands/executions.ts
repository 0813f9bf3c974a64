import { createReadStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalid } from '../../core/errors/app-error.ts';
import { ROW_STATUSES } from '../../core/model/outcome.ts';
import { executionFiles } from '../../runner/artifacts/execution-files.ts';
import { findExecution, listExecutions, requestCancel, type Execution } from '../../runner/executions/executions.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { isThere } from '../../runner/stages/finish.ts';
import { readOutcomes } from '../../runner/stages/outcome-file.ts';
import { buildPage, rebuildReport } from '../../runner/stages/rebuild-report.ts';
import { writeRejected } from '../../runner/stages/rejected-rows.ts';
import { withDatabase } from '../session.ts';
import { checkTargetFile } from '../target-file.ts';
import { renderTable } from '../terminal.ts';
import type { CommandContext } from '../command-context.ts';

/** The execution of an id. @throws AppError where there is none. */
async function requireExecution(pool: SqlPool, id: string): Promise<Execution> {
  const execution = await pool.withConnection((connection) => findExecution(connection.pg, id));
  if (execution === null) {
    throw invalid(`there is no execution ${id}; "smartconnector executions" lists them`, [], 'ExecutionNotFound');
  }
  return execution;
}

/** `smartconnector executions`: the newest first. */
export async function executionsCommand(
  { config, terminal }: CommandContext,
  options: { readonly connector?: string; readonly limit: string },
): Promise<number> {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) throw invalid('--limit: give a whole number from 1');
  const executions = await withDatabase(config, (pool) =>
    pool.withConnection((connection) => listExecutions(connection.pg, limit, options.connector ?? null)),
  );
  if (config.output === 'json') {
    terminal.out(JSON.stringify(executions.map(describe)));
    return 0;
  }
  if (executions.length === 0) terminal.out('no executions yet');
  else {
    const head = ['EXECUTION', 'CONNECTOR', 'MODE', 'PHASE', 'STARTED', 'WRITTEN', 'PROBLEMS'];
    const rows = executions.map((execution) => {
      const steps = execution.result?.steps ?? [];
      const written = steps.reduce((sum, step) => sum + step.created + step.updated + step.unarchived, 0);
      const rejected = (execution.result?.scopes ?? []).reduce((sum, scope) => sum + scope.rejected, 0);
      const problems = steps.reduce((sum, step) => sum + step.failed + step.skippedAmbiguous, rejected);
      const { id, connector, phase, startedAt } = execution;
      const mode = execution.reverts === null ? execution.mode : `${execution.mode} revert`;
      // A dry run wrote nothing: what it foretells stands in brackets.
      const shown = execution.mode === 'DryRun' ? `(${written})` : String(written);
      return [id, connector, mode, phase, startedAt, shown, String(problems)];
    });
    terminal.out(renderTable([head, ...rows]));
  }
  return 0;
}

function describe(execution: Execution): unknown {
  const { id, namespace, connector, mode, phase, attempt, startedAt, endedAt, inputName, triggeredBy, result } =
    execution;
  const { reverts } = execution;
  return {
    execution: id,
    namespace,
    connector,
    ...(reverts === null ? {} : { reverts }),
    mode,
    phase,
    attempt,
    startedAt,
    endedAt,
    input: inputName,
    triggeredBy,
    result,
  };
}

/** `smartconnector report ID`: makes the workbook where it was left out, or the page, and says where it is. */
export async function reportCommand(
  { config, terminal }: CommandContext,
  id: string,
  options: { readonly report?: string; readonly html?: string },
): Promise<number> {
  const html = options.html === undefined ? null : resolve(options.html);
  const report = await withDatabase(config, async (pool) => {
    const execution = await requireExecution(pool, id);
    if (execution.result === null) {
      const command = execution.reverts === null ? 'run …' : `revert ${execution.reverts}`;
      throw invalid(`execution ${id} has not ended: resume it with "smartconnector ${command} --execution ${id}"`);
    }
    const files = executionFiles(config.stateDirectory, id);
    if (html !== null) await checkTargetFile('--html', html);
    if (options.report !== undefined) await checkTargetFile('--report', resolve(options.report));
    if (html !== null) await pool.withConnection((connection) => buildPage(connection.pg, execution, files, html));
    // The page alone was asked for.
    if (html !== null && options.report === undefined) return null;
    const target = options.report === undefined ? files.report : resolve(options.report);
    const kept = execution.result.report;
    if (kept !== null && kept !== target && (await isThere(kept))) await copyFile(kept, target);
    else if (kept !== target || !(await isThere(target))) {
      await pool.withConnection((connection) => rebuildReport(connection.pg, execution, files, target));
    }
    return target;
  });
  const made = { ...(report === null ? {} : { report }), ...(html === null ? {} : { html }) };
  if (config.output === 'json') terminal.out(JSON.stringify({ execution: id, ...made }));
  else for (const path of Object.values(made)) terminal.out(path);
  return 0;
}

/** `smartconnector input ID`: the input file, as it was handed over. */
export async function inputCommand(
  { config, terminal }: CommandContext,
  id: string,
  options: { readonly file?: string },
): Promise<number> {
  if (options.file !== undefined) await checkTargetFile('--file', resolve(options.file));
  const execution = await withDatabase(config, (pool) => requireExecution(pool, id));
  if (execution.inputName === null) {
    const why = execution.reverts === null ? 'its connector is of type Scheduler' : `it reverts ${execution.reverts}`;
    throw invalid(`execution ${id} had no input file: ${why}`);
  }
  const path = executionFiles(config.stateDirectory, id).input(execution.inputName);
  if (!(await isThere(path)))
    throw invalid(`the input of execution ${id} is no longer there: ${path}`, [], 'ArtifactGone');
  if (options.file !== undefined) {
    await copyFile(path, resolve(options.file));
    terminal.out(
      config.output === 'json' ? JSON.stringify({ execution: id, input: resolve(options.file) }) : options.file,
    );
  } else if (config.output === 'json') {
    terminal.out(JSON.stringify({ execution: id, input: path, fileName: execution.inputName }));
  } else {
    await pipeline(createReadStream(path), process.stdout, { end: false });
  }
  return 0;
}

/** `smartconnector outcomes ID`: NDJSON, one line a row and step; with `--output json` one array. */
export async function outcomesCommand(
  { config, terminal }: CommandContext,
  id: string,
  options: { readonly step?: string; readonly status?: string },
): Promise<number> {
  if (options.status !== undefined && !ROW_STATUSES.some((status) => status === options.status)) {
    throw invalid(`--status ${options.status}: there is ${ROW_STATUSES.join(', ')}`);
  }
  const execution = await withDatabase(config, (pool) => requireExecution(pool, id));
  const names = execution.snapshot.connector.steps.map((step) => step.name);
  if (options.step !== undefined && !names.includes(options.step)) {
    throw invalid(`--step ${options.step}: the steps of execution ${id} are ${names.join(', ')}`);
  }
  const files = executionFiles(config.stateDirectory, id);
  if (!(await isThere(files.outcomes))) {
    throw invalid(`execution ${id} has no outcomes yet: ${files.outcomes} is not there`, [], 'ArtifactGone');
  }
  const asArray = config.output === 'json';
  let first = true;
  for await (const outcome of readOutcomes(files.outcomes, files.outcomeIndex, options.step ?? null)) {
    if (options.status !== undefined && outcome.status !== options.status) continue;
    const line = JSON.stringify(outcome);
    terminal.out(asArray ? `${first ? '[' : ','}${line}` : line);
    first = false;
  }
  if (asArray) terminal.out(first ? '[]' : ']');
  return 0;
}

/** `smartconnector rejected ID`: the bad rows as a file to correct and run again. */
export async function rejectedCommand(
  { config, terminal }: CommandContext,
  id: string,
  options: { readonly file?: string },
): Promise<number> {
  const { file } = options;
  if (file !== undefined) await checkTargetFile('--file', resolve(file));
  const execution = await withDatabase(config, (pool) => requireExecution(pool, id));
  const isStreamed = file === undefined && config.output !== 'json';
  const rejected = await writeRejected(execution, config.stateDirectory, {
    target: file === undefined ? null : resolve(file),
    prefersText: isStreamed || /\.(csv|txt)$/i.test(file ?? ''),
  });
  if (rejected.note !== null) terminal.err(`note: ${rejected.note}`);
  if (config.output === 'json') {
    terminal.out(JSON.stringify({ execution: id, rows: rejected.rows, file: rejected.file, note: rejected.note }));
  } else if (isStreamed) {
    if (process.stdout.isTTY && (rejected.form === 'Workbook' || rejected.form === 'Zip')) {
      throw invalid(
        `the rows came in a ${rejected.form === 'Zip' ? 'ZIP file' : 'workbook'}: say where to with --file FILE`,
      );
    }
    await pipeline(createReadStream(rejected.file), process.stdout, { end: false });
  } else {
    terminal.out(`${rejected.rows} ${rejected.rows === 1 ? 'row' : 'rows'} in ${rejected.file}`);
  }
  return 0;
}

/** `smartconnector cancel ID`: asks a running execution to stop at its next chunk. */
export async function cancelCommand({ config, terminal }: CommandContext, id: string): Promise<number> {
  const { phase, endedAt } = await withDatabase(config, async (pool) => {
    const execution = await requireExecution(pool, id);
    if (execution.endedAt === null) await pool.withConnection((connection) => requestCancel(connection.pg, id));
    return execution;
  });
  const isRunning = endedAt === null;
  const text = isRunning ? `${id}: asked to stop` : `${id} has ended: ${phase}`;
  terminal.out(config.output === 'json' ? JSON.stringify({ execution: id, cancelRequested: isRunning, phase }) : text);
  return 0;
}
