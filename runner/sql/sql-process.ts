import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConnectorModel } from '../../core/model/connector.ts';
import { startJailed, type Jail } from '../chdb/jail.ts';
import { processMemoryBytes } from './environment.ts';
import type { SourceSecrets } from './source-secrets.ts';
import { JOB_FILE, RESULT_FILE } from './sql-job.ts';

/** Repository root: the process reads code and packages from here and nothing else. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CODE = ['core', 'runner', 'node_modules', 'package.json'];
const ENTRY = fileURLToPath(new URL('./main.ts', import.meta.url));

/** What loading, typing and writing may take besides the script itself. */
const STAGE_SECONDS = 3600;
/** Directories of processes; those of attempts that were killed are still there. */
const TEMPORARY = 'sql-';

/** The process that runs the SQL of a connector. It can be started while its input is still being read. */
export interface SqlProcess {
  readonly jail: Jail;
  /** Its own, absolute. */
  readonly temporaryDirectory: string;
  /** Where it reads its job from once it is told that there is one, absolute. */
  readonly jobFile: string;
  /**
   * Tells it that its job is there; its time begins.
   *
   * @param secrets of the external sources: not an argument, not a variable, not a file
   */
  begin(secrets: SourceSecrets): void;
  /** Ends it where it has not ended, and removes what was its own. */
  dispose(): Promise<void>;
}

/**
 * Starts it, shut in, in a workspace without anything of one before. It gets the engine going, and then waits for its job.
 *
 * @param workspace absolute; receives the scopes
 */
export async function startSqlProcess(connector: ConnectorModel, workspace: string): Promise<SqlProcess> {
  await rm(join(workspace, RESULT_FILE), { force: true });
  await rm(join(workspace, 'scopes'), { recursive: true, force: true });
  await mkdir(join(workspace, 'scopes'));
  await removeTemporary(workspace);
  const temporaryDirectory = await mkdtemp(join(workspace, TEMPORARY));
  const jobFile = join(workspace, JOB_FILE);
  const jail = await startJailed({
    argv: [ENTRY, jobFile, engineTimeZone(connector), temporaryDirectory],
    workspace,
    tmpDirectory: temporaryDirectory,
    readOnly: CODE.map((path) => join(ROOT, path)),
    memoryBytes: processMemoryBytes(connector.limits.memoryBytes),
    seconds: null,
    network: connector.sql !== null && connector.externalSources.length > 0,
  });
  // A process that dies before it reads says so by its end.
  jail.child.stdin?.on('error', () => undefined);
  return {
    jail,
    temporaryDirectory,
    jobFile,
    begin: (secrets) => {
      jail.handOver(connector.limits.seconds + STAGE_SECONDS);
      jail.child.stdin?.end(JSON.stringify(secrets));
    },
    dispose: async () => {
      jail.kill();
      await jail.waitJailed().catch(() => undefined);
      await rm(temporaryDirectory, { recursive: true, force: true });
    },
  };
}

/** The engine knows zones by their exact names. */
export const engineTimeZone = ({ timeZone }: ConnectorModel): string =>
  new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;

async function removeTemporary(workspace: string): Promise<void> {
  for (const entry of await readdir(workspace, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith(TEMPORARY)) {
      await rm(join(workspace, entry.name), { recursive: true, force: true });
    }
  }
}
