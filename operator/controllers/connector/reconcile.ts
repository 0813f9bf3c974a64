import type { EventNote, Reconcile } from '../../runtime/reconciler.ts';
import { keyText } from '../../runtime/resource.ts';
import type { ConnectorResource } from '../../api/kinds.ts';
import { CONNECTORS } from '../../api/kinds.ts';
import { retryable } from '../retryable.ts';
import { writeStatus } from '../write-status.ts';
import type { SmartConnectorStatus } from '../../../core/generated/types.ts';
import { apply } from './apply.ts';
import { decide, type Decision } from './decide.ts';
import { listExecutions, observe } from './observe.ts';
import { PassedValidations } from './passed-validations.ts';
import type { ConnectorPorts } from './ports.ts';
import { summarize } from './summarize.ts';

/** Whatever was missed is made good after this long. */
const RESYNC_MS = 600_000;
/**
 * The execution of a slot leads to a look, which tells the next slot as well; this is for a slot without one. Sooner, each of a
 * thousand connectors of the same slot would be written twice: once for its next slot, and once for its execution.
 */
const SLOT_PASSED_MS = 60_000;

export function createConnectorReconcile(ports: ConnectorPorts): Reconcile {
  const passed = new PassedValidations();
  return async (key) => {
    const connector = ports.connectors.get(key);
    if (connector === null || connector.metadata.deletionTimestamp !== undefined) {
      passed.forget(keyText(key));
      return null;
    }
    const input = ports.buildInput(connector);
    let decision: Decision | null = null;
    let failure = null;
    try {
      const observation = await observe(connector, input, passed, ports);
      decision = decide(observation, ports.now(), ports.settings);
      await apply(decision.actions, observation, ports);
    } catch (error) {
      failure = retryable(error);
    }
    const now = ports.now();
    const executions = listExecutions(connector, ports);
    const status = summarize({ connector, input, verdict: decision?.verdict ?? null, failure, executions }, now);
    const isWritten = await writeStatus(ports.api, CONNECTORS, connector, status, 'connector-status');
    if (isWritten) recordTransition(connector, status, ports);
    if (failure !== null) throw failure;
    const next = status.nextSchedule;
    const untilNextMs = next === undefined ? RESYNC_MS : Date.parse(next) - now.getTime() + SLOT_PASSED_MS;
    return { afterMs: Math.min(RESYNC_MS, decision?.requeueMs ?? RESYNC_MS, untilNextMs) };
  };
}

function recordTransition(connector: ConnectorResource, status: SmartConnectorStatus, ports: ConnectorPorts): void {
  const { state: before, reason: reasonBefore, message: messageBefore } = connector.status?.activation ?? {};
  const { state, reason = '', message = '' } = status.activation ?? {};
  const isSame = state === before && (state !== 'Invalid' || (reason === reasonBefore && message === messageBefore));
  if (state === undefined || isSame) return;
  const notes: Readonly<Record<typeof state, EventNote>> = {
    Active: { type: 'Normal', reason: 'Activated', message },
    Inactive: { type: 'Normal', reason: 'Deactivated', message },
    Validating: { type: 'Normal', reason: before === 'Active' ? 'Deactivated' : 'Validating', message },
    Invalid: { type: 'Warning', reason, message },
  };
  ports.events.record(connector, notes[state]);
  const { namespace, name } = connector.metadata;
  ports.log.info({ namespace, name, from: before ?? null, to: state, reason }, 'activation changed');
}
