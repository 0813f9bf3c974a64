import type { Logger } from 'pino';
import type { RestApi } from './rest-api.ts';
import type { Key, Resource, ResourceKind } from './resource.ts';

interface LeaseResource extends Resource {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number;
  };
}

const LEASES: ResourceKind<LeaseResource> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
};

export interface LeaderElectionOptions {
  readonly api: RestApi;
  readonly lease: Key;
  readonly identity: string;
  /** How long others wait after the last renewal that they saw. */
  readonly leaseMs: number;
  /** How long the leader tries to renew before it gives up; less than leaseMs. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  /** Only goes forward: what clocks of other machines say is not compared with ours. */
  readonly monotonicNow: () => number;
  /** For people who read the Lease. */
  readonly now: () => Date;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Waits for the Lease, and leads while it can be renewed: `lead` gets a signal that is aborted when that ends. Follows
 * client-go: a holder counts as gone when its record has not changed for the lease's time by our own clock.
 *
 * @returns `Released` when it was told to stop or `lead` has ended; `Lost` at once when the Lease could not be renewed,
 *   though what it led may not have stopped yet: end the process, another replica is about to begin
 */
export async function runAsLeader(
  options: LeaderElectionOptions,
  signal: AbortSignal,
  lead: (leading: AbortSignal) => Promise<void>,
): Promise<'Released' | 'Lost'> {
  const election = new Election(options);
  while (!signal.aborted && !(await election.tryHold())) {
    await options.sleep(options.retryMs * (1 + options.random() * 0.2), signal);
  }
  if (signal.aborted) {
    await election.release();
    return 'Released';
  }
  options.log.info({ lease: options.lease, identity: options.identity }, 'this replica leads');
  const leading = new AbortController();
  const renewing = new AbortController();
  const work = lead(AbortSignal.any([leading.signal, signal]));
  const ended = work.finally(() => renewing.abort());
  ended.catch(() => undefined);
  // Renewed until the work has ended, not until it is told to: nobody else may begin before that.
  const isLost = !(await election.renew(renewing.signal));
  if (isLost) {
    leading.abort();
    return 'Lost';
  }
  try {
    await ended;
  } finally {
    await election.release();
  }
  return 'Released';
}

class Election {
  readonly #options: LeaderElectionOptions;
  #seen: { readonly version: string; readonly atMs: number } | null = null;
  #held: LeaseResource | null = null;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  /** Takes or renews the Lease. Errors count as "not now". */
  async tryHold(): Promise<boolean> {
    const { api, lease, log } = this.#options;
    try {
      const known = await api.get(LEASES, lease);
      this.#held = known === null ? await this.#make() : await this.#take(known);
      return this.#held !== null;
    } catch (error) {
      log.warn({ err: error, lease }, 'the Lease could not be read or written');
      return false;
    }
  }

  /** Renews until it is aborted: true. False: the deadline went by without a renewal. */
  async renew(signal: AbortSignal): Promise<boolean> {
    const { retryMs, renewDeadlineMs, monotonicNow, sleep } = this.#options;
    let renewedMs = monotonicNow();
    for (;;) {
      await sleep(retryMs, signal);
      if (signal.aborted) return true;
      const startedMs = monotonicNow();
      const attempt = this.tryHold();
      const remainingMs = renewedMs + renewDeadlineMs - startedMs;
      const deadline = new AbortController();
      const inTime = await Promise.race([attempt, sleep(Math.max(0, remainingMs), deadline.signal).then(() => false)]);
      deadline.abort();
      if (inTime) renewedMs = startedMs;
      else if (monotonicNow() - renewedMs >= renewDeadlineMs) return false;
    }
  }

  /** Lets go, so that another replica need not wait. */
  async release(): Promise<void> {
    const { api, lease, log, identity } = this.#options;
    if (this.#held === null) return;
    try {
      const known = await api.get(LEASES, lease);
      if (known?.spec?.holderIdentity !== identity) return;
      await api.replace(LEASES, lease, {
        ...known,
        spec: { ...known.spec, holderIdentity: '', leaseDurationSeconds: 1 },
      });
    } catch (error) {
      log.warn({ err: error, lease }, 'the Lease could not be released; it runs out by itself');
    }
  }

  async #make(): Promise<LeaseResource | null> {
    const { api, lease } = this.#options;
    const { apiVersion, kind } = LEASES;
    return api.create(LEASES, { apiVersion, kind, metadata: { ...lease }, spec: this.#spec(null) });
  }

  async #take(known: LeaseResource): Promise<LeaseResource | null> {
    const { api, lease, identity, leaseMs, monotonicNow } = this.#options;
    const { resourceVersion } = known.metadata;
    if (this.#seen?.version !== resourceVersion) this.#seen = { version: resourceVersion, atMs: monotonicNow() };
    const holder = known.spec?.holderIdentity ?? '';
    const isFree = holder === '' || holder === identity;
    if (!isFree && monotonicNow() - this.#seen.atMs < leaseMs) return null;
    // Replaced only as it was seen: of two that take it at once, one is told that it changed.
    return api.replace(LEASES, lease, { ...known, spec: this.#spec(known) });
  }

  #spec(known: LeaseResource | null): LeaseResource['spec'] {
    const { identity, leaseMs, now } = this.#options;
    const time = microTime(now());
    const isOurs = known?.spec?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: (isOurs ? known.spec.acquireTime : null) ?? time,
      renewTime: time,
      leaseTransitions: (known?.spec?.leaseTransitions ?? 0) + (isOurs || known === null ? 0 : 1),
    };
  }
}

/** RFC 3339 with six digits: a Lease takes no other. */
const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');
