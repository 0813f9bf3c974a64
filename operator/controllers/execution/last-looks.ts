import type { PodResource } from '../../api/kinds.ts';
import { inNamespace, podsByOwner } from '../indexes.ts';
import type { Requeue } from '../../runtime/reconciler.ts';
import { keyText, type Key } from '../../runtime/resource.ts';
import type { Observation } from './observe.ts';
import type { ExecutionPorts } from './ports.ts';

const LONGEST_REST_MS = 60_000;

interface Look {
  /** Of the execution, after what the look wrote. */
  readonly uid: string;
  readonly version: string;
  readonly job: { readonly name: string; readonly version: string };
  /** Whether the watch has shown its Job: one that is missing after that is gone, one before is not there yet. */
  isJobShown: boolean;
  readonly pods: string;
  readonly dueMs: number;
}

type LookPorts = Pick<ExecutionPorts, 'executions' | 'jobs' | 'pods' | 'now'>;

/**
 * What executions that run looked like when they were looked at last. The watch shows an operator what it wrote itself; as
 * long as it shows nothing else, and no time has come, that is no reason to ask PostgreSQL.
 */
export class LastLooks {
  readonly #looks = new Map<string, Look>();

  /** When to look again, where the stores show nothing new; null: now. What was remembered is forgotten then. */
  stillRests(key: Key, ports: LookPorts): Requeue {
    const id = keyText(key);
    const look = this.#looks.get(id);
    if (look === undefined) return null;
    const leftMs = look.dueMs - ports.now().getTime();
    const execution = ports.executions.get(key)?.metadata;
    const job = ports.jobs.get({ namespace: key.namespace, name: look.job.name });
    const isSameJob = job === null ? !look.isJobShown : job.metadata.resourceVersion === look.job.version;
    look.isJobShown ||= job !== null;
    const isSame =
      isSameJob &&
      execution?.uid === look.uid &&
      execution.resourceVersion === look.version &&
      versionsOf(ports.pods.find(podsByOwner, inNamespace(key.namespace, look.uid))) === look.pods;
    // A clock that was set back would let it rest for too long.
    if (isSame && leftMs > 0 && leftMs <= LONGEST_REST_MS) return { afterMs: leftMs };
    this.#looks.delete(id);
    return null;
  }

  /** Remembers a look after which a running execution rests, in the state in which it was left. */
  note(key: Key, { execution, request, job, pods }: Observation, requeueMs: number | null, ports: LookPorts): void {
    if (request?.state !== 'Started' || job === null || requeueMs === null || requeueMs > LONGEST_REST_MS) return;
    const { uid, resourceVersion: version } = execution.metadata;
    this.#looks.set(keyText(key), {
      uid,
      version,
      job: { name: job.name, version: job.version },
      isJobShown: ports.jobs.get({ namespace: key.namespace, name: job.name }) !== null,
      pods: versionsOf(pods),
      dueMs: ports.now().getTime() + requeueMs,
    });
  }
}

const versionsOf = (pods: readonly PodResource[]): string =>
  pods.map(({ metadata }) => `${metadata.uid}/${metadata.resourceVersion}`).join();
