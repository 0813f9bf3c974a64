import { expect, test } from 'vitest';
import { decide, type Action } from '../../../../operator/controllers/connector/decide.ts';
import type { Observation, ValidateJob } from '../../../../operator/controllers/connector/observe.ts';
import type { ConnectorSettings } from '../../../../operator/controllers/connector/ports.ts';
import type { ConnectorValidation } from '../../../../operator/database/connector-validations.ts';
import { connectorInput, connectorModel, connectorResource, executionResource } from '../../../support/observed.ts';

const NOW = new Date('2026-05-01T06:00:00Z');
const settings = { jobs: {}, maxValidations: 3, maxBackgroundValidations: 1 } as ConnectorSettings;

const seen = (over: Partial<Observation> = {}): Observation => ({
  connector: connectorResource(),
  input: connectorInput(),
  validations: [],
  jobs: [],
  busyJobs: 0,
  executions: [],
  ...over,
});
const validation = (state: ConnectorValidation['state'], environmentHash = 'environment-1'): ConnectorValidation => ({
  id: `${state}-${environmentHash}`,
  environmentHash,
  state,
  faults: state === 'Failed' ? [{ message: 'no column a' }] : [],
});
const job = (over: Partial<ValidateJob> = {}): ValidateJob => ({
  name: 'prices-1',
  uid: 'job-uid',
  attempt: 1,
  state: 'Active',
  endedAt: null,
  message: '',
  expires: false,
  ...over,
});
const failedAt = (endedAt: string, over: Partial<ValidateJob> = {}): ValidateJob =>
  job({ state: 'Failed', endedAt: new Date(endedAt), message: 'DeadlineExceeded', ...over });
const running = (mode: 'Live' | 'DryRun', phase: string) => executionResource({ spec: { mode }, status: { phase } });

const create = (attempt = 1): Action => ({ kind: 'CreateJob', attempt });
const expire: Action = { kind: 'ExpireJob', name: 'prices-1' };
const noSample = connectorModel({
  sql: { ...connectorModel().sql, sample: null } as NonNullable<ReturnType<typeof connectorModel>['sql']>,
});

const cases: [
  sentence: string,
  observation: Observation,
  verdict: [kind: string, detail: string | null],
  actions: Action[],
  requeueMs: number | null,
][] = [
  [
    'a connector with faults is invalid at once',
    seen({ input: connectorInput({ connector: null, faults: [{ message: 'a' }] }) }),
    ['Invalid', 'ValidationFailed'],
    [],
    null,
  ],
  [
    'one without SQL needs no trial',
    seen({ input: connectorInput({ connector: connectorModel({ sql: null }) }) }),
    ['Passed', null],
    [],
    null,
  ],
  [
    'SQL without a sample cannot be validated',
    seen({ input: connectorInput({ connector: noSample }) }),
    ['Invalid', 'SampleMissing'],
    [],
    null,
  ],
  ['what passed holds', seen({ validations: [validation('Passed')] }), ['Passed', null], [], null],
  [
    'what failed is invalid, with the faults that its Job found',
    seen({ validations: [validation('Failed')] }),
    ['Invalid', 'ValidationFailed'],
    [],
    null,
  ],
  ['a script that nobody tried gets a Job', seen(), ['Pending', 'Validating'], [create()], 60_000],
  [
    'waits for a place where enough others are validated',
    seen({ busyJobs: 3 }),
    ['Pending', 'ValidationQueued'],
    [],
    5000,
  ],
  ['waits for its Job', seen({ jobs: [job()] }), ['Pending', 'Validating'], [], 60_000],
  [
    'waits for the newest of its Jobs, and lets the older one go',
    seen({ jobs: [failedAt('2026-05-01T05:50:00Z'), job({ name: 'prices-2', attempt: 2 })] }),
    ['Pending', 'Validating'],
    [expire],
    60_000,
  ],
  [
    'a Job that ended without an answer is followed by another after a pause',
    seen({ jobs: [failedAt('2026-05-01T05:59:56Z')], validations: [validation('Requested')] }),
    ['Pending', 'ProgressingWithRetry'],
    [],
    6000,
  ],
  [
    'the pause doubles with every attempt',
    seen({ jobs: [failedAt('2026-05-01T06:00:00Z', { attempt: 3 })] }),
    ['Pending', 'ProgressingWithRetry'],
    [],
    40_000,
  ],
  [
    'the pause has a limit',
    seen({ jobs: [failedAt('2026-05-01T06:00:00Z', { attempt: 30 })] }),
    ['Pending', 'ProgressingWithRetry'],
    [],
    300_000,
  ],
  [
    'after the pause the next attempt begins',
    seen({ jobs: [failedAt('2026-05-01T05:59:50Z')] }),
    ['Pending', 'ProgressingWithRetry'],
    [create(2)],
    60_000,
  ],
  [
    'a Job that does not say when it ended is followed at once',
    seen({ jobs: [job({ state: 'Complete' })] }),
    ['Pending', 'ProgressingWithRetry'],
    [create(2)],
    60_000,
  ],
  [
    'a Job of another script is deleted while it runs',
    seen({ jobs: [job({ attempt: null })] }),
    ['Pending', 'Validating'],
    [{ kind: 'DeleteJob', name: 'prices-1', uid: 'job-uid' }, create()],
    60_000,
  ],
  [
    'a Job that has told its answer may go',
    seen({ jobs: [job({ state: 'Complete' })], validations: [validation('Passed')] }),
    ['Passed', null],
    [expire],
    null,
  ],
  [
    'one that goes already is left alone',
    seen({ jobs: [job({ state: 'Complete', expires: true })], validations: [validation('Passed')] }),
    ['Passed', null],
    [],
    null,
  ],
  [
    'what passed in another environment holds while it is tried in this one',
    seen({ validations: [validation('Passed', 'environment-0')] }),
    ['Passed', 'it is validated again in what has changed around it: its SQL is tried on the sample'],
    [create()],
    60_000,
  ],
  [
    'such a trial leaves places to connectors that wait for theirs',
    seen({ validations: [validation('Passed', 'environment-0')], busyJobs: 1 }),
    [
      'Passed',
      'it is validated again in what has changed around it: it waits for validations of other connectors to end',
    ],
    [],
    5000,
  ],
  [
    'what failed in another environment is tried before it counts',
    seen({ validations: [validation('Failed', 'environment-0')] }),
    ['Pending', 'Validating'],
    [create()],
    60_000,
  ],
  [
    'the status tells what passed where PostgreSQL has lost it',
    seen({
      connector: connectorResource({ status: { activation: { scriptHash: 'script-1', validatedHash: 'script-1' } } }),
      busyJobs: 1,
    }),
    [
      'Passed',
      'it is validated again in what has changed around it: it waits for validations of other connectors to end',
    ],
    [],
    5000,
  ],
  [
    'the status of an older script tells nothing',
    seen({
      connector: connectorResource({ status: { activation: { scriptHash: 'script-0', validatedHash: 'script-1' } } }),
    }),
    ['Pending', 'Validating'],
    [create()],
    60_000,
  ],
  [
    'switching a connector off cancels what runs live',
    seen({
      connector: connectorResource({ spec: { active: false } }),
      validations: [validation('Passed')],
      executions: [running('Live', 'Running')],
    }),
    ['Passed', null],
    [{ kind: 'CancelRuns' }],
    null,
  ],
  [
    'switching it off cancels neither dry runs nor what has ended or waits',
    seen({
      connector: connectorResource({ spec: { active: false } }),
      validations: [validation('Passed')],
      executions: [running('DryRun', 'Running'), running('Live', 'Succeeded'), running('Live', 'Queued')],
    }),
    ['Passed', null],
    [],
    null,
  ],
  [
    'a connector that is on leaves its runs alone',
    seen({ validations: [validation('Passed')], executions: [running('Live', 'Running')] }),
    ['Passed', null],
    [],
    null,
  ],
];

test.each(cases)('%s', (_sentence, observation, [kind, detail], actions, requeueMs) => {
  const decision = decide(observation, NOW, settings);
  const { verdict } = decision;
  expect([verdict.kind, verdict.kind === 'Passed' ? verdict.note : verdict.reason]).toEqual([kind, detail]);
  expect(decision.actions).toEqual(actions);
  expect(decision.requeueMs).toBe(requeueMs);
});

test('a failed validation hands on the faults', () => {
  const { verdict } = decide(seen({ validations: [validation('Failed')] }), NOW, settings);
  expect(verdict).toMatchObject({ kind: 'Invalid', faults: [{ message: 'no column a' }] });
});
