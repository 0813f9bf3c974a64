import { expect, test } from 'vitest';
import { judgeStart } from '../../../../operator/controllers/execution/gate.ts';
import type { Prospects } from '../../../../operator/controllers/execution/observe.ts';
import type { ExecutionRequest } from '../../../../operator/database/execution-requests.ts';
import {
  connectorInput,
  connectorResource,
  executionRequest,
  prospects,
  queueState,
} from '../../../support/observed.ts';

const inactive = { state: 'Inactive', reason: 'SwitchedOff', message: 'spec.active is false' } as const;
const atMost = (maxExecutions: number) => connectorResource({ spec: { concurrency: { maxExecutions } } });
const faulty = connectorInput({ connector: null, faults: [{ path: 'spec.sql', message: 'broken', hint: 'mend it' }] });

const cases: [
  sentence: string,
  request: Partial<ExecutionRequest>,
  seen: Partial<Prospects>,
  verdict: [kind: string, reason?: string, says?: string],
][] = [
  ['starts when nothing keeps it', {}, {}, ['Start']],
  [
    'waits for a connector that is not there',
    {},
    { connector: null, input: null, activation: null },
    ['Wait', 'ConnectorMissing', 'no SmartConnector prices in namespace sales'],
  ],
  [
    'a dry run of a faulty connector is refused with the first fault and its hint',
    { mode: 'DryRun' },
    { input: faulty },
    ['Refuse', 'ConnectorInvalid', 'spec.sql: broken; mend it'],
  ],
  [
    'a live run of a faulty connector waits until somebody mends it',
    {},
    { input: faulty, activation: { state: 'Invalid', reason: 'ValidationFailed', message: 'broken' } },
    ['Wait', 'ConnectorInvalid', 'not active: broken'],
  ],
  [
    'is refused where its input can never be read',
    {},
    { file: { kind: 'Impossible', message: 'set spec.input' } },
    ['Refuse', 'InputInvalid', 'set spec.input'],
  ],
  [
    'waits for an input that may still come',
    {},
    { file: { kind: 'Awaited', message: 'there is no ConfigMap a' } },
    ['Wait', 'WaitingForInput', 'no ConfigMap a'],
  ],
  ['waits while its connector is off', {}, { activation: inactive }, ['Wait', 'Inactive', 'spec.active is false']],
  [
    'waits while its connector is validated',
    {},
    { activation: { state: 'Validating', reason: 'Validating', message: 'Job a' } },
    ['Wait', 'ConnectorValidating', 'Job a'],
  ],
  [
    'waits where the status of its connector speaks of another script',
    {},
    { activation: null },
    ['Wait', 'ConnectorValidating', 'not been judged yet'],
  ],
  ['a dry run goes ahead while its connector is off', { mode: 'DryRun' }, { activation: inactive }, ['Start']],
  [
    'waits for an object without a table',
    {},
    { unreadyObjects: [{ name: 'vendor', message: 'it does not exist' }] },
    ['Wait', 'WaitingForObject', 'vendor is not ready: it does not exist'],
  ],
  ['a queue that is held starts nothing', {}, { connector: atMost(0) }, ['Wait', 'QueueHeld', 'maxExecutions is 0']],
  [
    'waits while as many run as its connector allows, and names the oldest',
    {},
    { queue: queueState({ running: 1, runningName: 'prices-0', ahead: 2 }) },
    ['Wait', 'WaitingForTurn', '(prices-0), and 2 more stand before this one'],
  ],
  [
    'waits for those before it, also where they cannot start',
    {},
    { queue: queueState({ ahead: 1 }) },
    ['Wait', 'WaitingForTurn', '1 executions of connector prices stand before'],
  ],
  [
    'goes beside others where its connector allows several',
    {},
    { connector: atMost(3), queue: queueState({ running: 1, ahead: 1 }) },
    ['Start'],
  ],
  [
    'a dry run neither waits for the queue of its connector',
    { mode: 'DryRun' },
    { connector: atMost(0), queue: queueState({ running: 1, ahead: 4 }) },
    ['Start'],
  ],
  ['takes the last room of the cluster', {}, { queue: queueState({ runningTotal: 9 }) }, ['Start']],
  [
    'waits where the cluster is full',
    {},
    { queue: queueState({ runningTotal: 10 }) },
    ['Wait', 'QuotaExceeded', 'room for 10'],
  ],
  [
    'leaves the last room to one that comes before it',
    {},
    { queue: queueState({ runningTotal: 9, rivals: 1 }) },
    ['Wait', 'QuotaExceeded', 'come before this one'],
  ],
];

test.each(cases)('an execution %s', (_sentence, request, seen, [kind, reason, says]) => {
  const verdict = judgeStart(executionRequest(request), prospects(seen), 10);
  expect([verdict.kind, ...(verdict.kind === 'Start' ? [] : [verdict.reason])]).toEqual(
    [kind, reason].filter((one) => one !== undefined),
  );
  expect(verdict.kind === 'Start' ? '' : verdict.message).toContain(says ?? '');
});
