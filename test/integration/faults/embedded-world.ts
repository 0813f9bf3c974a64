import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openEmbeddedPostgres, stopEmbeddedPostgres } from '../../../runner/postgres/embedded.ts';
import { openCliWorld, type CliOptions, type CliResult, type CliWorld } from '../../support/cli.ts';
import { fingerprint, FIRST, loseWorkspace, TWINS, withPool, writeInputs, type Command } from './fault-world.ts';

/** As FaultWorld, on the embedded server of a state directory of its own: what a user has who names no database. */
export interface EmbeddedWorld {
  readonly cli: CliWorld;
  readonly state: string;
  run(command: Command, options?: CliOptions): Promise<CliResult>;
  loseWorkspace(): Promise<void>;
  /** Process ids of the server itself; null where it does not run. */
  serverPid(): Promise<number | null>;
  /** As `pg_ctl stop -m immediate`: it ends at once, and recovers when it is started again. */
  stopServerAtOnce(): Promise<void>;
  fingerprint(id: string): Promise<unknown>;
  /** Puts everything back to what it was after `prepare`. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** A world in which the first run has been. */
export async function openEmbeddedWorld(): Promise<EmbeddedWorld> {
  const cli = await openCliWorld();
  const state = join(cli.directory, 'state');
  const kept = await mkdtemp(join(tmpdir(), 'smartconnector-kept-'));
  await writeInputs(cli);
  const { status, stderr } = await cli.run(FIRST);
  if (status !== 0) throw new Error(`the first run ends with ${String(status)}: ${stderr}`);
  const onServer = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
    const server = await openEmbeddedPostgres({ stateDirectory: state });
    try {
      return await work(server.url);
    } finally {
      await server.release();
    }
  };
  await onServer((url) => withPool(url, (pool) => pool.query({ text: TWINS, values: [] })));
  await stopEmbeddedPostgres({ stateDirectory: state });
  // Who stopped the server may still be letting go of its lock.
  const isNoLock = (path: string): boolean => !path.startsWith(join(state, 'postgres', 'lock'));
  await cp(state, kept, { recursive: true, filter: isNoLock });
  /** Also one whose supervisor was killed. */
  const endServer = async (): Promise<void> => {
    await stopEmbeddedPostgres({ stateDirectory: state });
    await stopServerAtOnce();
  };
  const serverPid = async (): Promise<number | null> => {
    const text = await readFile(join(state, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n')[0]);
    return pid > 1 && (await isAlive(pid)) ? pid : null;
  };
  const stopServerAtOnce = async (): Promise<void> => {
    const pid = await serverPid();
    if (pid === null) return;
    process.kill(pid, 'SIGQUIT');
    while (await isAlive(pid)) await setImmediate();
  };
  return {
    cli,
    state,
    run: (command, options) => cli.run(command, options),
    loseWorkspace: () => loseWorkspace(state),
    serverPid,
    stopServerAtOnce,
    fingerprint: (id) => onServer((url) => fingerprint({ cli, state, url }, id)),
    reset: async () => {
      await endServer();
      await rm(state, { recursive: true, force: true });
      await cp(kept, state, { recursive: true });
    },
    close: async () => {
      await endServer();
      await rm(kept, { recursive: true, force: true });
      await cli.close();
    },
  };
}

/** Whether a process is there and no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.includes(') Z ');
}
