import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { exitOfError, RUNNER_EXIT } from '../../core/control/exit-codes.ts';
import { AppError, invalid, messageOf } from '../../core/errors/app-error.ts';
import { armRequestedFault } from '../faults/arm-requested-fault.ts';
import { isDatabaseAway } from '../postgres/database-error.ts';
import { openPool, type SqlPool } from '../postgres/pool.ts';
import { parseArguments, type ContainerCommand } from './arguments.ts';
import { runFinishContainer } from './finish-container.ts';
import { runIntakeContainer } from './intake-container.ts';
import { runLoadContainer } from './load-container.ts';
import { runSqlContainer } from './sql-container.ts';
import { runAnswerContainer, runTakeContainer, runValidateContainer } from './validate-container.ts';

/**
 * The entry point of the runner's containers, and the only place of theirs that touches the process: arguments,
 * environment, signals, exit status (see core/control/exit-codes.ts).
 *
 * SMARTCONNECTOR_DATABASE_FILE  a file with the `postgres://` URL; goes before SMARTCONNECTOR_DATABASE, the URL itself
 * SMARTCONNECTOR_SECRETS        without --secrets: the folder of the Secrets of external sources: a folder for each, in it a file for each key
 * SMARTCONNECTOR_LOG_LEVEL      the least important messages that are logged; default info
 */
const DEFAULT_SECRETS = '/etc/smartconnector/secrets';

const root = pino({ level: process.env['SMARTCONNECTOR_LOG_LEVEL'] ?? 'info', base: null });
const stopping = new AbortController();

function stop(signal: NodeJS.Signals): void {
  root.warn({ signal }, 'told to end: what is committed is kept, and the next attempt goes on');
  // Ends the SQL process; the server undoes what was not committed.
  stopping.abort();
  process.exit(RUNNER_EXIT.retry);
}

// The first process of a container gets no signal that it does not ask for.
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const now = (): Date => new Date();
const { signal } = stopping;

async function perform(command: ContainerCommand): Promise<void> {
  const secretsOf = (given: string | null): string => given ?? process.env['SMARTCONNECTOR_SECRETS'] ?? DEFAULT_SECRETS;
  if ('validationId' in command) {
    const { stage, validationId, workspace } = command;
    const context = { validationId, workspace, now, signal, log: root.child({ validationId, stage }) };
    switch (command.stage) {
      case 'take':
        return withDatabase(stage, (pool) => runTakeContainer({ ...context, pool }));
      case 'validate':
        return runValidateContainer(context, secretsOf(command.secrets));
      case 'answer':
        return withDatabase(stage, (pool) => runAnswerContainer({ ...context, pool }));
    }
  }
  const { stage, executionId, workspace } = command;
  const context = { executionId, workspace, now, signal, log: root.child({ executionId, stage }) };
  switch (command.stage) {
    case 'intake':
      return withDatabase(stage, (pool) => runIntakeContainer({ ...context, pool }, command.input));
    case 'sql':
      return runSqlContainer(context, secretsOf(command.secrets));
    case 'load':
      return withDatabase(stage, (pool) => runLoadContainer({ ...context, pool }));
    case 'finish':
      return withDatabase(stage, (pool) => runFinishContainer({ ...context, pool }, command.isCancelled));
  }
}

async function withDatabase(stage: string, work: (pool: SqlPool) => Promise<void>): Promise<void> {
  const pool = openPool(await readDatabaseUrl(), { applicationName: `smartconnector ${stage}` });
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

/** Never an argument: those of a process are there for all to see. No message repeats it. */
async function readDatabaseUrl(): Promise<string> {
  const file = process.env['SMARTCONNECTOR_DATABASE_FILE'];
  const url = file === undefined ? process.env['SMARTCONNECTOR_DATABASE'] : await readUrlFile(file);
  if (url !== undefined && /^postgres(ql)?:\/\/./.test(url)) return url;
  const place = file ?? 'SMARTCONNECTOR_DATABASE';
  throw invalid(
    `${place} holds no database URL such as postgres://user@host:5432/name; name a file with one in SMARTCONNECTOR_DATABASE_FILE`,
  );
}

async function readUrlFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    const message = `SMARTCONNECTOR_DATABASE_FILE: ${path} cannot be read: ${messageOf(cause)}`;
    throw new AppError({ code: 'DatabaseUrlMissing', class: 'transient', message, cause });
  }
}

try {
  armRequestedFault(process.env['SMARTCONNECTOR_FAULT']);
  await perform(parseArguments(process.argv.slice(2)));
} catch (error) {
  process.exitCode = exitOfError(error, isDatabaseAway(error));
  if (error instanceof AppError)
    root.error({ code: error.code, class: error.class, details: error.details }, error.message);
  else root.error({ err: error }, 'a fault of the runner itself');
}
