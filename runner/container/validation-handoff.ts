import { join } from 'node:path';
import { AppError, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import { fromSnapshot, toSnapshot, type ValidationSnapshot } from '../executions/validations.ts';
import { missing, readJson, writeWhole } from './handoff-file.ts';

/** Where the containers of a validation meet. */
export interface ValidationPlace {
  readonly validationId: string;
  /** Absolute. */
  readonly workspace: string;
}

interface Order {
  readonly validation: string;
  /** Null: there is nothing to try, for it had ended before. */
  readonly connector: ValidationSnapshot | null;
}

const orderPath = (workspace: string): string => join(workspace, 'validation-order.json');
const verdictPath = (workspace: string): string => join(workspace, 'verdict.json');

/** More than the faults of any manifest; what is larger was not written by us. */
const LARGEST_VERDICT_BYTES = 4 * 1024 ** 2;

export async function writeValidationOrder(
  { validationId, workspace }: ValidationPlace,
  connector: ConnectorModel | null,
): Promise<void> {
  const order: Order = { validation: validationId, connector: connector === null ? null : toSnapshot(connector) };
  await writeWhole(orderPath(workspace), order);
}

/**
 * @returns null where there is nothing to try
 * @throws AppError `HandoffMissing` where nothing was taken, or another validation
 */
export async function readValidationOrder({
  validationId,
  workspace,
}: ValidationPlace): Promise<ConnectorModel | null> {
  const path = orderPath(workspace);
  const { validation, connector } = (await readJson(path)) as Order;
  if (validation !== validationId) throw missing(path, `it is for validation ${validation}`);
  return connector === null ? null : fromSnapshot(connector);
}

export async function writeVerdict({ workspace }: ValidationPlace, faults: readonly FaultDetail[]): Promise<void> {
  await writeWhole(verdictPath(workspace), { faults });
}

/**
 * The container that wrote it ran SQL of the connector: what it says is looked at before it is stored.
 *
 * @throws AppError `HandoffMissing`; `VerdictRefused` where it is not what we write
 */
export async function readVerdict({ workspace }: ValidationPlace): Promise<readonly FaultDetail[]> {
  const path = verdictPath(workspace);
  const verdict = (await readJson(path, LARGEST_VERDICT_BYTES)) as { faults?: unknown } | null;
  const faults = verdict?.faults;
  if (Array.isArray(faults) && faults.every(isFaultDetail)) return faults;
  const message = `${path} is not the verdict of a validation; look for what the SQL of the connector writes outside of its tables`;
  throw new AppError({ code: 'VerdictRefused', class: 'terminal', message });
}

const TEXTS: readonly string[] = ['message', 'path', 'file', 'hint'];
const NUMBERS: readonly string[] = ['line', 'column'];

export function isFaultDetail(value: unknown): value is FaultDetail {
  if (typeof value !== 'object' || value === null || !('message' in value)) return false;
  return Object.entries(value).every(
    ([name, one]) =>
      (TEXTS.includes(name) && typeof one === 'string') || (NUMBERS.includes(name) && Number.isSafeInteger(one)),
  );
}
