import { RUNNER_EXIT } from '../../core/control/exit-codes.ts';
import { invalid } from '../../core/errors/app-error.ts';
import type { Resource } from '../runtime/resource.ts';
import type { JobSettings } from './job-settings.ts';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'smartconnector';
/** What its Jobs do: run, finish or validate. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component';
/** The Job that a pod is of, as the Job controller says. */
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
/** The name of what a Job works for, on the Job and on its pods: a label would be too short for it. */
export const OWNER_ANNOTATION = 'smartconnectors.dev/owner';
export const OWNER_UID_LABEL = 'smartconnectors.dev/owner-uid';

const RUNNER_MAIN = 'runner/container/main.ts';
const WORKSPACE = '/workspace';
const DATABASE_DIRECTORY = '/run/secrets/smartconnector/database';
const SOURCES_DIRECTORY = '/run/secrets/smartconnector/sources';
const INPUT_DIRECTORY = '/input';
const USER = 1000;
const TMP_BYTES = 2 ** 30;

/** A volume of the pod, and where a container sees it. */
export interface Mounted {
  readonly volume: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly mount: { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean };
}

export interface ContainerPlan {
  readonly name: string;
  /** What follows the path of the runner's entry. */
  readonly args: readonly string[];
  readonly mounts: readonly Mounted[];
  readonly usesDatabase: boolean;
}

export const WORKSPACE_ARGS: readonly string[] = ['--workspace', WORKSPACE];
export const SOURCES_ARGS: readonly string[] = ['--secrets', SOURCES_DIRECTORY];

export function workspaceVolume({ workspaceBytes }: JobSettings): Mounted {
  return {
    volume: { name: 'workspace', emptyDir: { sizeLimit: String(workspaceBytes) } },
    mount: { name: 'workspace', mountPath: WORKSPACE },
  };
}

/** Secrets of external sources, one folder each; a Secret that is missing keeps the pod from starting, and says so. */
export function sourceVolumes(secrets: readonly string[]): Mounted[] {
  return [...new Set(secrets)].map((secretName, index) => ({
    volume: { name: `source-${index}`, secret: { secretName, defaultMode: 0o440 } },
    mount: { name: `source-${index}`, mountPath: `${SOURCES_DIRECTORY}/${secretName}`, readOnly: true },
  }));
}

/** Whether a path stays inside of its volume: beside it are the volumes of other things, credentials among them. */
export const isPathInVolume = (path: string): boolean => !path.split('/').includes('..');

/**
 * A file of a volume claim, and the argument that names it.
 *
 * @throws AppError `Invalid` where the path leaves the volume
 */
export function inputVolume(claimName: string, path: string): { mounted: Mounted; args: readonly string[] } {
  if (!isPathInVolume(path)) throw invalid(`the path ${path} leaves the volume ${claimName}; write it without ..`);
  return {
    mounted: {
      volume: { name: 'input', persistentVolumeClaim: { claimName, readOnly: true } },
      mount: { name: 'input', mountPath: INPUT_DIRECTORY, readOnly: true },
    },
    args: ['--volume', INPUT_DIRECTORY, '--input', path.replace(/^\/+/, '')],
  };
}

function databaseVolume({ databaseSecret }: JobSettings): Mounted {
  return {
    volume: {
      name: 'database',
      secret: { secretName: databaseSecret, defaultMode: 0o440, items: [{ key: 'url', path: 'url' }] },
    },
    mount: { name: 'database', mountPath: DATABASE_DIRECTORY, readOnly: true },
  };
}

const TMP: Mounted = {
  volume: { name: 'tmp', emptyDir: { sizeLimit: String(TMP_BYTES) } },
  mount: { name: 'tmp', mountPath: '/tmp' },
};

interface Container {
  readonly container: object;
  readonly volumes: readonly Mounted['volume'][];
}

function buildContainer(plan: ContainerPlan, settings: JobSettings): Container {
  const mounts = [...plan.mounts, TMP, ...(plan.usesDatabase ? [databaseVolume(settings)] : [])];
  const { cpu, memory } = settings.resources;
  return {
    volumes: mounts.map(({ volume }) => volume),
    container: {
      name: plan.name,
      image: settings.image,
      imagePullPolicy: settings.imagePullPolicy,
      args: [RUNNER_MAIN, ...plan.args],
      env: plan.usesDatabase ? [{ name: 'SMARTCONNECTOR_DATABASE_FILE', value: `${DATABASE_DIRECTORY}/url` }] : [],
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu, memory } },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      volumeMounts: mounts.map(({ mount }) => mount),
    },
  };
}

/** What a Job belongs to: it goes when its owner goes. */
export interface JobOwner {
  readonly resource: Resource;
  readonly apiVersion: string;
  readonly kind: string;
}

export interface JobPlan {
  readonly owner: JobOwner;
  readonly name: string;
  readonly component: string;
  readonly deadlineSeconds: number;
  /** One after another; the last one is the main container. */
  readonly containers: readonly ContainerPlan[];
}

/**
 * A Job whose pod runs the containers in their order. A pod that the cluster takes away is made again by the Job
 * controller; any other failure ends the Job, and what follows is decided by the operator.
 */
export function buildJob({ owner, name, component, deadlineSeconds, containers }: JobPlan, settings: JobSettings) {
  const { namespace, uid, name: ownerName } = owner.resource.metadata;
  const built = containers.map((plan) => buildContainer(plan, settings));
  const volumes = new Map(built.flatMap((one) => one.volumes.map((volume) => [volume.name, volume] as const)));
  const labels = {
    [MANAGED_BY_LABEL]: MANAGED_BY,
    'app.kubernetes.io/name': 'smartconnector-runner',
    [COMPONENT_LABEL]: component,
    [OWNER_UID_LABEL]: uid,
  };
  const annotations = { [OWNER_ANNOTATION]: ownerName };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      labels,
      annotations,
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: ownerName,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: deadlineSeconds,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [RUNNER_EXIT.invalid] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: {
        metadata: { labels, annotations },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...(settings.serviceAccount === null ? {} : { serviceAccountName: settings.serviceAccount }),
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            fsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          initContainers: built.slice(0, -1).map(({ container }) => container),
          containers: built.slice(-1).map(({ container }) => container),
          volumes: [...volumes.values()],
        },
      },
    },
  };
}
