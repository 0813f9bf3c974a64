import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { InputTable, IntakeResult, StageFailure } from '../../core/model/stages.ts';
import { sampleFault } from '../../core/validate/sample.ts';
import { runIntake } from '../intake/run-intake.ts';
import { buildReferenceColumns } from '../postgres/reference-data.ts';
import { runSqlStage } from '../sql/run-sql-stage.ts';
import { readSourceSecrets, type SourceSecrets } from '../sql/source-secrets.ts';

export interface Validation {
  /** With their field paths in the connector's manifest; those in its script with their places too. */
  readonly faults: readonly FaultDetail[];
  readonly warnings: readonly RunWarning[];
}

const WEBHOOK_COLUMNS = {
  webhooks_raw: ['timestamp', 'employee_id', 'querystring', 'body'].map((name) => ({ name, type: 'Nullable(String)' })),
  webhooks: [
    { name: 'timestamp', type: "DateTime64(3, 'UTC')" },
    { name: 'employee_id', type: 'Nullable(String)' },
    { name: 'querystring', type: 'Nullable(String)' },
    { name: 'body', type: 'JSON' },
  ],
} as const;

const empty = (name: string, page: number | null, columns: InputTable['columns']): InputTable => ({
  name,
  sourceName: name,
  page,
  columns,
  headers: columns.map((column) => column.name),
  written: null,
  rows: 0,
  file: '',
});

/** Tables without rows, from what the manifest declares; null where it declares too little. */
function declaredTables(connector: ConnectorModel): InputTable[] | null {
  switch (connector.type) {
    case 'Scheduler':
      return null;
    case 'Webhook':
      if (connector.webhook.bodySchema === null || connector.webhook.bodySchema === undefined) return null;
      return [
        empty('webhooks_raw', 0, WEBHOOK_COLUMNS.webhooks_raw),
        empty('webhooks', null, WEBHOOK_COLUMNS.webhooks),
      ];
    case 'Spreadsheet': {
      const { tables } = connector.spreadsheet;
      if (tables.length === 0 || tables.some((table) => table.columns === null)) return null;
      return tables.map((table, page) =>
        empty(
          table.name,
          page,
          (table.columns ?? []).map((name) => ({ name, type: 'Nullable(String)' })),
        ),
      );
    }
  }
}

/**
 * Runs the SQL of a connector on its sample, or on its declared columns, with reference data that is empty tables of the
 * right types: no record is read. A connector without SQL has nothing to run.
 *
 * @param now ISO 8601; the slot of a Scheduler
 * @param directory where a workspace is made, and removed at the end
 */
export async function validateConnector(
  connector: ConnectorModel,
  now: string,
  signal: AbortSignal,
  secretsDirectory: string,
  directory = tmpdir(),
): Promise<Validation> {
  if (connector.sql === null) return { faults: [], warnings: [] };
  const secrets = await readSecrets(connector, secretsDirectory);
  if ('faults' in secrets) return { ...secrets, warnings: [] };
  const workspace = await mkdtemp(join(directory, 'smartconnector-validate-'));
  try {
    const input = await readInput(connector, workspace, now);
    if ('faults' in input) return { faults: input.faults, warnings: [] };
    if (input.failure !== null) return { faults: faultsOf(input.failure, 'spec.sql.sample'), warnings: [] };
    const request = {
      mode: 'Validate' as const,
      workspace,
      connector,
      intake: input,
      referenceData: connector.referenceData.map((reference) => ({
        table: reference.table,
        file: null,
        columns: buildReferenceColumns(reference),
      })),
      execution: { connector_id: connector.name, trigger_type: connector.type.toLowerCase(), is_dry_run: 'true' },
    };
    const result = await runSqlStage(request, { signal, secrets: secrets.found });
    const faults = result.failure === null ? [] : faultsOf(result.failure, 'spec.sql');
    return { faults, warnings: [...input.warnings, ...result.warnings] };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** A script on external sources is tried on them; without their Secrets it cannot be. */
async function readSecrets(
  connector: ConnectorModel,
  directory: string,
): Promise<{ found: SourceSecrets } | { faults: readonly FaultDetail[] }> {
  try {
    return { found: await readSourceSecrets(connector, directory) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { faults: error.details };
  }
}

async function readInput(
  connector: ConnectorModel,
  workspace: string,
  now: string,
): Promise<IntakeResult | { faults: FaultDetail[] }> {
  const sample = connector.sql?.sample ?? null;
  const missing = sampleFault(connector);
  if (missing !== null) return { faults: [missing] };
  const tables = sample === null ? declaredTables(connector) : null;
  if (tables !== null) return { tables, warnings: [], failure: null };
  const inputPath = sample === null ? null : join(workspace, 'sample');
  if (sample !== null && inputPath !== null) await writeFile(inputPath, sample.content);
  const fileName = sample?.fileName ?? null;
  return runIntake({ connector, inputPath, fileName, workspace, scheduledTime: now });
}

/** Every fault names a field, whatever the stage knew. */
function faultsOf(failure: StageFailure, path: string): FaultDetail[] {
  const details = failure.details.length === 0 ? [{ message: failure.message }] : failure.details;
  return details.map((detail) => ({ path, ...detail }));
}
