import type { NewResource } from '../runtime/kubernetes-api.ts';
import { jobName } from './job-name.ts';
import type { JobSettings } from './job-settings.ts';
import { SOURCES_ARGS, WORKSPACE_ARGS, buildJob, sourceVolumes, workspaceVolume, type JobOwner } from './pod-parts.ts';

/** A script has at most an hour, and a node has to be found. */
const DEADLINE_SECONDS = 2 * 3600;

export interface ValidateJobRequest {
  /** The connector; or the execution of mode Validate that asked for it. */
  readonly owner: JobOwner;
  /** Of the row that says what is validated and takes the answer. */
  readonly validationId: string;
  /** From 1. */
  readonly attempt: number;
  readonly sourceSecrets: readonly string[];
}

/**
 * The Job that runs the SQL of a connector on its sample: as in a run, the container that does has no database, and those
 * before and after it run no SQL of the connector.
 */
export function buildValidateJob(request: ValidateJobRequest, settings: JobSettings): NewResource {
  const { owner, validationId, attempt, sourceSecrets } = request;
  const workspace = workspaceVolume(settings);
  const sources = sourceVolumes(sourceSecrets);
  const args = (stage: string): string[] => [stage, '--validation', validationId, ...WORKSPACE_ARGS];
  const { name } = owner.resource.metadata;
  return buildJob(
    {
      owner,
      name: jobName({ name, uid: validationId }, attempt),
      component: 'validate',
      deadlineSeconds: Math.min(settings.deadlineSeconds, DEADLINE_SECONDS),
      containers: [
        { name: 'take', args: args('take'), mounts: [workspace], usesDatabase: true },
        {
          name: 'validate',
          args: [...args('validate'), ...(sources.length === 0 ? [] : SOURCES_ARGS)],
          mounts: [workspace, ...sources],
          usesDatabase: false,
        },
        { name: 'answer', args: args('answer'), mounts: [workspace], usesDatabase: true },
      ],
    },
    settings,
  );
}
