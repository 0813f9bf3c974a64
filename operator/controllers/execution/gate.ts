import type { ExecutionRequest } from '../../database/execution-requests.ts';
import { QUOTA_EXCEEDED, type QueueState } from '../../database/execution-queue.ts';
import type { Prospects } from './observe.ts';

/** Whether an execution starts now; if not, why, and what to do about it. */
export type Verdict =
  | { readonly kind: 'Start' }
  | { readonly kind: 'Wait'; readonly reason: string; readonly message: string }
  | { readonly kind: 'Refuse'; readonly reason: string; readonly message: string };

const DEFAULT_MAX_EXECUTIONS = 1;

const wait = (reason: string, message: string): Verdict => ({ kind: 'Wait', reason, message });
const refuse = (reason: string, message: string): Verdict => ({ kind: 'Refuse', reason, message });

/**
 * The checks in their order: what the author has to mend first, then what time mends. Where its turn is not known, it starts
 * as far as this can tell.
 */
export function judgeStart(request: ExecutionRequest, prospects: Prospects, maxRunning: number): Verdict {
  const checks = [checkConnector, checkInput, checkActivation, checkObjects, checkHeld];
  for (const check of checks) {
    const verdict = check(request, prospects);
    if (verdict !== null) return verdict;
  }
  const { queue } = prospects;
  if (queue === null) return { kind: 'Start' };
  return judgeTurn(request, prospects, queue) ?? judgeRoom(queue, maxRunning) ?? { kind: 'Start' };
}

type Check = (request: ExecutionRequest, prospects: Prospects) => Verdict | null;

const checkConnector: Check = ({ namespace, connector, mode }, prospects) => {
  if (prospects.connector === null) {
    return wait(
      'ConnectorMissing',
      `there is no SmartConnector ${connector} in namespace ${namespace}; create it, or delete this execution`,
    );
  }
  const { input } = prospects;
  if (input?.connector != null || mode === 'Live') return null;
  const [fault] = input?.faults ?? [];
  const place = fault?.path === undefined ? '' : `${fault.path}: `;
  const hint = fault?.hint === undefined ? '' : `; ${fault.hint}`;
  return refuse(
    'ConnectorInvalid',
    `connector ${connector} cannot run: ${place}${fault?.message ?? 'it has faults'}${hint}`,
  );
};

const checkInput: Check = (_request, { file }) => {
  if (file.kind === 'Impossible') return refuse('InputInvalid', file.message);
  return file.kind === 'Awaited' ? wait('WaitingForInput', file.message) : null;
};

const REASON_OF_STATE = {
  Inactive: 'Inactive',
  Validating: 'ConnectorValidating',
  Invalid: 'ConnectorInvalid',
} as const;

/** Only a live run needs an active connector. */
const checkActivation: Check = ({ mode, connector }, { activation, input }) => {
  if (mode !== 'Live') return null;
  if (activation?.state === 'Active' && input?.connector != null) return null;
  const reason =
    activation === null || activation.state === 'Active' ? 'ConnectorValidating' : REASON_OF_STATE[activation.state];
  const why = activation === null || activation.message === '' ? 'it has not been judged yet' : activation.message;
  return wait(reason, `connector ${connector} is not active: ${why}; this execution starts when it is`);
};

const checkObjects: Check = ({ mode }, { unreadyObjects }) => {
  const [first] = unreadyObjects;
  if (mode !== 'Live' || first === undefined) return null;
  return wait('WaitingForObject', `KizenObject ${first.name} is not ready: ${first.message}`);
};

const maxExecutions = ({ connector }: Prospects): number =>
  connector?.spec.concurrency?.maxExecutions ?? DEFAULT_MAX_EXECUTIONS;

const checkHeld: Check = ({ mode, connector }, prospects) => {
  if (mode !== 'Live' || maxExecutions(prospects) > 0) return null;
  return wait(
    'QueueHeld',
    `connector ${connector} holds its queue: spec.concurrency.maxExecutions is 0; raise it to let executions start`,
  );
};

/** Live executions of a connector go one after another, in the order in which they were seen. */
function judgeTurn(
  { mode, connector: name }: ExecutionRequest,
  prospects: Prospects,
  queue: QueueState,
): Verdict | null {
  if (mode !== 'Live') return null;
  const max = maxExecutions(prospects);
  if (queue.running >= max) {
    const more = queue.ahead === 0 ? '' : `, and ${queue.ahead} more stand before this one`;
    return wait(
      'WaitingForTurn',
      `${queue.running} of at most ${max} executions of connector ${name} run (${queue.runningName ?? '?'})${more}`,
    );
  }
  // Those before it start first; where they cannot, their own conditions say why.
  if (queue.ahead >= max - queue.running) {
    return wait('WaitingForTurn', `${queue.ahead} executions of connector ${name} stand before this one in its queue`);
  }
  return null;
}

/** Room in the cluster goes to the namespace that has the least of it. */
function judgeRoom(queue: QueueState, maxRunning: number): Verdict | null {
  if (queue.runningTotal + queue.rivals < maxRunning) return null;
  // No numbers that change all the time: every one would be another write to every execution that waits.
  return wait(
    QUOTA_EXCEEDED,
    `the cluster has room for ${maxRunning} executions, and others have it or come before this one; ` +
      'it starts by itself, or raise --max-running of the operator',
  );
}
