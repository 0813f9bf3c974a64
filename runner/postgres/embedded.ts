import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { AppError, messageOf } from '../../core/errors/app-error.ts';
import { failure, lastLines } from './embedded/cluster.ts';
import { ENVIRONMENT } from './embedded/launcher.ts';
import type { Places } from './embedded/places.ts';
import { resolvePlaces } from './embedded/places.ts';
import type { SupervisorAnswer, SupervisorOptions } from './embedded/protocol.ts';
import { parseAnswer, STOP_REQUEST } from './embedded/protocol.ts';

const POLL_MS = 25;
/** Of supervisors that end before they have a server. */
const SPAWNS_MAX = 3;
const DEFAULT_IDLE_SECONDS = 15;
const DEFAULT_TIMEOUT_SECONDS = 180;

export interface EmbeddedPostgresOptions {
  /** Made where it is not there; the server lives in its subdirectory `postgres`. */
  readonly stateDirectory: string;
  /** How long the server stays after the last command let go. Default 15. */
  readonly idleSeconds?: number;
  /** How long to wait for the server. Default 180, enough for recovery after a crash. */
  readonly timeoutSeconds?: number;
  /** False: faster, and lost when the machine stops; for tests. Default true. */
  readonly durable?: boolean;
  /** Where sockets are made. Default: the system's directory for temporary files. */
  readonly temporaryDirectory?: string;
  /** A directory whose `node_modules` has programs of another version (14 or newer). Default: those of the project. */
  readonly packages?: string;
}

export interface EmbeddedPostgres {
  /** A `postgres://` URL for `pg` and for psql, with the password. */
  readonly url: string;
  /** Lets go of the server. A command that just ends lets go too. */
  release(): Promise<void>;
}

/**
 * Starts the embedded PostgreSQL of a state directory, or joins the one that another command started. The server belongs
 * to a supervisor process of its own and stays until some seconds after the last command is gone, so no command can take
 * it from another, and Ctrl-C does not reach it.
 *
 * @throws AppError `EmbeddedPostgresFailed`, `EmbeddedPostgresMissing`, `EmbeddedPostgresRoot` or
 *   `EmbeddedPostgresUnsafe`, saying what to do.
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const places = await placesOf(options);
  const supervisor: SupervisorOptions = {
    places,
    idleMs: (options.idleSeconds ?? DEFAULT_IDLE_SECONDS) * 1000,
    durable: options.durable ?? true,
    packages: options.packages ?? null,
  };
  const timeout = AbortSignal.timeout((options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000);
  let spawns = 0;
  let running = false;
  while (!timeout.aborted) {
    const held = await hold(places.control, timeout);
    if (held !== null) {
      // A server that was killed this moment is not yet known to be gone. What has started once can start again.
      if ('error' in held.answer || (await takesConnections(places.server))) {
        return accept(held.answer, held.socket);
      }
      held.socket.destroy();
      spawns = 0;
      await delay(POLL_MS);
      continue;
    }
    if (!running) {
      if (spawns === SPAWNS_MAX) {
        const log = await readFile(places.supervisorLog, 'utf8').catch(() => '');
        throw failure(`the embedded PostgreSQL in ${places.home} does not start: ${lastLines(log)}`);
      }
      spawns += 1;
      running = true;
      await spawnSupervisor(supervisor, () => {
        running = false;
      });
    }
    await delay(POLL_MS);
  }
  throw failure(`the embedded PostgreSQL in ${places.home} did not answer in time; see ${places.serverLog}`);
}

/**
 * Stops the server of a state directory at once, whoever holds it.
 *
 * @returns false where none was running.
 */
export async function stopEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<boolean> {
  const places = await placesOf(options);
  return new Promise((settle) => {
    const socket = connect(places.control);
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      socket.write(STOP_REQUEST);
    });
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('close', () => {
      settle(connected);
    });
  });
}

async function placesOf(options: EmbeddedPostgresOptions): Promise<Places> {
  try {
    return await resolvePlaces(resolve(options.stateDirectory), options.temporaryDirectory ?? tmpdir());
  } catch (error) {
    throw failure(
      `cannot use the state directory ${options.stateDirectory}: ${messageOf(error)}; choose another with --state`,
      error,
    );
  }
}

function accept(answer: SupervisorAnswer, socket: Socket): EmbeddedPostgres {
  if ('error' in answer) {
    socket.destroy();
    throw new AppError({ code: answer.error.code, class: 'terminal', message: answer.error.message });
  }
  // The connection is what holds the server; it must not keep a command alive that has finished.
  socket.unref();
  return {
    url: answer.url,
    release: () =>
      new Promise((settle) => {
        if (socket.destroyed) {
          settle();
          return;
        }
        socket.once('close', () => {
          settle();
        });
        socket.ref();
        socket.destroy();
      }),
  };
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
}

/** Connects and waits for the supervisor's answer; null where nobody listens, or the one who did went away. */
function hold(control: string, timeout: AbortSignal): Promise<{ answer: SupervisorAnswer; socket: Socket } | null> {
  return new Promise((settle) => {
    const socket = connect(control);
    let text = '';
    const giveUp = (): void => {
      socket.destroy();
    };
    timeout.addEventListener('abort', giveUp);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      timeout.removeEventListener('abort', giveUp);
      settle(null);
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      const answer = end === -1 ? null : parseAnswer(text.slice(0, end));
      if (answer !== null) {
        timeout.removeEventListener('abort', giveUp);
        settle({ answer, socket });
      }
    });
  });
}

/** In a session of its own, so that signals to the command's terminal or process group pass it by. */
async function spawnSupervisor(options: SupervisorOptions, onExit: () => void): Promise<void> {
  const log = await open(options.places.supervisorLog, 'a', 0o600);
  try {
    const main = fileURLToPath(new URL('./embedded/supervisor-main.ts', import.meta.url));
    const nodeArguments = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=64'];
    const child = spawn(process.execPath, [...nodeArguments, main, JSON.stringify(options)], {
      cwd: '/',
      env: ENVIRONMENT,
      detached: true,
      stdio: ['ignore', 'ignore', log.fd],
    });
    child.once('error', onExit);
    child.once('exit', onExit);
    child.unref();
  } finally {
    await log.close();
  }
}
