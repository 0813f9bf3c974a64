import { chmod, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { AppError, messageOf } from '../../../core/errors/app-error.ts';
import { locateBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { chooseLauncher, SERVER_UID } from './launcher.ts';
import type { Places } from './places.ts';
import { makeRuntimeDirectory } from './places.ts';
import { tryProcessLock } from './process-lock.ts';
import type { ProcessLock } from './process-lock.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';
import type { SupervisorAnswer, SupervisorOptions } from './protocol.ts';
import { renderUrl, STOP_REQUEST } from './protocol.ts';

const LOCK_POLL_MS = 40;
const DATA_CHECK_MS = 3000;
/** How long a failed supervisor waits for somebody to tell. */
const FAILURE_LINGER_MS = 3000;

/** What the process brings: its user, its platform, a random password. */
export interface SupervisorProcess {
  readonly uid: number;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly newPassword: string;
  readonly log: (message: string) => void;
  /** Settles when the process is asked to end. */
  readonly ended: Promise<void>;
}

/**
 * Owns one server for as long as anybody holds it. A command holds the server by a connection to the control socket: it
 * breaks when the command ends, whatever ended it. Some seconds after the last one left, the server is stopped.
 *
 * Of several supervisors that start at once, the one that gets the lock serves; the others end.
 *
 * @returns the exit status of the process.
 */
export async function supervise(options: SupervisorOptions, machine: SupervisorProcess): Promise<number> {
  const { places } = options;
  const lock = await waitForLock(places);
  if (lock === null) {
    return 0;
  }
  try {
    await makeRuntimeDirectory(places.runtime, machine.uid === 0 ? [0, SERVER_UID] : [machine.uid]);
    await rm(places.control, { force: true });
    const holders = await listen(places.control);
    try {
      return await serve(options, machine, holders);
    } finally {
      holders.close();
    }
  } finally {
    await rm(places.programs, { recursive: true, force: true });
    await rm(places.runtime, { recursive: true, force: true });
    lock.release();
  }
}

async function serve(options: SupervisorOptions, machine: SupervisorProcess, holders: Holders): Promise<number> {
  const { places } = options;
  let server: RunningServer;
  try {
    const binaries = await locateBinaries(machine.platform, machine.architecture, options.packages);
    const launcher = await chooseLauncher(machine.uid, binaries, places);
    const password = await ensureCluster(places, launcher, machine.uid, machine.newPassword, options.durable);
    server = await startServer(places, launcher, options.durable);
    holders.answer({ url: renderUrl(password, places.runtime) });
  } catch (error) {
    machine.log(messageOf(error));
    holders.answer({
      error: { code: error instanceof AppError ? error.code : 'EmbeddedPostgresFailed', message: messageOf(error) },
    });
    await Promise.race([holders.answered, delay(FAILURE_LINGER_MS)]);
    return 1;
  }
  machine.log(`serving ${places.data}`);
  const reason = await Promise.race([
    holders.idle(options.idleMs).then(() => 'idle' as const),
    holders.stopRequested.then(() => 'stop requested' as const),
    machine.ended.then(() => 'asked to end' as const),
    dataGone(places, holders.closed).then(() => 'data directory gone' as const),
    server.exited.then(() => 'server exited' as const),
  ]);
  machine.log(`stopping: ${reason}`);
  holders.stopListening();
  if (reason === 'data directory gone') {
    server.abort();
    await server.exited;
  }
  await server.stop();
  return reason === 'server exited' ? 1 : 0;
}

/** Null: another supervisor serves already. */
async function waitForLock(places: Places): Promise<ProcessLock | null> {
  for (;;) {
    const lock = tryProcessLock(places.lock);
    if (lock !== null) {
      return lock;
    }
    if (await answers(places.control)) {
      return null;
    }
    await delay(LOCK_POLL_MS);
  }
}

function answers(control: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(control);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Settles when the data directory was removed or replaced, so that no server lives on in deleted files. */
async function dataGone(places: Places, closed: AbortSignal): Promise<void> {
  const file = join(places.data, 'PG_VERSION');
  const inode = (): Promise<number | null> =>
    stat(file).then(
      (status) => status.ino,
      () => null,
    );
  const first = await inode();
  for (;;) {
    await delay(DATA_CHECK_MS, undefined, { signal: closed });
    if ((await inode()) !== first) {
      return;
    }
  }
}

/** The commands that hold the server. */
interface Holders {
  /** Tells everybody, also those who come later. */
  answer(answer: SupervisorAnswer): void;
  /** Settles when somebody has been told. */
  readonly answered: Promise<unknown>;
  readonly stopRequested: Promise<unknown>;
  /** Settles when nobody has held the server for `ms` milliseconds. */
  idle(ms: number): Promise<void>;
  stopListening(): void;
  close(): void;
  readonly closed: AbortSignal;
}

async function listen(control: string): Promise<Holders> {
  const sockets = new Set<Socket>();
  const closed = new AbortController();
  const answered = Promise.withResolvers<undefined>();
  const stopRequested = Promise.withResolvers<undefined>();
  let answer: SupervisorAnswer | null = null;
  let onChange: () => void = () => undefined;

  const tell = (socket: Socket, value: SupervisorAnswer): void => {
    socket.write(`${JSON.stringify(value)}\n`, () => {
      answered.resolve(undefined);
    });
  };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    onChange();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      onChange();
    });
    socket.on('data', (chunk: Buffer) => {
      if (chunk.toString('utf8').includes(STOP_REQUEST)) {
        stopRequested.resolve(undefined);
      }
    });
    if (answer !== null) {
      tell(socket, answer);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(control, resolve);
  });
  await chmod(control, 0o600);

  return {
    answer: (value) => {
      answer = value;
      sockets.forEach((socket) => {
        tell(socket, value);
      });
    },
    answered: answered.promise,
    stopRequested: stopRequested.promise,
    idle: (ms) =>
      new Promise((resolve) => {
        let timer: NodeJS.Timeout | undefined;
        onChange = () => {
          clearTimeout(timer);
          timer = sockets.size === 0 ? setTimeout(resolve, ms) : undefined;
        };
        onChange();
      }),
    stopListening: () => {
      server.close();
    },
    close: () => {
      closed.abort();
      server.close();
      sockets.forEach((socket) => socket.end());
    },
    closed: closed.signal,
  };
}
