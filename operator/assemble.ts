import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { AppError } from '../core/errors/app-error.ts';
import type { SqlPool } from '../runner/postgres/pool.ts';
import { CONFIG_MAPS, CONNECTORS, EXECUTIONS, JOBS, OBJECTS, PODS } from './api/kinds.ts';
import packageJson from '../package.json' with { type: 'json' };
import { buildConnectorInput } from './controllers/connector/connector-input.ts';
import { cacheInputs } from './controllers/connector/input-cache.ts';
import type { ConnectorPorts } from './controllers/connector/ports.ts';
import { createConnectorReconcile } from './controllers/connector/reconcile.ts';
import {
  connectorKeysOfConfigMap,
  connectorKeysOfExecution,
  connectorKeysOfJob,
  connectorKeysOfObject,
} from './controllers/connector/triggers.ts';
import type { ExecutionPorts } from './controllers/execution/ports.ts';
import { createExecutionReconcile, sweepRequests } from './controllers/execution/reconcile.ts';
import {
  executionKeysOfConfigMap,
  executionKeysOfConnector,
  executionKeysOfJob,
  executionKeysOfObject,
  executionKeysOfPod,
} from './controllers/execution/triggers.ts';
import { readActivation } from './controllers/connector/activation.ts';
import { createObjectReconcile, objectKeysOfExecution, objectKeysOfObject } from './controllers/object/reconcile.ts';
import { createScheduleReconcile } from './controllers/schedule/reconcile.ts';
import { recountRunning } from './database/execution-queue.ts';
import { prepareOnce } from './database/prepare-once.ts';
import { pruneStored, type Living, type Retention } from './database/retention.ts';
import { RUNNER_SECRET, ensureRunnerAccess, withNamespacePool } from './database/runner-secret.ts';
import type { ArtifactLinks } from './http/artifact-link.ts';
import type { JobSettings } from './jobs/job-settings.ts';
import { ChangeFeed, type OperatorPorts } from './run-operator.ts';
import { ApiEventRecorder } from './runtime/api-event-recorder.ts';
import { ControllerMetrics } from './runtime/controller-metrics.ts';
import { Reflector } from './runtime/reflector.ts';
import { keyOf, type Key, type Resource, type ResourceKind } from './runtime/resource.ts';
import type { RestApi } from './runtime/rest-api.ts';
import { trigger, type ControllerDefinition } from './runtime/trigger.ts';
import type { OperatorSettings } from './settings/settings.ts';

export interface Parts {
  readonly settings: OperatorSettings;
  readonly runnerImage: string;
  readonly api: RestApi;
  readonly pool: SqlPool;
  readonly databaseUrl: string;
  readonly links: ArtifactLinks;
  readonly registry: Registry;
  readonly log: Logger;
  readonly now: () => Date;
}

/** Jobs of the operator and their pods; the others of a cluster are none of its business. */
const OWN = 'app.kubernetes.io/managed-by=smartconnector';
/** One has up to 1 MiB, and a page of a list is in memory as a whole. */
const CONFIG_MAPS_AT_ONCE = 50;
/** Node takes a longer time for none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Validate Jobs at once in the whole cluster, and how many of them may confirm what is active already. */
const MAX_VALIDATIONS = 10;
const MAX_BACKGROUND_VALIDATIONS = 2;
/** What scripts were validated with: another build may refuse them. */
const ENGINE = `chdb ${packageJson.dependencies.chdb}`;
const LEASE = 'smartconnector-operator';

/** Joins the parts of the operator. Nothing runs yet. */
export function assembleOperator(parts: Parts): OperatorPorts {
  const { settings, api, pool, databaseUrl, registry, log, now } = parts;
  const feed = new ChangeFeed();
  const time = {
    sleep: async (ms: number, signal: AbortSignal): Promise<void> =>
      delay(ms, undefined, { signal }).catch(() => undefined),
    monotonicNow: () => performance.now(),
    random: randomFraction,
    now,
  };
  const reflect = <T extends Resource>(
    kind: ResourceKind<T>,
    selection: { readonly labelSelector?: string; readonly pageObjects?: number } = {},
  ): Reflector<T> =>
    new Reflector(api, {
      kind,
      namespace: settings.watchNamespace,
      ...selection,
      onChange: feed.of(kind),
      log,
      random: time.random,
      sleep: time.sleep,
      now: time.monotonicNow,
    });
  const stores = {
    connectors: reflect(CONNECTORS),
    executions: reflect(EXECUTIONS),
    objects: reflect(OBJECTS),
    configMaps: reflect(CONFIG_MAPS, { pageObjects: CONFIG_MAPS_AT_ONCE }),
    jobs: reflect(JOBS, { labelSelector: OWN }),
    pods: reflect(PODS, { labelSelector: OWN }),
  };
  const events = new ApiEventRecorder({
    api,
    component: 'smartconnector',
    identity: settings.identity,
    now: time.now,
    suffix: () => randomBytes(8).toString('hex'),
    log,
  });
  const jobSettings: JobSettings = {
    image: parts.runnerImage,
    imagePullPolicy: settings.runnerImagePullPolicy,
    databaseSecret: RUNNER_SECRET,
    resources: { cpu: settings.runnerCpu, memory: settings.runnerMemory },
    deadlineSeconds: settings.runnerDeadlineSeconds,
    maxAttempts: settings.maxAttempts,
    serviceAccount: null,
    workspaceBytes: settings.runnerWorkspace,
  };
  const retention: Retention = {
    inputsMs: settings.inputRetention,
    reportsMs: settings.reportRetention,
    outcomesMs: settings.outcomeRetention,
  };
  const shared = { ...stores, api, pool, events, now: time.now, log };
  const prepareNamespace = prepareOnce(
    (namespace) => ensureRunnerAccess({ api, pool, databaseUrl, databaseHost: settings.runnerDatabaseHost }, namespace),
    time.monotonicNow,
  );
  const connectorPorts: ConnectorPorts = {
    ...shared,
    settings: {
      jobs: jobSettings,
      maxValidations: MAX_VALIDATIONS,
      maxBackgroundValidations: MAX_BACKGROUND_VALIDATIONS,
    },
    buildInput: cacheInputs((connector) => buildConnectorInput(connector, stores, ENGINE), stores),
    prepareNamespace,
  };
  const executionPorts: ExecutionPorts = {
    ...connectorPorts,
    ...stores,
    settings: { jobs: jobSettings, maxRunning: settings.maxRunning },
    readActivation,
    lookAgain: (key) => {
      const execution = stores.executions.get(key);
      if (execution !== null) feed.of(EXECUTIONS)(execution);
    },
    buildLink: (uid, download) => parts.links.build(uid, download),
  };
  const ownKey = (resource: Resource): Key[] => [keyOf(resource)];
  const objectController: ControllerDefinition = {
    name: 'object',
    reconcile: createObjectReconcile({
      ...shared,
      asNamespace: async (namespace, work) => withNamespacePool(await prepareNamespace(namespace), work),
    }),
    triggers: [
      trigger(OBJECTS, ownKey),
      trigger(OBJECTS, (object) => objectKeysOfObject(object, stores.objects)),
      trigger(EXECUTIONS, (execution) => objectKeysOfExecution(execution, stores.connectors)),
    ],
  };
  const connectorController: ControllerDefinition = {
    name: 'connector',
    reconcile: createConnectorReconcile(connectorPorts),
    triggers: [
      trigger(CONNECTORS, ownKey),
      trigger(OBJECTS, (object) => connectorKeysOfObject(object, stores.connectors, stores)),
      trigger(CONFIG_MAPS, (configMap) => connectorKeysOfConfigMap(configMap, stores.connectors)),
      trigger(EXECUTIONS, connectorKeysOfExecution),
      trigger(JOBS, connectorKeysOfJob),
    ],
  };
  const executionController: ControllerDefinition = {
    name: 'execution',
    reconcile: createExecutionReconcile(executionPorts),
    triggers: [
      trigger(EXECUTIONS, ownKey),
      trigger(CONNECTORS, (connector) => executionKeysOfConnector(connector, stores.executions)),
      trigger(CONFIG_MAPS, (configMap) => executionKeysOfConfigMap(configMap, stores.executions)),
      trigger(OBJECTS, (object) => executionKeysOfObject(object, stores.executions)),
      trigger(JOBS, executionKeysOfJob),
      trigger(PODS, executionKeysOfPod),
    ],
  };
  const schedule = createScheduleReconcile(executionPorts);
  const scheduleController: ControllerDefinition = {
    name: 'schedule',
    reconcile: schedule.reconcile,
    triggers: [
      trigger(CONNECTORS, (connector) => {
        schedule.noteSeen(connector);
        return ownKey(connector);
      }),
    ],
  };
  return {
    election: {
      api,
      lease: { namespace: settings.namespace, name: LEASE },
      identity: settings.identity,
      leaseMs: 15_000,
      renewDeadlineMs: 10_000,
      retryMs: 2000,
      log,
      ...time,
    },
    reflectors: Object.values(stores),
    feed,
    controllers: [objectController, connectorController, executionController, scheduleController],
    sweep: async () => {
      await recountRunning(pool);
      const left = await sweepRequests(executionPorts);
      const { executions, connectors } = stores;
      const living: Living = {
        namespace: settings.watchNamespace,
        executionUids: executions.list(null).map(({ metadata }) => metadata.uid),
        artifacts: executions.list(null).flatMap(({ spec }) => spec.input?.artifact?.id ?? []),
        connectorUids: connectors.list(null).map(({ metadata }) => metadata.uid),
      };
      const pruned = await pruneStored(pool, living, retention, time.now());
      log.info({ pruned }, 'what was kept long enough is removed');
      if (left === 0) return;
      const message = `${left} executions whose resources went could not be ended; their log lines say why`;
      throw new AppError({ code: 'SweepIncomplete', class: 'transient', message });
    },
    workers: settings.workers,
    metrics: new ControllerMetrics(registry),
    log,
    monotonicNow: time.monotonicNow,
    later: (ms, call) => {
      // Too early does no harm: the key is looked at and waits again.
      const timer = setTimeout(call, Math.min(ms, LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}

/** From 0 to below 1; jitter needs no secrecy, but Math.random is not for this repository. */
function randomFraction(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
