import type { IncomingMessage } from 'node:http';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { assembleOperator } from '../../operator/assemble.ts';
import { readSharedKey } from '../../operator/database/shared-key.ts';
import { ArtifactLinks } from '../../operator/http/artifact-link.ts';
import { runOperator } from '../../operator/run-operator.ts';
import { ApiConnection, type ApiRequest } from '../../operator/runtime/api-connection.ts';
import { RestApi } from '../../operator/runtime/rest-api.ts';
import { readSettings } from '../../operator/settings/read-settings.ts';
import { migrateControlSchema } from '../../runner/executions/control-schema.ts';
import { armFault, parseFault, watchFaultPoints, type FaultPoint } from '../../runner/faults/fault-point.ts';
import { openPool, type SqlConnection, type SqlPool } from '../../runner/postgres/pool.ts';
import type { TestApiServer } from './api-server.ts';

export interface InProcessOptions {
  readonly identity?: string;
  readonly args?: readonly string[];
  /** Short ones let another replica take over soon. */
  readonly lease?: { readonly leaseMs: number; readonly renewDeadlineMs: number; readonly retryMs: number };
  readonly now?: () => Date;
  /** As SMARTCONNECTOR_FAULT says; one at a time in this process. */
  readonly fault?: string;
  /** Whether it dies at this point, for a fault that no text says. */
  readonly diesAt?: (point: FaultPoint, side: 'before' | 'after') => boolean;
}

/** An operator of this process that can be cut off from everything that it could write to. */
export interface InProcessOperator {
  /** The point of its fault, once it has come there: it is dead or frozen by then. */
  readonly struck: Promise<FaultPoint>;
  readonly ended: Promise<'Released' | 'Lost'>;
  /** What it logged, a line each. */
  readonly log: readonly string[];
  /** Nothing of it reaches anything any more; connections break off, and what was not committed is undone. */
  crash(): void;
  /** Its requests wait, as those of a process that is stopped. */
  freeze(): void;
  thaw(): void;
  /** Tells it to end. */
  stop(): Promise<void>;
}

/**
 * Starts the operator within this process, on connections of its own. A crash is what SIGKILL is to the world outside: no
 * request more, connections broken off. It costs no start of a program, so there can be many.
 */
export async function startInProcess(
  server: TestApiServer,
  databaseUrl: string,
  { identity = 'operator-0', args = [], lease, now, fault, diesAt }: InProcessOptions = {},
): Promise<InProcessOperator> {
  const machine = new Machine();
  const settings = readSettings(
    [
      ...['--database-file', '/nowhere', '--namespace', 'default', '--runner-image', 'smartconnector:test'],
      ...['--identity', identity, ...args],
    ],
    {},
  );
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line.trimEnd()) });
  const connection = new GatedConnection(server, machine);
  const pool = openPool(databaseUrl, { applicationName: 'smartconnector-operator', maxConnections: 16 });
  await pool.withConnection(({ pg: client }) => migrateControlSchema(client));
  const links = new ArtifactLinks('http://smartconnector', await readSharedKey(pool, 'artifact-links'));
  const struck = Promise.withResolvers<FaultPoint>();
  const stopping = new AbortController();
  const crash = (): void => {
    machine.die();
    stopping.abort();
    connection.close();
    pool.close().catch(() => undefined);
  };
  if (fault !== undefined) {
    armFault(parseFault(fault), ({ signal }, point) => {
      if (signal === 'SIGKILL') crash();
      else machine.freeze();
      struck.resolve(point);
    });
  }
  if (diesAt !== undefined) {
    watchFaultPoints((point, side) => {
      if (machine.isDead || !diesAt(point, side)) return;
      crash();
      struck.resolve(point);
    });
  }
  const operator = assembleOperator({
    settings,
    runnerImage: 'smartconnector:test',
    api: new RestApi(connection),
    pool: gatePool(pool, machine),
    databaseUrl,
    links,
    registry: new Registry(),
    log,
    now: now ?? (() => new Date()),
  });
  const ended = runOperator({ ...operator, election: { ...operator.election, ...lease } }, stopping.signal);
  ended.catch(() => undefined);
  let isStopped = false;
  return {
    struck: struck.promise,
    ended,
    log: lines,
    crash,
    freeze: () => machine.freeze(),
    thaw: () => machine.thaw(),
    stop: async () => {
      if (machine.isDead || isStopped) return;
      isStopped = true;
      machine.thaw();
      stopping.abort();
      await ended;
      connection.close();
      await pool.close();
    },
  };
}

/** What runs on it gets no further while it is frozen, and never again once it is dead. */
class Machine {
  #frozen: PromiseWithResolvers<undefined> | null = null;
  #isDead = false;
  readonly #sessions = new Set<pg.ClientBase>();

  get isDead(): boolean {
    return this.#isDead;
  }

  async gate(): Promise<void> {
    if (this.#isDead) return new Promise(() => undefined);
    await this.#frozen?.promise;
  }

  freeze(): void {
    this.#frozen ??= Promise.withResolvers<undefined>();
  }

  thaw(): void {
    this.#frozen?.resolve(undefined);
    this.#frozen = null;
  }

  die(): void {
    this.#isDead = true;
    for (const client of this.#sessions) {
      // Not in the types of `pg`: the socket of the session.
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  }

  /** Does something between two gates: neither the request nor its answer gets through a closed one. */
  async pass<T>(request: () => Promise<T>): Promise<T> {
    await this.gate();
    const answer = await request();
    await this.gate();
    return answer;
  }

  async hold<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
    this.#sessions.add(client);
    try {
      return await work();
    } finally {
      this.#sessions.delete(client);
    }
  }
}

class GatedConnection extends ApiConnection {
  readonly #machine: Machine;

  constructor(server: TestApiServer, machine: Machine) {
    super(server.config);
    this.#machine = machine;
  }

  override open(request: ApiRequest): Promise<IncomingMessage> {
    return this.#machine.pass(() => super.open(request));
  }
}

function gatePool(pool: SqlPool, machine: Machine): SqlPool {
  return {
    query: (statement) => machine.pass(() => pool.query(statement)),
    withConnection: (work) =>
      machine.pass(() =>
        pool.withConnection((connection) => machine.hold(connection.pg, () => work(gateSession(connection, machine)))),
      ),
    close: () => pool.close(),
  };
}

function gateSession(connection: SqlConnection, machine: Machine): SqlConnection {
  const gated = new Proxy(connection.pg, {
    get: (client, property) => {
      const value: unknown = Reflect.get(client, property);
      if (typeof value !== 'function') return value;
      const method = value.bind(client) as (...args: unknown[]) => unknown;
      if (property !== 'query') return method;
      // COPY and the like hand in streams, and go through.
      return (...args: unknown[]): unknown =>
        typeof args[0] === 'string' ? machine.pass(() => method(...args) as Promise<unknown>) : method(...args);
    },
  });
  return { pg: gated, query: (statement) => machine.pass(() => connection.query(statement)) };
}
