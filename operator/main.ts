import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { pino, type Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { AppError, messageOf } from '../core/errors/app-error.ts';
import { migrateControlSchema } from '../runner/executions/control-schema.ts';
import { armRequestedFault } from '../runner/faults/arm-requested-fault.ts';
import { openPool, type SqlPool } from '../runner/postgres/pool.ts';
import { assembleOperator } from './assemble.ts';
import { readSharedKey } from './database/shared-key.ts';
import { ArtifactLinks } from './http/artifact-link.ts';
import { buildEndpoint } from './http/build-endpoint.ts';
import { whyNotReady } from './http/readiness.ts';
import { TransferSlots } from './http/transfer-limits.ts';
import { readOwnImage } from './own-image.ts';
import { runOperator } from './run-operator.ts';
import { ApiConnection } from './runtime/api-connection.ts';
import { RestApi } from './runtime/rest-api.ts';
import { readSettings } from './settings/read-settings.ts';
import type { OperatorSettings } from './settings/settings.ts';

/** What the process ends with: 0 told to stop, 1 leadership lost or a fault, 2 settings that are not valid. */
const EXIT = { stopped: 0, failed: 1, invalid: 2 } as const;
const DATABASE_RETRY_MS = 2000;
/** Files that are sent at once, each over a connection to the database of its own: the work of controllers never waits for them. */
const MAX_TRANSFERS = 8;

async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = pino({
    level: settings.logLevel,
    base: { identity: settings.identity },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const config = new KubeConfig();
  config.loadFromDefault();
  const connection = new ApiConnection(config);
  const databaseUrl = (await readFile(settings.databaseFile, 'utf8')).trim();
  const pool = openPool(databaseUrl, { applicationName: 'smartconnector-operator', maxConnections: 16 });
  const files = openPool(databaseUrl, {
    applicationName: 'smartconnector-operator-files',
    maxConnections: MAX_TRANSFERS,
  });
  try {
    return await serve(settings, { log, api: new RestApi(connection), pool, files, databaseUrl }, stopping.signal);
  } finally {
    connection.close();
    await Promise.all([pool.close(), files.close()]);
  }
}

interface Machinery {
  readonly log: Logger;
  readonly api: RestApi;
  readonly pool: SqlPool;
  /** For files that are sent. */
  readonly files: SqlPool;
  readonly databaseUrl: string;
}

async function serve(
  settings: OperatorSettings,
  { log, api, pool, files, databaseUrl }: Machinery,
  stop: AbortSignal,
): Promise<number> {
  const registry = new Registry();
  // The default looks at the event loop a hundred times a second, which is most of what an idle operator would do.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 200 });
  if (!(await prepareDatabase(pool, log, stop))) return EXIT.stopped;
  const baseUrl = settings.publicUrl ?? `http://smartconnector.${settings.namespace}.svc:${settings.port}`;
  const links = new ArtifactLinks(baseUrl, await readSharedKey(pool, 'artifact-links'));
  const runnerImage = settings.runnerImage ?? (await readOwnImage(api, settings));
  const now = (): Date => new Date();
  const operator = assembleOperator({ settings, runnerImage, api, pool, databaseUrl, links, registry, log, now });
  const http = buildEndpoint({
    api,
    files,
    links,
    registry,
    log,
    watchNamespace: settings.watchNamespace,
    slots: new TransferSlots(MAX_TRANSFERS),
    notReady: () => whyNotReady({ stop, reflectors: operator.reflectors, pool, log }),
  });
  await http.listen({ host: '::', port: settings.port });
  log.info({ port: settings.port }, 'listening');
  try {
    const end = await runOperator(operator, stop);
    log.info({ end }, 'the operator ends');
    return end === 'Lost' ? EXIT.failed : EXIT.stopped;
  } finally {
    await http.close();
  }
}

/** Waits for the database, and brings its schema up to date. @returns whether it is there; false: told to stop before */
async function prepareDatabase(pool: SqlPool, log: Logger, stop: AbortSignal): Promise<boolean> {
  while (!stop.aborted) {
    try {
      await pool.withConnection(({ pg }) => migrateControlSchema(pg));
      return true;
    } catch (error) {
      log.warn({ err: error }, 'waiting for the database');
      await delay(DATABASE_RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return false;
}

try {
  armRequestedFault(process.env['SMARTCONNECTOR_FAULT']);
  // Not by itself: where leadership was lost, what is still under way must not go on beside another replica.
  process.exit(await main());
} catch (error) {
  const details =
    error instanceof AppError ? error.details.map(({ message, hint }) => `\n  ${message}: ${hint ?? ''}`) : [];
  process.stderr.write(`${messageOf(error)}${details.join('')}\n`);
  process.exit(error instanceof AppError && error.code === 'Invalid' ? EXIT.invalid : EXIT.failed);
}
