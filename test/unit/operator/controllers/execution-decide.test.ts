import { describe, test } from 'vitest';
import type { Action } from '../../../../operator/controllers/execution/decide.ts';
import type { Observation } from '../../../../operator/controllers/execution/observe.ts';
import type { ExecutionRequest } from '../../../../operator/database/execution-requests.ts';
import { executionRequest, executionResource, prospects, queueState, storedRun } from '../../../support/observed.ts';
import { check, DELETED, end, execution, job, KEPT, seen, type Row } from './execution-table.ts';

describe('an execution that PostgreSQL does not know', () => {
  const rows: Row[] = [
    [
      'is taken into the queue, with a finalizer before anything is done for it',
      seen({ execution: executionResource() }),
      [{ kind: 'AddFinalizer' }, { kind: 'Register' }],
      'again',
    ],
    ['is taken in with the finalizer it has', seen({}), [{ kind: 'Register' }], 'again'],
    [
      'and that has ended is never run again: the database may have lost it',
      seen({ execution: executionResource({ metadata: KEPT, status: { phase: 'Failed' } }) }),
      [{ kind: 'RemoveFinalizer' }],
      null,
    ],
    [
      'and is being deleted is taken in, to be cancelled: whoever takes it in later finds that',
      seen({ execution: executionResource({ metadata: DELETED }) }),
      [{ kind: 'Register' }],
      'again',
    ],
    [
      'and that has ended and is being deleted is let go',
      seen({ execution: executionResource({ metadata: DELETED, status: { phase: 'Failed' } }) }),
      [{ kind: 'RemoveFinalizer' }],
      null,
    ],
    [
      'and that somebody else holds while it is being deleted is left alone',
      seen({ execution: executionResource({ metadata: { ...DELETED, finalizers: ['example.org/other'] } }) }),
      [],
      null,
    ],
    [
      'and that has ended without a finalizer is left alone',
      seen({ execution: executionResource({ status: { phase: 'Succeeded' } }) }),
      [],
      null,
    ],
  ];
  test.each(rows)('%s', (...row) => check(row));
});

describe('a queued execution', () => {
  const queued = (over: Partial<Observation>, request: Partial<ExecutionRequest> = {}): Observation =>
    seen({ request: executionRequest(request), prospects: prospects(), ...over });
  const full = prospects({ queue: queueState({ runningTotal: 10 }) });
  const message =
    'the cluster has room for 10 executions, and others have it or come before this one; ' +
    'it starts by itself, or raise --max-running of the operator';
  const rows: Row[] = [
    ['starts when nothing keeps it', queued({}), [{ kind: 'Start' }], 'again'],
    ['notes why it waits', queued({ prospects: full }), [{ kind: 'Hold', reason: 'QuotaExceeded', message }], 'again'],
    [
      'writes nothing while it waits for the same',
      queued({ prospects: full }, { reason: 'QuotaExceeded', message }),
      [],
      30_000,
    ],
    [
      'behind others looks less often',
      queued(
        { prospects: prospects({ queue: queueState({ ahead: 1 }) }) },
        { reason: 'WaitingForTurn', message: '1 executions of connector prices stand before this one in its queue' },
      ),
      [],
      300_000,
    ],
    [
      'fails where it can never start',
      queued({ prospects: prospects({ file: { kind: 'Impossible', message: 'set spec.input' } }) }),
      [end('Failed', 'InputInvalid', 'set spec.input')],
      'again',
    ],
    [
      'that is cancelled ends with nothing written',
      queued({ execution: execution({ cancel: true }) }),
      [end('Cancelled', 'Cancelled', 'nothing was written')],
      'again',
    ],
    [
      'that is deleted ends likewise',
      queued({ execution: executionResource({ metadata: DELETED }) }),
      [end('Cancelled', 'Cancelled', 'nothing was written')],
      'again',
    ],
    ['is looked at again where its prospects are not known', queued({ prospects: null }), [], 'again'],
  ];
  test.each(rows)('%s', (...row) => check(row));
});

describe('an execution that has ended', () => {
  const ended = (over: Partial<Observation>, request: Partial<ExecutionRequest> = {}): Observation =>
    seen({
      execution: executionResource(),
      request: executionRequest({
        state: 'Ended',
        phase: 'Succeeded',
        attempts: 1,
        endedAt: '2026-05-01T05:59:50Z',
        ...request,
      }),
      run: storedRun(),
      ...over,
    });
  const remove: Action = { kind: 'DeleteJob', name: 'prices-1-job' };
  const rows: Row[] = [
    [
      'makes room in the history, and lets its resource go',
      ended({ execution: executionResource({ metadata: KEPT }) }),
      [{ kind: 'TrimHistory' }, { kind: 'RemoveFinalizer' }],
      null,
    ],
    ['is done with', ended({}), [], null],
    [
      'lets its Job go once that has ended',
      ended({ job: job({ state: 'Complete' }) }),
      [{ kind: 'ExpireJob', name: 'prices-1-job' }],
      null,
    ],
    ['leaves a Job alone that goes already', ended({ job: job({ state: 'Complete', expires: true }) }), [], null],
    ['leaves the Job of a stranger alone', ended({ job: job({ state: 'Complete', isOwn: false }) }), [], null],
    ['gives its container time to end', ended({ job: job() }), [], 15_000],
    ['removes a Job that does not end', ended({ job: job() }, { endedAt: '2026-05-01T05:57:59Z' }), [remove], null],
    [
      'removes the Job of a cancelled one sooner',
      ended({ job: job() }, { phase: 'Cancelled', endedAt: '2026-05-01T05:59:39Z' }),
      [remove],
      null,
    ],
    [
      'removes the Job of a validation sooner',
      ended({ job: job() }, { mode: 'Validate', endedAt: '2026-05-01T05:59:39Z' }),
      [remove],
      null,
    ],
    [
      'waits for its container where the time of its end is not known',
      ended({ job: job() }, { endedAt: null }),
      [],
      15_000,
    ],
  ];
  test.each(rows)('%s', (...row) => check(row));
});
