import type { Logger } from 'pino';
import { AppError, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import { endValidation, findValidation } from '../executions/validations.ts';
import type { SqlPool } from '../postgres/pool.ts';
import { validateConnector } from '../stages/validate-connector.ts';
import {
  readValidationOrder,
  readVerdict,
  writeValidationOrder,
  writeVerdict,
  type ValidationPlace,
} from './validation-handoff.ts';

/** What the three containers of a validation work with; the workspace is theirs in common. */
export interface ValidationContext extends ValidationPlace {
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface StoredValidationContext extends ValidationContext {
  readonly pool: SqlPool;
}

/** The first container: takes what is to be tried out of the database. */
export async function runTakeContainer(context: StoredValidationContext): Promise<void> {
  const { validationId, pool, log } = context;
  const asked = await pool.withConnection(({ pg }) => findValidation(pg, validationId));
  if (asked === null) {
    const message = `there is no validation ${validationId} in this database`;
    throw new AppError({ code: 'ValidationNotFound', class: 'terminal', message });
  }
  if (asked.state !== 'Requested') log.info({ state: asked.state }, 'the validation had ended before');
  await writeValidationOrder(context, asked.state === 'Requested' ? asked.connector : null);
}

/**
 * The second container: tries the SQL of a connector on its sample. As the one of a run it has no database, and no secrets but
 * those of the declared external sources.
 */
export async function runValidateContainer(context: ValidationContext, secretsDirectory: string): Promise<void> {
  const connector = await readValidationOrder(context);
  if (connector === null) return;
  await writeVerdict(context, await readFaults(connector, context, secretsDirectory));
}

/** The last container: stores every fault that was found. */
export async function runAnswerContainer(context: StoredValidationContext): Promise<void> {
  const { validationId, pool, log } = context;
  if ((await readValidationOrder(context)) === null) return;
  const faults = await readVerdict(context);
  await pool.withConnection(({ pg }) => endValidation(pg, validationId, faults));
  log.info({ faults: faults.length }, 'the validation has ended');
}

async function readFaults(
  connector: ConnectorModel,
  { now, signal, workspace, log }: ValidationContext,
  secretsDirectory: string,
): Promise<readonly FaultDetail[]> {
  try {
    const { faults, warnings } = await validateConnector(
      connector,
      now().toISOString(),
      signal,
      secretsDirectory,
      workspace,
    );
    for (const { code, message } of warnings) log.warn({ code }, message);
    return faults;
  } catch (error) {
    if (!(error instanceof AppError) || error.class !== 'terminal') throw error;
    // The same again would end the same: that is a fault too.
    return error.details.length > 0 ? error.details : [{ path: 'spec.sql', message: error.message }];
  }
}
