import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { JOBS, type JobResource } from '../../operator/api/kinds.ts';
import { Reflector } from '../../operator/runtime/reflector.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';

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
  /** Jobs that were run so far, in order. */
  readonly jobs: readonly string[];
  stop(): Promise<void>;
}

/** Runs the containers of our Jobs as processes of this machine, one after another, and tells the API server how they ended. */
export function startLocalKubelet(api: RestApi): LocalKubelet {
  const stopping = new AbortController();
  const seen = new Set<string>();
  const running = new Set<Promise<void>>();
  const children = new Set<ChildProcess>();
  const jobs: string[] = [];
  const kubelet: LocalKubelet = {
    onContainer: () => undefined,
    jobs,
    stop: async () => {
      stopping.abort();
      for (const child of children) child.kill('SIGKILL');
      await Promise.allSettled([...running, watching]);
    },
  };
  const run = async (job: FullJob): Promise<void> => {
    const { namespace, name } = job.metadata;
    const failed = await runPod(api, job, (container, child) => {
      children.add(child);
      kubelet.onContainer(name, container, child);
      child.on('close', () => children.delete(child));
    });
    if (stopping.signal.aborted) return;
    await api.patch(JOBS, { namespace, name }, { status: failed === null ? SUCCEEDED() : FAILED(failed) }, 'status');
  };
  const reflector = new Reflector<JobResource>(api, {
    kind: JOBS,
    namespace: null,
    onChange: (job) => {
      if (seen.has(job.metadata.uid) || job.metadata.deletionTimestamp !== undefined) return;
      seen.add(job.metadata.uid);
      jobs.push(job.metadata.name);
      const work = run(job as Resource as FullJob).catch((error: unknown) => {
        if (!stopping.signal.aborted) console.error(error);
      });
      running.add(work);
    },
    log: pino({ enabled: false }),
    random: () => 0.5,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    now: () => performance.now(),
    timing: { shortestPauseMs: 50 },
  });
  const watching = reflector.run(stopping.signal);
  return kubelet;
}

/** @returns how the first container that failed ended; null: none did */
async function runPod(
  api: RestApi,
  job: FullJob,
  onStart: (container: string, child: ChildProcess) => void,
): Promise<string | null> {
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
      const ended = await runContainer(root, container, (child) => onStart(container.name, child));
      if (ended !== null) return `container ${container.name} ended with ${ended}`;
    }
    return null;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function runContainer(
  root: string,
  container: Container,
  onStart: (child: ChildProcess) => void,
): Promise<string | null> {
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
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: join(root, 'tmp'), ...env },
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
      resolve(status === 0 ? null : `${status ?? signal ?? ''}: ${errors.slice(-2000)}`),
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
