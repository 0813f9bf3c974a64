import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeReading, type PartialReading } from '../../../core/intake/reading.ts';
import type { IntakeResult } from '../../../core/model/stages.ts';
import type { ConnectorModel, IntakeLimits } from '../../../core/model/connector.ts';
import { readInputRows } from '../../../runner/intake/input-rows.ts';
import { renderRejectedRows } from '../../../runner/intake/rejected-rows.ts';
import { runIntake } from '../../../runner/intake/run-intake.ts';

export const SCHEDULED_TIME = '2026-01-02T03:04:05.678Z';

export interface ReadTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Intake {
  readonly result: IntakeResult;
  readonly tables: readonly ReadTable[];
  /** `Code count` of each warning. */
  readonly warnings: readonly string[];
  /** `Code: message`, or null. */
  readonly failure: string | null;
  /** All rows of the first table, written back as an input file. */
  readonly rewritten: string;
}

export interface IntakeOptions {
  readonly type?: ConnectorModel['type'];
  readonly spreadsheet?: PartialReading;
  readonly bodySchema?: unknown;
  readonly sample?: { readonly fileName: string; readonly content: Uint8Array };
}

/** Limits other than the default ones. */
export const limits = (wanted: Partial<IntakeLimits>): IntakeOptions => ({ spreadsheet: { limits: wanted } });

/** Runs intake on a file of these bytes, and reads its tables back. */
export async function intake(
  fileName: string,
  bytes: string | Uint8Array | null,
  options: IntakeOptions = {},
): Promise<Intake> {
  const workspace = await mkdtemp(join(tmpdir(), 'intake-'));
  try {
    const inputPath = bytes === null ? null : join(workspace, 'input');
    if (inputPath !== null && bytes !== null) await writeFile(inputPath, bytes);
    const spreadsheet = completeReading(options.spreadsheet ?? {});
    const { sample } = options;
    const origin = { path: 'spec.sql.script', file: null, firstLine: 1, indent: 0 };
    const sql = sample === undefined ? null : { script: '', origin, sample, parameters: {}, settings: {} };
    const result = await runIntake({
      connector: {
        type: options.type ?? 'Spreadsheet',
        spreadsheet,
        webhook: { bodySchema: options.bodySchema ?? null },
        sql,
      },
      inputPath,
      fileName,
      workspace,
      scheduledTime: SCHEDULED_TIME,
    });
    const tables: ReadTable[] = [];
    for (const table of result.tables) {
      const rows: (readonly (string | null)[])[] = [];
      for await (const { row, cells } of readInputRows(table, workspace, () => true)) {
        if (row !== rows.length + 1) throw new Error(`row ${row} stands at ${rows.length + 1}`);
        rows.push(cells);
      }
      if (rows.length !== table.rows) throw new Error(`${table.rows} rows are said and ${rows.length} are there`);
      tables.push({ name: table.name, columns: table.columns.map(({ name }) => name), rows });
    }
    let rewritten = '';
    const [first] = result.tables;
    if (first !== undefined) {
      for await (const piece of renderRejectedRows(first, workspace, () => true)) rewritten += piece;
    }
    const { failure } = result;
    return {
      result,
      tables,
      warnings: result.warnings.map(({ code, count }) => `${code} ${count}`),
      failure: failure === null ? null : `${failure.code}: ${failure.message}`,
      rewritten,
    };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
