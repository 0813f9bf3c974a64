import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { ValidationState } from '../../runner/executions/validations.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';

/** What a validation of a script came to. */
export interface ConnectorValidation {
  readonly id: string;
  readonly environmentHash: string;
  readonly state: ValidationState;
  readonly faults: readonly FaultDetail[];
}

/** How many ended validations of a connector are kept: changes back to one of their scripts need no new one. */
const KEPT = 50;

/** The validations of a connector's script, the newest first. */
export async function listConnectorValidations(
  pool: SqlPool,
  connectorUid: string,
  scriptHash: string,
): Promise<ConnectorValidation[]> {
  const { rows } = await pool.query(sql`
    SELECT id, environment_hash, state, faults FROM smartconnector.validation
    WHERE connector_uid = ${connectorUid} AND script_hash = ${scriptHash} ORDER BY created_at DESC, id LIMIT ${KEPT}`);
  return rows.map((row) => ({
    id: String(row['id']),
    environmentHash: String(row['environment_hash']),
    state: row['state'] as ValidationState,
    faults: (row['faults'] ?? []) as readonly FaultDetail[],
  }));
}

/** Each holds the connector with its sample, and a script that is worked on makes many. */
export async function pruneConnectorValidations(pool: SqlPool, connectorUid: string): Promise<void> {
  await pool.query(sql`
    DELETE FROM smartconnector.validation WHERE state <> 'Requested' AND connector_uid = ${connectorUid} AND id NOT IN (
      SELECT id FROM smartconnector.validation WHERE connector_uid = ${connectorUid} ORDER BY created_at DESC, id LIMIT ${KEPT})`);
}

/** Asks the live executions of a connector to stop at their next chunk; dry runs go on: they run in any state. */
export async function cancelConnectorRuns(pool: SqlPool, connectorUid: string): Promise<number> {
  const { rowCount } = await pool.query(sql`
    UPDATE smartconnector.execution SET cancel_requested = true
    WHERE connector_uid = ${connectorUid} AND mode = 'Live' AND ended_at IS NULL AND NOT cancel_requested`);
  return rowCount;
}
