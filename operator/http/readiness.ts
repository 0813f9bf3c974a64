import type { Logger } from 'pino';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import type { ResourceKind } from '../runtime/resource.ts';

export interface ReadinessPorts {
  readonly stop: AbortSignal;
  readonly reflectors: readonly { readonly kind: ResourceKind; readonly isSynced: boolean }[];
  readonly pool: Pick<SqlPool, 'query'>;
  readonly log: Logger;
}

/** Why a replica should get no requests now; null: it should. Without the database it can neither take nor give a file. */
export async function whyNotReady({ stop, reflectors, pool, log }: ReadinessPorts): Promise<string | null> {
  if (stop.aborted) return 'stopping';
  const waiting = reflectors.find((reflector) => !reflector.isSynced);
  if (waiting !== undefined) return `${waiting.kind.plural} have not been listed yet`;
  return pool.query({ text: 'SELECT 1', values: [] }).then(
    () => null,
    (error: unknown) => {
      log.debug({ err: error }, 'not ready');
      // Whoever asks is nobody that we know: where the database is does not concern him.
      return 'the database does not answer';
    },
  );
}
