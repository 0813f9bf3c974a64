import { describe, test } from 'vitest';
import type { PodResource } from '../../../../operator/api/kinds.ts';
import type { Action } from '../../../../operator/controllers/execution/decide.ts';
import type { Observation } from '../../../../operator/controllers/execution/observe.ts';
import type { ExecutionRequest } from '../../../../operator/database/execution-requests.ts';
import type { StoredRun } from '../../../../operator/database/stored-run.ts';
import { executionRequest, executionResource, storedRun } from '../../../support/observed.ts';
import { check, DELETED, end, execution, job, KEPT, says, seen, type Row } from './execution-table.ts';

describe('an execution that has started', () => {
  const started = (
    over: Partial<Observation>,
    request: Partial<ExecutionRequest> = {},
    run: Partial<StoredRun> | null = {},
  ): Observation =>
    seen({
      request: executionRequest({ state: 'Started', phase: 'Pending', attempts: 1, job: 'prices-1-job', ...request }),
      run: run === null ? null : storedRun(run),
      ...over,
    });
  const plan = (
    over: Partial<Extract<Action, { kind: 'PlanJob' }>> & { readonly reason: string; readonly message: string },
  ): Action => ({ kind: 'PlanJob', after: 1, purpose: 'Run', delayMs: 5000, isCounted: true, ...over });
  const failed = job({ state: 'Failed', reason: 'BackoffLimitExceeded', message: 'it failed' });
  const deadPod = {
    metadata: { name: 'pod' },
    status: { containerStatuses: [{ name: 'load', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }] },
  } as unknown as PodResource;
  const awayPod = {
    metadata: { name: 'pod' },
    status: { initContainerStatuses: [{ name: 'intake', state: { terminated: { exitCode: 69 } } }] },
  } as unknown as PodResource;
  const cancelled = { cancelledAt: '2026-05-01T05:59:50Z' };

  const rows: Row[] = [
    [
      'gets its Job',
      started({}, { job: null }, { attempt: 0 }),
      [{ kind: 'CreateJob', attempt: 1, purpose: 'Run' }],
      'again',
    ],
    [
      'waits until the next attempt is due',
      started({}, { job: null, attempts: 2, notBefore: '2026-05-01T06:00:07Z' }),
      [],
      7000,
    ],
    [
      'gets its next Job once that is due',
      started({}, { job: null, attempts: 2, purpose: 'Finish', notBefore: '2026-05-01T05:59:59Z' }),
      [{ kind: 'CreateJob', attempt: 2, purpose: 'Finish' }],
      'again',
    ],
    [
      'notes a Job that was created before the operator died',
      started({ job: job() }, { job: null }),
      [{ kind: 'CreateJob', attempt: 1, purpose: 'Run' }],
      'again',
    ],
    ['is followed closely while it runs', started({ job: job() }), [], 2000],
    ['is looked at now and then before its pod has begun', started({ job: job() }, {}, { attempt: 0 }), [], 15_000],
    [
      'is looked at less often the longer its pod does not begin',
      started({ job: job() }, {}, { attempt: 0, startedAt: '2026-05-01T05:59:10Z' }),
      [],
      25_000,
    ],
    [
      'is looked at once a minute in the end',
      started({ job: job() }, {}, { attempt: 0, startedAt: '2026-05-01T01:00:00Z' }),
      [],
      60_000,
    ],
    [
      'ends as its runner stored, whatever its Job says',
      started(
        { job: failed },
        {},
        {
          phase: 'Succeeded',
          endedAt: '2026-05-01T05:59:59Z',
          result: { scopes: [] } as unknown as StoredRun['result'],
        },
      ),
      [end('Succeeded', 'Succeeded', 'see the report')],
      'again',
    ],
    [
      'ends without counts where what is stored of its result cannot be read',
      started({ job: failed }, {}, { phase: 'Succeeded', endedAt: '2026-05-01T05:59:59Z', result: null }),
      [end('Succeeded', 'ResultUnreadable', 'is not known')],
      'again',
    ],
    [
      'ends with the error that its runner stored',
      started(
        {},
        {},
        {
          phase: 'Failed',
          endedAt: '2026-05-01T05:59:59Z',
          result: { error: { code: 'Aborted', message: 'too many' } } as unknown as StoredRun['result'],
        },
      ),
      [end('Failed', 'Aborted', 'too many')],
      'again',
    ],
    [
      'ends as cancelled where its runner stopped for that',
      started({}, cancelled, { phase: 'Cancelled', endedAt: '2026-05-01T05:59:59Z' }),
      [end('Cancelled', 'Cancelled', 'what was committed stays')],
      'again',
    ],
    [
      'is not run again where PostgreSQL has lost its row',
      started({}, {}, null),
      [end('Failed', 'RowMissing', 'not run again')],
      'again',
    ],
    [
      'is tried again where its Job failed, and says which container did',
      started({ job: failed, pods: [deadPod] }),
      [plan({ reason: 'AttemptFailed', message: says('container load') })],
      'again',
    ],
    [
      'is tried again after twice the pause the second time',
      started({ job: failed }, { attempts: 2 }),
      [plan({ after: 2, delayMs: 10_000, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'is ended at once from what is stored when its attempts are used up',
      started({ job: failed }, { attempts: 3 }),
      [plan({ after: 3, purpose: 'Finish', delayMs: 0, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'is tried again as if nothing had been where the database was away, however many attempts it had',
      started({ job: failed, pods: [awayPod] }, { attempts: 3, outages: 0 }),
      [
        plan({
          after: 3,
          delayMs: 20_000,
          isCounted: false,
          reason: 'DatabaseUnavailable',
          message: says('status 69'),
        }),
      ],
      'again',
    ],
    [
      'has the attempts that outages did not take',
      started({ job: failed }, { attempts: 5, outages: 3 }),
      [plan({ after: 5, delayMs: 80_000, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'does not wait for a database for ever',
      started({ job: failed, pods: [awayPod] }, { attempts: 303, outages: 300 }),
      [plan({ after: 303, purpose: 'Finish', delayMs: 0, reason: 'DatabaseUnavailable', message: says('status 69') })],
      'again',
    ],
    [
      'is closed as its resource says where a backup brought back a row from before its end',
      started({ execution: executionResource({ metadata: { finalizers: [] }, status: { phase: 'Succeeded' } }) }),
      [{ kind: 'CloseOutdated', phase: 'Succeeded' }],
      'again',
    ],
    [
      'goes on where somebody wrote an end into its status: its finalizer is still there',
      started({ execution: executionResource({ metadata: KEPT, status: { phase: 'Succeeded' } }) }, { job: null }),
      [{ kind: 'CreateJob', attempt: 1, purpose: 'Run' }],
      'again',
    ],
    [
      'is closed where a backup brought back its row and its status proves the end, though its finalizer is still there',
      started({
        execution: executionResource({ metadata: KEPT, status: { phase: 'Succeeded' } }),
        isEndProven: true,
      }),
      [{ kind: 'CloseOutdated', phase: 'Succeeded' }],
      'again',
    ],
    [
      'gets its finalizer back where somebody took it away',
      started({ execution: executionResource({ metadata: { finalizers: [] } }), job: job() }),
      [{ kind: 'AddFinalizer' }],
      'again',
    ],
    [
      'goes on where somebody wrote an end into its status while its Job is at work',
      started({ execution: executionResource({ metadata: KEPT, status: { phase: 'Succeeded' } }), job: job() }),
      [],
      2000,
    ],
    [
      'is ended from what is stored where the same would fail again',
      started({ job: job({ state: 'Failed', reason: 'PodFailurePolicy', message: 'status 2' }) }),
      [plan({ purpose: 'Finish', delayMs: 0, reason: 'AttemptFailed', message: says('status 2') })],
      'again',
    ],
    [
      'goes on being ended where the Job that should do so failed, after a pause',
      started({ job: failed }, { attempts: 4, purpose: 'Finish' }),
      [plan({ after: 4, purpose: 'Finish', delayMs: 40_000, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'never waits longer than five minutes for its next Job',
      started({ job: failed }, { attempts: 20, purpose: 'Finish' }),
      [plan({ after: 20, purpose: 'Finish', delayMs: 300_000, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'is not taken for run where its Job is gone without a result',
      started({}),
      [plan({ reason: 'JobVanished', message: says('is gone and left no result') })],
      'again',
    ],
    [
      'is tried again where its Job completed without a result',
      started({ job: job({ state: 'Complete' }) }),
      [plan({ reason: 'ResultMissing', message: says('without storing a result') })],
      'again',
    ],
    [
      'takes another name where a stranger has the one of its Job',
      started({ job: job({ isOwn: false }) }),
      [plan({ reason: 'JobNameTaken', message: says('does not belong to this execution') })],
      'again',
    ],
    [
      'asks its runner to stop',
      started({ job: job(), execution: execution({ cancel: true }) }),
      [{ kind: 'RequestCancel' }],
      'again',
    ],
    [
      'asks its runner to stop when it is deleted',
      started({ job: job(), execution: executionResource({ metadata: DELETED }) }),
      [{ kind: 'RequestCancel' }],
      'again',
    ],
    [
      'notes a cancellation that was asked for in PostgreSQL',
      started({ job: job() }, {}, { cancelRequested: true }),
      [{ kind: 'RequestCancel' }],
      'again',
    ],
    [
      'that was cancelled before its pod began ends with nothing written',
      started({ job: job() }, cancelled, { attempt: 0, cancelRequested: true }),
      [
        {
          kind: 'EndUnbegun',
          end: { phase: 'Cancelled', reason: 'Cancelled', message: says('nothing was written') },
        },
      ],
      'again',
    ],
    [
      'that is cancelled gets time to end its chunk and write its report',
      started(
        { job: job() },
        { cancelledAt: '2026-05-01T05:55:00Z' },
        { cancelRequested: true, progress: { stage: 'Load' } },
      ),
      [],
      2000,
    ],
    [
      'that is cancelled while it reads its input gets some seconds',
      started({ job: job() }, cancelled, { cancelRequested: true, progress: { stage: 'Intake' } }),
      [],
      2000,
    ],
    [
      'whose input goes on being read after that loses its Job',
      started(
        { job: job() },
        { cancelledAt: '2026-05-01T05:59:30Z' },
        { cancelRequested: true, progress: { stage: 'Intake' } },
      ),
      [{ kind: 'DeleteJob', name: 'prices-1-job' }],
      2000,
    ],
    [
      'that was cancelled and whose Job failed is reported from what is stored',
      started({ job: failed }, cancelled, { cancelRequested: true }),
      [plan({ purpose: 'FinishCancelled', delayMs: 0, reason: 'AttemptFailed', message: says('it failed') })],
      'again',
    ],
    [
      'that is deleted is let go after a quarter of an hour, whatever its pods do',
      started({
        job: job(),
        execution: executionResource({ metadata: { ...DELETED, deletionTimestamp: '2026-05-01T05:44:59Z' } }),
      }),
      [{ kind: 'Abandon' }],
      'again',
    ],
  ];
  test.each(rows)('%s', (...row) => check(row));

  const validations: Row[] = [
    [
      'ends well where its SQL ran',
      started({}, { mode: 'Validate' }, { phase: 'Succeeded', endedAt: '2026-05-01T05:59:59Z' }),
      [end('Succeeded', 'Validated', 'runs on the sample')],
      'again',
    ],
    [
      'ends with the places of its faults',
      started(
        {},
        { mode: 'Validate' },
        {
          phase: 'Failed',
          endedAt: '2026-05-01T05:59:59Z',
          faults: [{ path: 'spec.sql.script', message: 'no column a' }, { message: 'and more' }],
        },
      ),
      [end('Failed', 'ValidationFailed', 'spec.sql.script: no column a; and more')],
      'again',
    ],
    [
      'is not ended by a Job of its own when its attempts are used up',
      started({ job: failed }, { mode: 'Validate', attempts: 3 }),
      [end('Failed', 'ValidationFailed', 'it failed')],
      'again',
    ],
    [
      'that is cancelled before its pod answers ends at once',
      started({ job: job() }, { mode: 'Validate', ...cancelled }, { attempt: 0 }),
      [end('Cancelled', 'Cancelled', 'nothing was written')],
      'again',
    ],
  ];
  test.each(validations)('and only validates %s', (...row) => check(row));
});
