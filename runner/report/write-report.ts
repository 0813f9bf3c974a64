import { AppError } from '../../core/errors/app-error.ts';
import { checkSums } from '../../core/report/phase.ts';
import { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope, ReportSource } from '../../core/report/source.ts';
import { measureVariables } from './scope-widths.ts';
import { writeSqlOutput } from './sql-output-sheet.ts';
import { writeSummary } from './summary-sheet.ts';
import type { SheetLimits } from './table-sheets.ts';
import { writeUpload, type UploadResult } from './upload-sheet.ts';
import { writeVariables } from './variables-sheet.ts';
import { Workbook } from './workbook.ts';

/** Excel's rows, and half of what one entry of a ZIP holds. */
export const EXCEL_LIMITS: SheetLimits = { rows: 1_048_576, bytes: 2 ** 31 };

export interface ReportWritten {
  readonly bytes: number;
  readonly sheets: number;
  /** Rows listed in the upload sheets. */
  readonly rows: number;
}

/** A report that is whole and has no name yet. */
export interface PreparedReport extends ReportWritten {
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes the workbook of a run to `path`, in flat memory and under a temporary name until it is whole. Errors: AppError
 * `ReportNotWritten` (transient) where the file cannot be written, `CountsDoNotSum` (terminal) where rows were lost or
 * counted twice; whatever the source throws passes through. Nothing is left behind then.
 */
export async function writeReport(
  source: ReportSource,
  path: string,
  limits: SheetLimits = EXCEL_LIMITS,
): Promise<ReportWritten> {
  const report = await prepareReport(source, path, '', limits);
  await report.publish();
  const { bytes, sheets, rows } = report;
  return { bytes, sheets, rows };
}

/**
 * As writeReport, under a temporary name until it is published.
 *
 * @param writer in the temporary name, where others may write the same file
 */
export async function prepareReport(
  source: ReportSource,
  path: string,
  writer: string,
  limits: SheetLimits = EXCEL_LIMITS,
): Promise<PreparedReport> {
  const faults = checkSums(source.scopes, source.steps);
  if (faults.length > 0) {
    throw new AppError({
      code: 'CountsDoNotSum',
      class: 'terminal',
      message: `execution ${source.execution.id}: the statuses of its rows do not sum to the rows of their scope`,
      details: faults.map((message) => ({ message })),
    });
  }
  const { execution } = source;
  const properties = {
    title: `${execution.namespace}/${execution.connector}: ${execution.phase}`,
    subject: 'SmartConnector report',
    description: `Execution ${execution.id}`,
    created: execution.endedAt,
  };
  const workbook = await Workbook.create(path, properties, writer);
  try {
    const rows = await writeSheets(workbook, source, limits);
    const sheets = workbook.sheetCount;
    const bytes = await workbook.complete();
    return { bytes, sheets, rows, publish: () => workbook.publish(), discard: () => workbook.discard() };
  } catch (error) {
    await workbook.discard();
    throw error;
  }
}

async function writeSheets(workbook: Workbook, source: ReportSource, limits: SheetLimits): Promise<number> {
  const names = new SheetNames();
  const summary = names.take('Summary Stats');
  const widths = new Map<ReportScope, readonly number[]>();
  for (const scope of source.scopes) widths.set(scope, await measureVariables(scope));

  const uploads: UploadResult[] = [];
  for (const step of source.steps) {
    const scope = source.scopes.find((each) => each.name === step.scope) ?? null;
    const upload = { step, scope, widths: (scope === null ? undefined : widths.get(scope)) ?? [] };
    uploads.push(await writeUpload(workbook, names, source, upload, limits));
  }
  const variables = new Map<string, string>();
  for (const scope of source.scopes) {
    const fit = widths.get(scope) ?? [];
    variables.set(scope.name, await writeVariables(workbook, names, scope, fit, source.maxRows, limits));
  }
  const sqlOutput = new Map<string, string>();
  for (const scope of source.scopes) sqlOutput.set(scope.name, await writeSqlOutput(workbook, names, scope, limits));

  await writeSummary(workbook, summary, source, { uploads, sqlOutput, variables });
  return uploads.reduce((sum, upload) => sum + upload.listed, 0);
}
