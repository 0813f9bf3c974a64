import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openEmbeddedPostgres, stopEmbeddedPostgres } from '../../../runner/postgres/embedded.ts';
import { tryProcessLock } from '../../../runner/postgres/embedded/process-lock.ts';

const HOLDER = fileURLToPath(new URL('./hold-server.ts', import.meta.url));
const IS_ROOT = process.getuid?.() === 0;
const HAS_PROC = process.platform === 'linux';

interface Report {
  readonly started?: string;
  readonly url?: string;
  readonly error?: string;
  readonly code?: string | null;
}

interface Holder {
  readonly child: ChildProcessWithoutNullStreams;
  /** The next line it writes. */
  next(): Promise<Report>;
  ask(): Promise<Report>;
  /** Ends it as a command ends that is done. */
  finish(): Promise<void>;
}

let directory: string;
let holders: Holder[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(directory, 0o755);
  holders = [];
});
afterEach(async () => {
  holders.forEach((holder) => holder.child.kill('SIGKILL'));
  await stopAll(directory);
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** Stops what runs in any state directory below. */
async function stopAll(root: string): Promise<void> {
  const records = (await readdir(root, { recursive: true }).catch(() => [])).filter((name) =>
    name.endsWith('/sockets'),
  );
  for (const record of records) {
    await stopEmbeddedPostgres({ stateDirectory: join(root, record, '..', '..') }).catch(() => false);
  }
}

function hold(
  stateDirectory: string,
  options: { uid?: number; idleSeconds?: number; env?: NodeJS.ProcessEnv } = {},
): Holder {
  const child = spawn(process.execPath, [HOLDER, stateDirectory, String(options.idleSeconds ?? 1)], {
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    ...(options.env === undefined ? {} : { env: options.env }),
    detached: true,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Report> => {
    const line = await lines.next();
    return line.done === true ? { error: 'ended' } : (JSON.parse(line.value) as Report);
  };
  const holder: Holder = {
    child,
    next,
    ask: () => {
      child.stdin.write('\n');
      return next();
    },
    finish: async (): Promise<void> => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
  holders.push(holder);
  return holder;
}

async function serverPid(stateDirectory: string): Promise<number> {
  return Number((await readFile(join(stateDirectory, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Processes that work for a state directory, by their command line. */
async function processesOf(stateDirectory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    const command = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
    if (command.includes(stateDirectory) && !command.includes(HOLDER)) {
      found.push(Number(name));
    }
  }
  return found;
}

/** False: it is gone already, which is as good. */
function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Until the operating system has no process left. Nothing announces the end of a process that is not a child. */
async function untilGone(stateDirectory: string): Promise<void> {
  await expect.poll(() => processesOf(stateDirectory), { timeout: 20_000, interval: 50 }).toEqual([]);
}

describe.runIf(HAS_PROC)('openEmbeddedPostgres', { timeout: 60_000 }, () => {
  it('is one server for commands that start at once, and stops after the last one', async () => {
    const state = join(directory, 'state');
    const crowd = Array.from({ length: 4 }, () => hold(state));
    const reports = await Promise.all(crowd.map((holder) => holder.next()));
    expect(new Set(reports.map((report) => report.started)).size).toBe(1);
    expect(reports[0]?.started).toBeDefined();
    await crowd[0]?.finish();
    expect(await crowd[1]?.ask()).toMatchObject({ started: reports[0]?.started });
    await Promise.all(crowd.slice(1).map((holder) => holder.finish()));
    await untilGone(state);
    expect(await readFile(join(state, 'postgres', 'postgres.log'), 'utf8')).toContain('database system is shut down');
  });

  it('survives the SIGKILL of the command that started it while another holds it, and not longer', async () => {
    const state = join(directory, 'state');
    const first = hold(state);
    const { started } = await first.next();
    const second = hold(state);
    await second.next();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await delay(1500);
    expect(await second.ask()).toMatchObject({ started });
    second.child.kill('SIGKILL');
    await untilGone(state);
  });

  it('does not hear the Ctrl-C of a command', async () => {
    const state = join(directory, 'state');
    const first = hold(state, { idleSeconds: 30 });
    const { started } = await first.next();
    process.kill(-(first.child.pid ?? 0), 'SIGINT');
    await once(first.child, 'exit');
    expect(await hold(state).next()).toMatchObject({ started });
  });

  it('comes back after its server, its supervisor or the machine was killed', async () => {
    const state = join(directory, 'state');
    const first = hold(state, { idleSeconds: 30 });
    await first.next();
    process.kill(await serverPid(state), 'SIGKILL');
    expect(await hold(state, { idleSeconds: 30 }).next()).toHaveProperty('started');
    const server = await serverPid(state);
    (await processesOf(state)).filter((pid) => pid !== server).forEach((pid) => kill(pid));
    expect(await hold(state, { idleSeconds: 30 }).next()).toHaveProperty('started');
    // As after a power cut: nothing runs, and the file names a process that is something else by now.
    kill(await serverPid(state));
    (await processesOf(state)).forEach((pid) => kill(pid));
    await untilGone(state);
    const file = join(state, 'postgres', 'data', 'postmaster.pid');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'));
    expect((await hold(state).next()).error).toBeUndefined();
  });

  it.each(['SIGKILL', 'SIGQUIT', 'SIGTERM'] as const)(
    'starts though its server gets %s while it starts',
    async (signal) => {
      const state = join(directory, 'state');
      await hold(state, { idleSeconds: 0 }).next();
      await stopEmbeddedPostgres({ stateDirectory: state });
      await untilGone(state);
      const holder = hold(state);
      let opened: Report | undefined;
      const opening = holder.next().then((report) => (opened = report));
      const struck = new Set<number>();
      while (struck.size < 6 && opened === undefined) {
        // Not there yet, or a number that nobody has, which is written over that of a dead server.
        const pid = await serverPid(state).catch(() => 0);
        if (pid > 1 && !struck.has(pid) && kill(pid, signal)) struck.add(pid);
        else await delay(1);
      }
      // Struck once it was open, it has no answer to a query; that it did not start is what nobody says.
      expect((await opening).code).not.toBe('EmbeddedPostgresFailed');
      expect(await hold(state).next()).toHaveProperty('started');
      expect(struck.size).toBeGreaterThan(0);
    },
  );

  it('works in a deep directory under a private parent, and with another TMPDIR', async () => {
    const deep = join(directory, 'private', 'd'.repeat(120), 'é space');
    await mkdir(deep, { recursive: true });
    await chmod(join(directory, 'private'), 0o700);
    const { started } = await hold(deep).next();
    expect(started).toBeDefined();
    const other = hold(deep, { env: { ...process.env, TMPDIR: join(directory, 'private') } });
    expect(await other.next()).toMatchObject({ started });
  });

  it('never leads from a new state directory to the server of a removed one', async () => {
    const state = join(directory, 'state');
    const old = await hold(state, { idleSeconds: 30 }).next();
    await rm(state, { recursive: true });
    const fresh = await hold(state).next();
    expect(fresh.started).toBeDefined();
    expect(fresh.started).not.toBe(old.started);
  });

  it.runIf(IS_ROOT)('runs for a user without a name and for one whose server root then takes over', async () => {
    const state = join(directory, 'state');
    await mkdir(state);
    await chown(state, 4321, 4321);
    const report = await hold(state, { uid: 4321 }).next();
    // Where the system grants no user namespaces, the message says what to do.
    expect(report.started ?? report.error).toMatch(/^\d{4}-|\/etc\/passwd/);
    if (report.started !== undefined) {
      expect((await stat(join(state, 'postgres', 'data'))).uid).toBe(4321);
      holders[0]?.child.kill('SIGKILL');
      await untilGone(state);
      expect(await hold(state).next()).toHaveProperty('started');
    }
  });

  it.runIf(IS_ROOT)('says what is wrong where a user may not use the directory', async () => {
    const state = join(directory, 'state');
    await mkdir(state, { mode: 0o700 });
    const { error } = await hold(state, { uid: 4321 }).next();
    expect(error).toContain(state);
    expect(error).toContain('--state');
  });

  it('says what is wrong with the data of another version', async () => {
    const data = join(directory, 'postgres', 'data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'PG_VERSION'), '9\n');
    await expect(openEmbeddedPostgres({ stateDirectory: directory })).rejects.toMatchObject({
      code: 'EmbeddedPostgresFailed',
      message: expect.stringMatching(/PostgreSQL 9 and this is 18.*--state/) as unknown,
    });
  });

  it('keeps the password to the user and out of the process list', async () => {
    const state = join(directory, 'state');
    const { url } = await hold(state).next();
    const password = decodeURIComponent(/:([^:@]*)@/.exec(url ?? '')?.[1] ?? '');
    expect(password).toHaveLength(32);
    expect((await stat(join(state, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    for (const pid of await processesOf(state)) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    }
  });
});

describe('tryProcessLock', () => {
  it('has one holder at a time', () => {
    const path = join(directory, 'lock');
    const held = tryProcessLock(path);
    expect(held).not.toBeNull();
    expect(tryProcessLock(path)).toBeNull();
    held?.release();
    const again = tryProcessLock(path);
    expect(again).not.toBeNull();
    again?.release();
  });
});
