import { describe, expect, it } from 'vitest';
import type { ExecutionResource } from '../../../../operator/api/kinds.ts';
import { jobName } from '../../../../operator/jobs/job-name.ts';
import type { JobSettings } from '../../../../operator/jobs/job-settings.ts';
import { buildRunJob, type JobPurpose } from '../../../../operator/jobs/run-job.ts';
import { buildValidateJob } from '../../../../operator/jobs/validate-job.ts';

const SETTINGS: JobSettings = {
  image: 'registry.example/smartconnector:1',
  imagePullPolicy: 'IfNotPresent',
  databaseSecret: 'smartconnector-runner-database',
  resources: { cpu: '2', memory: '2Gi' },
  deadlineSeconds: 600,
  maxAttempts: 3,
  serviceAccount: null,
  workspaceBytes: 5 * 2 ** 30,
};

const execution = (spec: Partial<ExecutionResource['spec']> = {}): ExecutionResource => ({
  apiVersion: 'smartconnectors.dev/v1alpha1',
  kind: 'SmartConnectorExecution',
  metadata: {
    name: 'vendors-1',
    namespace: 'sales',
    uid: '0b2d9a3e-1111-4222-8333-444455556666',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-31T06:00:00Z',
  },
  spec: { connector: 'vendors', ...spec },
});

interface Container {
  readonly name: string;
  readonly args: string[];
  readonly env: { name: string; value: string }[];
  readonly volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  readonly securityContext: object;
}
interface Spec {
  readonly activeDeadlineSeconds: number;
  readonly backoffLimit: number;
  readonly podReplacementPolicy: string;
  readonly podFailurePolicy: object;
  readonly template: {
    readonly spec: {
      readonly automountServiceAccountToken: boolean;
      readonly securityContext: object;
      readonly initContainers: Container[];
      readonly containers: Container[];
      readonly volumes: { name: string }[];
    };
  };
}

const run = (purpose: JobPurpose, one = execution(), sourceSecrets: string[] = []) =>
  buildRunJob({ execution: one, attempt: 2, purpose, sourceSecrets }, SETTINGS);
const specOf = (job: Record<string, unknown>): Spec => job['spec'] as Spec;
const containersOf = (job: Record<string, unknown>): Container[] => {
  const { initContainers, containers } = specOf(job).template.spec;
  return [...initContainers, ...containers];
};
const mountsOf = ({ volumeMounts }: Container): string[] => volumeMounts.map(({ name }) => name);

describe('the Job of an attempt', () => {
  it('runs intake and sql before load, each on the execution and the workspace', () => {
    const parts = containersOf(run('Run'));
    expect(parts.map(({ name, args }) => [name, ...args])).toEqual(
      ['intake', 'sql', 'load'].map((stage) => [
        stage,
        'runner/container/main.ts',
        stage,
        '--execution',
        execution().metadata.uid,
        '--workspace',
        '/workspace',
      ]),
    );
    expect(specOf(run('Run')).template.spec.containers).toHaveLength(1);
  });

  it('gives the database to intake and load, and not to the script', () => {
    const parts = containersOf(run('Run', execution(), ['erp']));
    expect(parts.map((part) => [part.name, mountsOf(part)])).toEqual([
      ['intake', ['workspace', 'tmp', 'database']],
      ['sql', ['workspace', 'source-0', 'tmp']],
      ['load', ['workspace', 'tmp', 'database']],
    ]);
    expect(parts.map((part) => part.env.length)).toEqual([1, 0, 1]);
    expect(parts[1]?.args.slice(-2)).toEqual(['--secrets', '/run/secrets/smartconnector/sources']);
  });

  it('mounts the claim of the input into intake alone, for reading', () => {
    const claim = { persistentVolumeClaim: { claimName: 'drop', path: '/in/a.csv' } };
    const parts = containersOf(run('Run', execution({ input: claim })));
    expect(parts[0]?.args.slice(-4)).toEqual(['--volume', '/input', '--input', 'in/a.csv']);
    expect(parts[0]?.volumeMounts).toContainEqual({ name: 'input', mountPath: '/input', readOnly: true });
    expect(parts.slice(1).flatMap(mountsOf)).not.toContain('input');
  });

  it('does not let the path of an input leave its volume', () => {
    const claim = { persistentVolumeClaim: { claimName: 'drop', path: '../run/secrets/smartconnector/database/url' } };
    expect(() => run('Run', execution({ input: claim }))).toThrow('leaves the volume drop');
  });

  it('lists every volume once, and none that no container mounts', () => {
    const job = run('Run', execution(), ['erp', 'erp', 'crm']);
    const names = specOf(job).template.spec.volumes.map(({ name }) => name);
    expect(names.sort()).toEqual([...new Set(containersOf(job).flatMap(mountsOf))].sort());
  });

  it('fulfils the restricted pod security standard in every container', () => {
    const job = run('Run');
    expect(specOf(job).template.spec.automountServiceAccountToken).toBe(false);
    expect(specOf(job).template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    for (const part of [...containersOf(job), ...containersOf(run('Finish'))]) {
      expect(part.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });

  it('ends on a failed container, survives an eviction, and never has two pods at once', () => {
    expect(specOf(run('Run'))).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 600,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    });
  });

  it('belongs to its execution', () => {
    expect(run('Run').metadata.ownerReferences).toEqual([
      {
        apiVersion: 'smartconnectors.dev/v1alpha1',
        kind: 'SmartConnectorExecution',
        name: 'vendors-1',
        uid: execution().metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  const finishes: [JobPurpose, string[]][] = [
    ['Finish', []],
    ['FinishCancelled', ['--cancelled']],
  ];
  it.each(finishes)('of purpose %s ends the execution from what is stored', (purpose, extra) => {
    const parts = containersOf(run(purpose));
    expect(parts.map(({ args }) => args.slice(1))).toEqual([
      ['finish', '--execution', execution().metadata.uid, '--workspace', '/workspace', ...extra],
    ]);
  });
});

it('a Job that validates runs its SQL between two containers that have the database, and the SQL has none', () => {
  const owner = { resource: execution(), apiVersion: 'smartconnectors.dev/v1alpha1', kind: 'SmartConnector' };
  const job = buildValidateJob({ owner, validationId: 'v-1', attempt: 1, sourceSecrets: ['erp'] }, SETTINGS);
  const own = ['--validation', 'v-1', '--workspace', '/workspace'];
  const sources = ['--secrets', '/run/secrets/smartconnector/sources'];
  const parts = containersOf(job);
  expect(parts.map((part) => [part.args.slice(1), mountsOf(part)])).toEqual([
    [
      ['take', ...own],
      ['workspace', 'tmp', 'database'],
    ],
    [
      ['validate', ...own, ...sources],
      ['workspace', 'source-0', 'tmp'],
    ],
    [
      ['answer', ...own],
      ['workspace', 'tmp', 'database'],
    ],
  ]);
  expect(parts.map((part) => part.env.length)).toEqual([1, 0, 1]);
});

describe('the name of a Job', () => {
  const uid = '0b2d9a3e-1111-4222-8333-444455556666';
  it.each([
    ['is the name, a part of the uid and the attempt', 'vendors', 'vendors-0b2d9a3e-1'],
    ['has no dots, which labels of pods may have but host names not', 'a.b', 'a-b-0b2d9a3e-1'],
    ['is short enough for a label', 'x'.repeat(253), `${'x'.repeat(40)}-0b2d9a3e-1`],
    ['does not double the dash where the name is cut', `${'x'.repeat(39)}-yyy`, `${'x'.repeat(39)}-0b2d9a3e-1`],
  ])('%s', (_sentence, name, expected) => {
    expect(jobName({ name, uid }, 1)).toBe(expected);
  });
});
