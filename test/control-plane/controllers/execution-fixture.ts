import { NO_SOURCE, type Manifest } from '../../../core/manifest/manifest.ts';
import type { Activation } from '../../../operator/controllers/execution/ports.ts';
import type { JobSettings } from '../../../operator/jobs/job-settings.ts';
import type { Resource } from '../../../operator/runtime/resource.ts';

export const ACTIVE: Activation = { state: 'Active', reason: 'Active', message: '' };

/** What a runner stores. */
export const RESULT = {
  phase: 'Succeeded',
  inputs: [],
  scopes: [{ name: 'a', rows: 5, rejected: 1, unchangedByDiff: 0 }],
  steps: [
    {
      name: 'vendors',
      object: 'vendor',
      scope: 'a',
      created: 2,
      updated: 1,
      unarchived: 0,
      unchanged: 1,
      skippedByRule: 0,
      skippedAmbiguous: 0,
      failed: 0,
      notProcessed: 0,
    },
  ],
};

export const JOB_SETTINGS: JobSettings = {
  image: 'smartconnector:test',
  imagePullPolicy: 'IfNotPresent',
  databaseSecret: 'smartconnector-runner-database',
  resources: { cpu: '1', memory: '1Gi' },
  deadlineSeconds: 600,
  maxAttempts: 2,
  serviceAccount: null,
  workspaceBytes: 2 ** 30,
};

/** A resource of the cluster as the static checks read it. */
export const manifestOf = ({ kind, metadata, ...rest }: Resource, index: number): Manifest => ({
  kind: kind as Manifest['kind'],
  namespace: metadata.namespace,
  name: metadata.name,
  value: { kind, metadata: { name: metadata.name, namespace: metadata.namespace }, ...rest },
  source: { ...NO_SOURCE, order: index },
});
