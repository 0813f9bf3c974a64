import { ROW_STATUSES, type RowStatus } from '../../core/model/outcome.ts';
import { listedRows } from '../../core/report/phase.ts';
import { PROBLEM_RANKS, type ProblemRank } from '../../core/report/problem-order.ts';
import type { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope, ReportSource, ReportStep } from '../../core/report/source.ts';
import { renderChange, renderProblems, renderRows } from '../../core/report/text.ts';
import type { ScopeCursor } from '../sql/scope-cursor.ts';
import { OutcomeCursor } from '../stages/outcome-cursor.ts';
import { blocksOf, collectProblems, type ProblemLines } from './problem-lines.ts';
import type { RowXml } from './row-xml.ts';
import { openRows, writeValues } from './scope-rows.ts';
import { styleIndex } from './styles.ts';
import { type SheetLimits, type TableColumn, TableSheets } from './table-sheets.ts';
import type { Workbook } from './workbook.ts';

const ROW = styleIndex('row');
const TEXT = styleIndex('text');
const STATUS = Object.fromEntries(ROW_STATUSES.map((status) => [status, styleIndex(`status${status}`)])) as Record<
  RowStatus,
  number
>;
const ERRORS_WIDTH = 48;
const WARNINGS_WIDTH = 38;
const CHANGES_WIDTH = 48;

/** A step with what its sheet needs of its scope; the scope is missing where the script ended before it. */
export interface UploadStep {
  readonly step: ReportStep;
  readonly scope: ReportScope | null;
  readonly widths: readonly number[];
}

export interface UploadResult {
  readonly step: string;
  readonly sheet: string;
  readonly listed: number;
  readonly leftOut: number;
}

/**
 * `<Object> Upload (<scope>)`: what happened to each row of a step. Rows with problems come first: their lines are kept where
 * they are few, so that two passes over the outcomes do; where they are many, each of their ranks is a pass of its own.
 */
export async function writeUpload(
  workbook: Workbook,
  names: SheetNames,
  source: ReportSource,
  upload: UploadStep,
  limits: SheetLimits,
): Promise<UploadResult> {
  const { step, scope } = upload;
  const total = listedRows(step) + (scope?.rejected ?? 0);
  const problems = (scope?.rejected ?? 0) + step.failed + step.skippedAmbiguous;
  const layout = {
    name: [{ name: step.object }, ' Upload (', { name: step.scope }, ')'],
    columns: columnsOf(upload, problems > 0),
    frozenColumns: 2,
    tabColor: problems > 0 ? 'C0564B' : '4E9A6B',
  };
  const sheets = new TableSheets(workbook, names, layout, limits);
  const counts = new Map<ProblemRank, number>([
    ['Rejected', scope?.rejected ?? 0],
    ['Failed', step.failed],
    ['SkippedAmbiguous', step.skippedAmbiguous],
  ]);
  if (step.warnedRows !== undefined) counts.set('Warned', step.warnedRows);
  const all = (): AsyncIterable<Uint8Array> => source.outcomes(step.name);
  const isListed = total > 0 && source.maxRows > 0;
  const problemLines: ProblemLines = isListed ? await collectProblems(all, counts) : new Map();
  let listed = 0;
  for (const rank of PROBLEM_RANKS) {
    if (listed >= source.maxRows || listed >= total || counts.get(rank) === 0) continue;
    const lines = problemLines.get(rank);
    const outcomes = new OutcomeCursor(lines === undefined ? all() : blocksOf(lines));
    const room = source.maxRows - listed;
    listed += await writeRank(sheets, outcomes, upload, rank, Math.min(room, counts.get(rank) ?? room));
  }
  const leftOut = total - listed;
  await sheets.end(noteOf(upload, total, listed));
  return { step: step.name, sheet: sheets.sheetNames[0] ?? '', listed, leftOut };
}

/** Writes the rows of one rank, at most so many. */
async function writeRank(
  sheets: TableSheets,
  outcomes: OutcomeCursor,
  upload: UploadStep,
  rank: ProblemRank,
  most: number,
): Promise<number> {
  const { scope } = upload;
  const rows = scope === null ? null : openRows(scope);
  let isRowThere = false;
  const fill = (cells: RowXml): void => fillRow(cells, outcomes, isRowThere ? rows : null, scope?.variables ?? []);
  let written = 0;
  try {
    while (await outcomes.load()) {
      while (outcomes.next()) {
        if (outcomes.rank !== rank) continue;
        // Outcomes come in the order of the rows.
        isRowThere = rows !== null && (rows.find(outcomes.row) || (await rows.seek(outcomes.row)));
        const wait = sheets.write(fill);
        if (wait !== undefined) await wait;
        // The rest of the pass has nothing to tell.
        if (++written >= most) return written;
      }
    }
  } finally {
    await outcomes.close();
    await rows?.close();
  }
  return written;
}

function columnsOf(upload: UploadStep, hasProblems: boolean): TableColumn[] {
  const { step, scope, widths } = upload;
  const own = (header: string, width: number): TableColumn => ({ header, width, style: 'header' });
  const changes = step.updated + step.unarchived > 0;
  return [
    own('Row', 9),
    own('Status', 20),
    own('Reason', hasProblems ? 22 : 12),
    own('Errors', hasProblems ? ERRORS_WIDTH : 10),
    own('Warnings', step.warnedRows === 0 ? 12 : WARNINGS_WIDTH),
    ...(scope?.variables ?? []).map(({ name }, index) => ({
      header: name,
      width: widths[index] ?? 12,
      style: 'dataHeader' as const,
    })),
    own('Record id', 38),
    own('Changes', changes ? CHANGES_WIDTH : 12),
  ];
}

function fillRow(
  cells: RowXml,
  outcomes: OutcomeCursor,
  rows: ScopeCursor | null,
  variables: ReportScope['variables'],
): void {
  const { bytes, status, isRead } = outcomes;
  cells.number(outcomes.row, ROW).text(status, STATUS[status]);
  const isPlain = isRead && cells.plainText(bytes, outcomes.reasonFrom, outcomes.reasonTo);
  if (!isPlain) cells.text(outcomes.outcome.reason, TEXT);
  if (isRead && !outcomes.hasProblems) cells.skip(2);
  else {
    const { errors, warnings } = outcomes.outcome;
    cells.wrapped(renderProblems(errors), ERRORS_WIDTH).wrapped(renderProblems(warnings), WARNINGS_WIDTH);
  }
  if (rows === null) cells.skip(variables.length);
  else writeValues(cells, rows, variables);
  if (!isRead || !cells.plainText(bytes, outcomes.recordFrom, outcomes.recordTo)) {
    cells.text(outcomes.outcome.record, TEXT);
  }
  cells.wrapped(renderChanges(outcomes), CHANGES_WIDTH);
}

function renderChanges(outcomes: OutcomeCursor): string {
  if (outcomes.isRead && !outcomes.hasBefore) return '';
  const { before, after } = outcomes.isRead && !outcomes.hasProblems ? outcomes.change : outcomes.outcome;
  return renderChange(before, after);
}

function noteOf(upload: UploadStep, total: number, listed: number): string | null {
  const unchanged = upload.scope?.unchangedByDiff ?? 0;
  if (listed < total) {
    return (
      `Not listed: ${renderRows(total - listed)} more than report.maxRows; ` + 'the outcomes of the run have every row.'
    );
  }
  if (unchanged > 0) return `Counted, not listed: ${renderRows(unchanged)} unchanged by the diff check.`;
  return total === 0 ? 'The scope has no rows.' : null;
}
