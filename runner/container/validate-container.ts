import type { Logger } from 'pino';
import { AppError, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import { endValidation, findValidation } from '../executions/validations.ts';
import type { SqlPool } from '../postgres/pool.ts';
import { validateConnector } from '../stages/validate-connector.ts';

export interface ValidateContext {
  readonly validationId: string;
  /** Absolute; for what is made in between. */
  readonly workspace: string;
  readonly pool: SqlPool;
  readonly secretsDirectory: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Tries the SQL of a connector on its sample and stores every fault. */
export async function runValidateContainer(context: ValidateContext): Promise<void> {
  const { validationId, pool, log } = context;
  const asked = await pool.withConnection(({ pg }) => findValidation(pg, validationId));
  if (asked === null) {
    const message = `there is no validation ${validationId} in this database`;
    throw new AppError({ code: 'ValidationNotFound', class: 'terminal', message });
  }
  if (asked.state !== 'Requested') {
    log.info({ state: asked.state }, 'the validation had ended before');
    return;
  }
  const faults = await readFaults(asked.connector, context);
  await pool.withConnection(({ pg }) => endValidation(pg, validationId, faults));
  log.info({ faults: faults.length }, 'the validation has ended');
}

async function readFaults(
  connector: ConnectorModel,
  { now, signal, secretsDirectory, workspace, log }: ValidateContext,
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
