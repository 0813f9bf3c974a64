import { durably } from '../../../runner/faults/fault-point.ts';
import type { ExecutionResource } from '../../api/kinds.ts';
import { EXECUTIONS } from '../../api/kinds.ts';
import { executionsByConnector, inNamespace } from '../indexes.ts';
import { TERMINAL_PHASES } from './decide.ts';
import type { ExecutionPorts } from './ports.ts';

const DEFAULT_KEPT = 10;

type Group = 'successful' | 'failed' | 'unstarted';

/** Slots that did not run are a group of their own: they do not push out failures. */
const groupOf = (phase: string): Group =>
  phase === 'Succeeded' ? 'successful' : phase === 'Skipped' || phase === 'Missed' ? 'unstarted' : 'failed';

/**
 * The ended executions of a connector beyond what is kept, oldest first.
 *
 * @param ended all of them
 */
function beyondHistory(
  ended: readonly ExecutionResource[],
  kept: { readonly successful?: number; readonly failed?: number },
): ExecutionResource[] {
  const limits: Readonly<Record<Group, number>> = {
    successful: kept.successful ?? DEFAULT_KEPT,
    failed: kept.failed ?? DEFAULT_KEPT,
    unstarted: kept.failed ?? DEFAULT_KEPT,
  };
  const age = ({ status, metadata }: ExecutionResource): string => status?.endedAt ?? metadata.creationTimestamp;
  const newestFirst = [...ended].sort((a, b) => (age(a) < age(b) ? 1 : age(a) > age(b) ? -1 : 0));
  const seen: Record<Group, number> = { successful: 0, failed: 0, unstarted: 0 };
  return newestFirst
    .filter(({ status }) => ++seen[groupOf(status?.phase ?? '')] > limits[groupOf(status?.phase ?? '')])
    .reverse();
}

/** Removes resources only: what they did stays in PostgreSQL, files as long as their own retention says. */
export async function trimHistory(execution: ExecutionResource, ports: ExecutionPorts): Promise<void> {
  const { namespace } = execution.metadata;
  const connector = ports.connectors.get({ namespace, name: execution.spec.connector });
  const ended = ports.executions
    .find(executionsByConnector, inNamespace(namespace, execution.spec.connector))
    .filter(
      ({ status, metadata }) =>
        TERMINAL_PHASES.has(status?.phase ?? '') &&
        metadata.uid !== execution.metadata.uid &&
        metadata.deletionTimestamp === undefined,
    );
  for (const { metadata } of beyondHistory([execution, ...ended], connector?.spec.history ?? {})) {
    await durably('history', () =>
      ports.api.delete(EXECUTIONS, { namespace, name: metadata.name }, { uid: metadata.uid }),
    );
  }
}
