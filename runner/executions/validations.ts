import type { ClientBase } from 'pg';
import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';

export type ValidationState = 'Requested' | 'Passed' | 'Failed';

/** What a Validate Job is to try: the SQL of a connector on its sample. */
export interface NewValidation {
  readonly id: string;
  readonly connectorUid: string;
  readonly scriptHash: string;
  readonly environmentHash: string;
  readonly connector: ConnectorModel;
}

export interface StoredValidation extends NewValidation {
  readonly state: ValidationState;
  readonly faults: readonly FaultDetail[];
}

/** A connector as JSON: its sample is bytes, which JSON does not have. */
export type ValidationSnapshot = Omit<ConnectorModel, 'sql'> & {
  readonly sql:
    | (Omit<NonNullable<ConnectorModel['sql']>, 'sample'> & {
        readonly sample: { readonly fileName: string; readonly base64: string } | null;
      })
    | null;
};

export function toSnapshot({ sql, ...connector }: ConnectorModel): ValidationSnapshot {
  if (sql === null) return { ...connector, sql };
  const { sample } = sql;
  const base64 = sample === null ? '' : Buffer.from(sample.content).toString('base64');
  return { ...connector, sql: { ...sql, sample: sample && { fileName: sample.fileName, base64 } } };
}

export function fromSnapshot({ sql, ...connector }: ValidationSnapshot): ConnectorModel {
  if (sql === null) return { ...connector, sql };
  const { sample } = sql;
  const content = Buffer.from(sample?.base64 ?? '', 'base64');
  return { ...connector, sql: { ...sql, sample: sample && { fileName: sample.fileName, content } } };
}

/** Asks for a validation; one that is there under the same id stays as it is. */
export async function requestValidation(client: ClientBase, validation: NewValidation): Promise<void> {
  const { id, connector, connectorUid, scriptHash, environmentHash } = validation;
  await client.query(
    `INSERT INTO smartconnector.validation (id, namespace, connector, connector_uid, script_hash, environment_hash, snapshot, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'Requested') ON CONFLICT (id) DO NOTHING`,
    [
      id,
      connector.namespace,
      connector.name,
      connectorUid,
      scriptHash,
      environmentHash,
      JSON.stringify(toSnapshot(connector)),
    ],
  );
}

interface Row extends Omit<StoredValidation, 'connector' | 'faults'> {
  readonly snapshot: ValidationSnapshot;
  readonly faults: readonly FaultDetail[] | null;
}

export async function findValidation(client: ClientBase, id: string): Promise<StoredValidation | null> {
  const result = await client.query<Row>(
    `SELECT id, connector_uid AS "connectorUid", script_hash AS "scriptHash", environment_hash AS "environmentHash", snapshot,
       state, faults
     FROM smartconnector.validation WHERE id = $1`,
    [id],
  );
  const [row] = result.rows;
  if (row === undefined) return null;
  const { snapshot, faults, ...rest } = row;
  return { ...rest, connector: fromSnapshot(snapshot), faults: faults ?? [] };
}

/** Stores what a validation came to. The first word holds: two pods may have run the same one. */
export async function endValidation(client: ClientBase, id: string, faults: readonly FaultDetail[]): Promise<void> {
  await client.query(
    `UPDATE smartconnector.validation SET state = $2, faults = $3, ended_at = now() WHERE id = $1 AND state = 'Requested'`,
    [id, faults.length === 0 ? 'Passed' : 'Failed', JSON.stringify(faults)],
  );
}
