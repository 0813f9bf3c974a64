import type { Logger } from 'pino';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import { findExecution, type Execution } from '../executions/executions.ts';
import type { SqlPool } from '../postgres/pool.ts';

/** What every container of an execution works with. */
export interface ContainerContext {
  readonly executionId: string;
  /** Absolute; the containers of one pod share it. */
  readonly workspace: string;
  readonly now: () => Date;
  /** Aborted when the container is told to end: it does so at once, and the next attempt goes on. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface DatabaseContext extends ContainerContext {
  readonly pool: SqlPool;
}

/** @throws AppError `ExecutionNotFound` */
export async function requireExecution(client: ClientBase, id: string): Promise<Execution> {
  const execution = await findExecution(client, id);
  if (execution !== null) return execution;
  const message = `there is no execution ${id} in this database; it may have been restored from a backup that is older`;
  throw new AppError({ code: 'ExecutionNotFound', class: 'terminal', message });
}
