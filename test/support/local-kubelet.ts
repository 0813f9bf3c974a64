import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { AppError } from '../../core/errors/app-error.ts';
import { JOBS, PODS, type JobResource } from '../../operator/api/kinds.ts';
import { Reflector } from '../../operator/runtime/reflector.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { COMPILE_CACHE } from './operator-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE = join(ROOT, 'node_modules/.bin/node');

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
}

interface FullJob extends Resource {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly initContainers?: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes?: readonly Volume[];
      };
    };
  };
}

interface SecretResource extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS: ResourceKind<SecretResource> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };

export interface LocalKubelet {
  /** Called as each container begins: a test may hold it up, or kill it. */
  onContainer: (job: string, container: string, process: ChildProcess) => void;
  /** Where a container strikes itself, as SMARTCONNECTOR_FAULT says. */
  faultOf: (job: string, container: string) => string | undefined;
  /** Waited for before the first container of a Job begins. */
  beforePod: (job: string) => Promise<void>;
  /** Jobs that were run so far, in order. */
  readonly jobs: readonly string[];
  /** What all containers wrote so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/**
 * Runs the containers of our Jobs as processes of this machine, one after another, and tells the API server how they ended.
 * Ends those of a Job that is deleted, and lets it go then.
 */
export function startLocalKubelet(api: RestApi): LocalKubelet {
  const stopping = new AbortController();
  const seen = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const children = new Map<ChildProcess, string>();
  const jobs: string[] = [];
  let output = '';
  const kubelet: LocalKubelet = {
    onContainer: () => undefined,
    faultOf: () => undefined,
    beforePod: () => Promise.resolve(),
    jobs,
    output: () => output,
    stop: async () => {
      stopping.abort();
      for (const child of children.keys()) child.kill('SIGKILL');
      await Promise.allSettled([...running.values(), watching]);
    },
  };
  const deleted = new Set<string>();
  const run = async (job: FullJob): Promise<void> => {
    const { namespace, name, uid } = job.metadata;
    await kubelet.beforePod(name);
    if (isOver(stopping.signal) || deleted.has(uid)) return;
    const failed = await runPod(api, job, {
      faultOf: (container) => kubelet.faultOf(name, container),
      onStart: (container, child) => {
        children.set(child, uid);
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: string) => (output += text));
        kubelet.onContainer(name, container, child);
        if (deleted.has(uid)) child.kill('SIGKILL');
        child.on('close', () => children.delete(child));
      },
    });
    if (isOver(stopping.signal) || deleted.has(uid)) return;
    if (failed !== null) await insist(() => tellPod(api, job, failed), stopping.signal);
    const status =
      failed === null
        ? SUCCEEDED()
        : FAILED(`container ${failed.container} ended with ${failed.exitCode}: ${failed.text}`);
    await insist(() => api.patch(JOBS, { namespace, name }, { status }, 'status'), stopping.signal);
  };
  const remove = async ({ metadata: { namespace, name, uid } }: JobResource): Promise<void> => {
    deleted.add(uid);
    for (const [child, owner] of children) if (owner === uid) child.kill('SIGKILL');
    await running.get(uid);
    await insist(() => api.patch(JOBS, { namespace, name }, { metadata: { uid, finalizers: null } }), stopping.signal);
  };
  const reflector = new Reflector<JobResource>(api, {
    kind: JOBS,
    namespace: null,
    onChange: (job) => {
      const { uid, deletionTimestamp } = job.metadata;
      if (deletionTimestamp !== undefined || reflector.get(job.metadata) === null) {
        if (deleted.has(uid)) return;
        remove(job).catch((error: unknown) => console.error(error));
        return;
      }
      if (seen.has(uid)) return;
      seen.add(uid);
      jobs.push(job.metadata.name);
      const work = run(job as Resource as FullJob).catch((error: unknown) => {
        if (!stopping.signal.aborted) console.error(error);
      });
      running.set(uid, work);
    },
    log: pino({ enabled: false }),
    random: () => 0.5,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    now: () => performance.now(),
    timing: { shortestPauseMs: 50, longestPauseMs: 1000 },
  });
  const watching = reflector.run(stopping.signal);
  return kubelet;
}

/** Asked anew: it changes while something is awaited. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** As a kubelet does, it says it again until the API server has heard it, or knows of no such object. */
async function insist(say: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await say();
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.class === 'terminal' || error.code === 'Conflict') return;
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface Failure {
  readonly container: string;
  readonly exitCode: number;
  readonly text: string;
}

/** The pod of a Job as it is when a container has failed. */
async function tellPod(api: RestApi, job: FullJob, { container, exitCode, text }: Failure): Promise<void> {
  const { namespace, name } = job.metadata;
  const { labels = {} } = job.spec.template.metadata;
  await api.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: `${name}-pod`, labels: { ...labels, 'batch.kubernetes.io/job-name': name } },
    spec: { containers: [{ name: container, image: 'test' }], restartPolicy: 'Never' },
  });
  const terminated = { exitCode, reason: 'Error', message: text.slice(-500) };
  const status = { name: container, image: 'test', imageID: '', ready: false, restartCount: 0, state: { terminated } };
  const key = { namespace, name: `${name}-pod` };
  await api.patch(PODS, key, { status: { phase: 'Failed', containerStatuses: [status] } }, 'status');
}

interface PodCalls {
  readonly faultOf: (container: string) => string | undefined;
  readonly onStart: (container: string, child: ChildProcess) => void;
}

/** @returns how the first container that failed ended; null: none did */
async function runPod(api: RestApi, job: FullJob, { faultOf, onStart }: PodCalls): Promise<Failure | null> {
  const root = await mkdtemp(join(tmpdir(), 'smartconnector-pod-'));
  try {
    const { initContainers = [], containers, volumes = [] } = job.spec.template.spec;
    for (const { name, secret } of volumes) {
      const directory = join(root, name);
      await mkdir(directory, { mode: 0o700 });
      if (secret === undefined) continue;
      const found = await api.get(SECRETS, { namespace: job.metadata.namespace, name: secret.secretName });
      for (const [key, value] of Object.entries(found?.data ?? {})) {
        await writeFile(join(directory, key), Buffer.from(value, 'base64'), { mode: 0o600 });
      }
    }
    for (const container of [...initContainers, ...containers]) {
      const fault = faultOf(container.name);
      const env = fault === undefined ? {} : { SMARTCONNECTOR_FAULT: fault };
      const ended = await runContainer(root, container, env, (child) => onStart(container.name, child));
      if (ended !== null) return { container: container.name, ...ended };
    }
    return null;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function runContainer(
  root: string,
  container: Container,
  added: Readonly<Record<string, string>>,
  onStart: (child: ChildProcess) => void,
): Promise<Omit<Failure, 'container'> | null> {
  const mounts = container.volumeMounts ?? [];
  // Longest first: a mount may lie below another.
  const ordered = [...mounts].sort((one, other) => other.mountPath.length - one.mountPath.length);
  const local = (text: string): string => {
    const mount = ordered.find(({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`));
    return mount === undefined ? text : join(root, mount.name, text.slice(mount.mountPath.length));
  };
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, local(value)]));
  const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', ...container.args.map(local)], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      TMPDIR: join(root, 'tmp'),
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...added,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (errors += text));
  }
  onStart(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve(
        status === 0
          ? null
          : { exitCode: status ?? 128 + (signal === null ? 0 : constants.signals[signal]), text: errors.slice(-2000) },
      ),
    );
  });
}

const condition = (type: string, reason: string, message: string): object => ({
  type,
  status: 'True',
  reason,
  message,
  lastTransitionTime: new Date().toISOString(),
});

const SUCCEEDED = (): object => ({
  startTime: new Date().toISOString(),
  completionTime: new Date(Date.now() + 1000).toISOString(),
  succeeded: 1,
  conditions: [
    condition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods'),
    condition('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'),
  ],
});

const FAILED = (message: string): object => ({
  startTime: new Date().toISOString(),
  failed: 1,
  conditions: [
    condition('FailureTarget', 'BackoffLimitExceeded', message),
    condition('Failed', 'BackoffLimitExceeded', message),
  ],
});
