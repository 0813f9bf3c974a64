import { ROW_STATUSES, type Outcome, type RowStatus } from '../../core/model/outcome.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import { listedRows } from '../../core/report/phase.ts';
import { PROBLEM_RANKS, rankOf, type ProblemRank } from '../../core/report/problem-order.ts';
import type { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope, ReportSource, ReportStep } from '../../core/report/source.ts';
import { renderChange, renderProblems, renderRows } from '../../core/report/text.ts';
import type { RowXml } from './row-xml.ts';
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
 * `<Object> Upload (<scope>)`: what happened to each row of a step. Rows with problems come first; as nothing is collected,
 * every rank of problem is a pass over the outcomes, and ranks known to be empty are left out.
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
  let listed = 0;
  for (const rank of PROBLEM_RANKS) {
    if (listed >= source.maxRows || listed >= total || counts.get(rank) === 0) continue;
    listed += await writeRank(sheets, source, upload, rank, source.maxRows - listed, counts);
  }
  const leftOut = total - listed;
  await sheets.end(noteOf(upload, total, listed));
  return { step: step.name, sheet: sheets.sheetNames[0] ?? '', listed, leftOut };
}

/** Writes the rows of one rank, at most `room`, and learns on the way how many there are of the others. */
async function writeRank(
  sheets: TableSheets,
  source: ReportSource,
  upload: UploadStep,
  rank: ProblemRank,
  room: number,
  counts: Map<ProblemRank, number>,
): Promise<number> {
  const most = Math.min(room, counts.get(rank) ?? room);
  const seen = new Map<ProblemRank, number>(PROBLEM_RANKS.map((each) => [each, 0]));
  const types = upload.scope?.variables.map((variable) => variable.type) ?? [];
  const rows = upload.scope === null ? null : new RowLookup(upload.scope.readRows());
  let written = 0;
  try {
    for await (const outcomes of source.outcomes(upload.step.name)) {
      for (const outcome of outcomes) {
        const outcomeRank = rankOf(outcome);
        seen.set(outcomeRank, (seen.get(outcomeRank) ?? 0) + 1);
        if (outcomeRank !== rank) continue;
        if (rows?.needsMore(outcome.row) === true) await rows.advance(outcome.row);
        const row = rows?.find(outcome.row) ?? null;
        const wait = sheets.write((cells) => fillRow(cells, outcome, row, types));
        if (wait !== undefined) await wait;
        // The rest of the pass has nothing to tell.
        if (++written >= most) return written;
      }
    }
  } finally {
    await rows?.close();
  }
  for (const [each, count] of seen) counts.set(each, count);
  return written;
}

/** Finds rows by ascending number in an iteration that is read once, as outcomes come in the same order. */
class RowLookup {
  readonly #iterator: AsyncIterator<readonly ScopeRow[]>;
  #rows: readonly ScopeRow[] = [];
  #place = 0;
  #ended = false;

  constructor(rows: AsyncIterable<readonly ScopeRow[]>) {
    this.#iterator = rows[Symbol.asyncIterator]();
  }

  /** Whether the row may stand behind those that have come. */
  needsMore(number: number): boolean {
    return !this.#ended && (this.#rows.at(-1)?.row ?? 0) < number;
  }

  async advance(number: number): Promise<void> {
    while (this.needsMore(number)) {
      const next = await this.#iterator.next();
      if (next.done === true) this.#ended = true;
      else if (next.value.length > 0) {
        this.#rows = next.value;
        this.#place = 0;
      }
    }
  }

  find(number: number): ScopeRow | null {
    while ((this.#rows[this.#place]?.row ?? number) < number) this.#place += 1;
    const row = this.#rows[this.#place];
    return row?.row === number ? row : null;
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
  }
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
  outcome: Outcome,
  row: ScopeRow | null,
  types: readonly Parameters<RowXml['value']>[1][],
): void {
  cells
    .number(outcome.row, ROW)
    .text(outcome.status, STATUS[outcome.status])
    .text(outcome.reason, TEXT)
    .wrapped(renderProblems(outcome.errors), ERRORS_WIDTH)
    .wrapped(renderProblems(outcome.warnings), WARNINGS_WIDTH);
  const values = row?.values ?? [];
  for (let index = 0; index < types.length; index += 1) cells.value(values[index] ?? null, types[index] ?? 'String');
  const { before } = outcome;
  cells.text(outcome.record, TEXT).wrapped(before === null ? '' : renderChange(before, outcome.after), CHANGES_WIDTH);
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
