import type { ExecutionResource } from '../api/kinds.ts';
import { API_VERSION, EXECUTIONS } from '../api/kinds.ts';
import type { NewResource } from '../runtime/kubernetes-api.ts';
import { jobName } from './job-name.ts';
import type { JobSettings } from './job-settings.ts';
import { SOURCES_ARGS, WORKSPACE_ARGS, buildJob, inputVolume, sourceVolumes, workspaceVolume } from './pod-parts.ts';

/** Run: an attempt of the execution. The others end it from what is stored. */
export type JobPurpose = 'Run' | 'Finish' | 'FinishCancelled';

export interface RunJobRequest {
  readonly execution: ExecutionResource;
  /** From 1: which Job of the execution this is. */
  readonly attempt: number;
  readonly purpose: JobPurpose;
  /** The Secrets of the connector's external sources. */
  readonly sourceSecrets: readonly string[];
}

/** The Job of one attempt of an execution, or the one that ends it. */
export function buildRunJob(
  { execution, attempt, purpose, sourceSecrets }: RunJobRequest,
  settings: JobSettings,
): NewResource {
  const { uid } = execution.metadata;
  const workspace = workspaceVolume(settings);
  const args = (stage: string): string[] => [stage, '--execution', uid, ...WORKSPACE_ARGS];
  const plan = {
    owner: { resource: execution, apiVersion: API_VERSION, kind: EXECUTIONS.kind },
    name: jobName(execution.metadata, attempt),
    component: purpose === 'Run' ? 'run' : 'finish',
    deadlineSeconds: settings.deadlineSeconds,
  };
  if (purpose !== 'Run') {
    const cancelled = purpose === 'FinishCancelled' ? ['--cancelled'] : [];
    const finish = { name: 'finish', args: [...args('finish'), ...cancelled], mounts: [workspace], usesDatabase: true };
    return buildJob({ ...plan, containers: [finish] }, settings);
  }
  const claim = execution.spec.input?.persistentVolumeClaim;
  const input = claim === undefined ? null : inputVolume(claim.claimName, claim.path);
  const sources = sourceVolumes(sourceSecrets);
  return buildJob(
    {
      ...plan,
      containers: [
        {
          name: 'intake',
          args: [...args('intake'), ...(input?.args ?? [])],
          mounts: input === null ? [workspace] : [workspace, input.mounted],
          usesDatabase: true,
        },
        {
          name: 'sql',
          args: [...args('sql'), ...(sources.length === 0 ? [] : SOURCES_ARGS)],
          mounts: [workspace, ...sources],
          usesDatabase: false,
        },
        { name: 'load', args: args('load'), mounts: [workspace], usesDatabase: true },
      ],
    },
    settings,
  );
}
