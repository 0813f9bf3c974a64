import { statusFaults } from '../../core/control/status-invariants.ts';
import type { Condition } from '../../core/generated/types.ts';
import { CONNECTORS, EXECUTIONS, OBJECTS } from '../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../operator/api/kinds.ts';
import { TERMINAL_PHASES } from '../../operator/controllers/execution/decide.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { follow } from './follow.ts';

interface WithStatus extends Resource {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export interface StatusWatch {
  /** What broke a rule up to now, with the status that did. */
  faults(): Promise<readonly string[]>;
  stop(): void;
}

const KINDS: readonly ResourceKind<WithStatus>[] = [CONNECTORS, EXECUTIONS, OBJECTS];

/**
 * Looks at every status that is written: it has to keep the rules by which others read conditions, and an execution may
 * not go back to an earlier phase or attempt.
 */
export function watchStatuses(api: RestApi): StatusWatch {
  const stopping = new AbortController();
  const faults: string[] = [];
  const furthest = new Map<string, Place>();
  const judged = new Map<string, string>();
  /** The version of each object that was looked at last. */
  const seen = new Map<string, number>();
  let next = Promise.withResolvers<undefined>();
  const look = (object: WithStatus): void => {
    judge(object);
    seen.set(object.metadata.uid, Number(object.metadata.resourceVersion));
    next.resolve(undefined);
    next = Promise.withResolvers();
  };
  const judge = (object: WithStatus): void => {
    if (object.status?.conditions === undefined) return;
    const { name, uid } = object.metadata;
    // An edit of the spec leaves a status as it was: of an older generation until the operator has seen it.
    const written = JSON.stringify(object.status);
    if (judged.get(uid) === written) return;
    judged.set(uid, written);
    const found = statusFaults(object);
    if (object.kind === EXECUTIONS.kind) {
      const place = placeOf(object as ExecutionResource);
      const before = furthest.get(uid);
      if (before !== undefined && isBehind(place, before)) {
        found.push(`it went from ${JSON.stringify(before)} back to ${JSON.stringify(place)}`);
      }
      furthest.set(uid, place);
    }
    for (const fault of found) faults.push(`${object.kind} ${name}: ${fault}: ${written}`);
  };
  for (const kind of KINDS) follow(api, { kind, namespace: null }, stopping.signal, look);
  return {
    faults: async () => {
      for (const kind of KINDS) {
        const objects = await api.list<Resource>(kind, { namespace: null });
        const isBehindOf = ({ metadata }: Resource): boolean =>
          (seen.get(metadata.uid) ?? 0) < Number(metadata.resourceVersion);
        while (objects.some(isBehindOf)) await next.promise;
      }
      return faults;
    },
    stop: () => stopping.abort(),
  };
}

interface Place {
  readonly rank: number;
  readonly phase: string;
  readonly attempt: number;
}

const RANKS = ['Queued', 'Pending', 'Running'];

function placeOf({ status }: ExecutionResource): Place {
  const phase = status?.phase ?? 'Queued';
  const rank = TERMINAL_PHASES.has(phase) ? RANKS.length : RANKS.indexOf(phase);
  return { rank, phase, attempt: status?.attempt ?? 0 };
}

const isBehind = (now: Place, before: Place): boolean =>
  now.rank < before.rank ||
  now.attempt < before.attempt ||
  (now.rank === before.rank && now.rank === RANKS.length && now.phase !== before.phase);
