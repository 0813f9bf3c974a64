import type { RunWarning } from '../../core/model/outcome.ts';
import { explainPhase, renderMode, renderPlace } from '../../core/report/facts.ts';
import type { ReportExecution, ReportSource, ReportStep } from '../../core/report/source.ts';
import { renderCount, renderDuration, renderRows } from '../../core/report/text.ts';
import { Sheet } from './sheet.ts';
import { styleIndex, type StyleName } from './styles.ts';
import { SUMMARY_WIDTHS, SummaryGrid, type GridCell } from './summary-grid.ts';
import type { UploadResult } from './upload-sheet.ts';
import type { Workbook } from './workbook.ts';

const LAST = SUMMARY_WIDTHS.length - 1;
const MOST_DETAILS = 1000;

/** The sheets that the summary links to. */
export interface SheetIndex {
  readonly uploads: readonly UploadResult[];
  /** By scope. */
  readonly sqlOutput: ReadonlyMap<string, string>;
  /** By scope. */
  readonly variables: ReadonlyMap<string, string>;
}

/** `Summary Stats`: what ran, how it ended, what became of the rows, and what to know about the other sheets. */
export async function writeSummary(
  workbook: Workbook,
  name: string,
  source: ReportSource,
  index: SheetIndex,
): Promise<void> {
  const sheet = new Sheet(
    workbook,
    name,
    { widths: SUMMARY_WIDTHS, frozenColumns: 0, frozenRows: 0, tabColor: '2F4B66', gridLines: false, selected: true },
    { first: true },
  );
  const grid = new SummaryGrid(sheet, styleIndex);
  await writeFacts(grid, source.execution);
  await writeError(grid, source.execution);
  await writeSteps(grid, source, index);
  await writeTables(grid, source, index);
  await writeWarnings(grid, source.warnings);
  await writeFormats(grid, source);
  await writeColumns(grid, source);
  await writeNotes(grid, source, index);
  await sheet.end({ filterTo: null, merges: grid.merges, links: grid.links });
}

async function writeFacts(grid: SummaryGrid, execution: ReportExecution): Promise<void> {
  await grid.row([{ column: 0, text: execution.connector, style: 'title' }], 30);
  await grid.row([{ column: 0, text: renderMode(execution.mode), style: 'subtitle' }], 18);
  await grid.gap();
  const label = (column: number, text: string): GridCell => ({ column, text, style: 'label' });
  const fact = (column: number, text: string): GridCell => ({ column, text, style: 'fact' });
  const time = (column: number, text: string): GridCell => ({
    column,
    fill: (row) => row.value(text, 'DateTime'),
    to: column + 1,
    style: 'dateTime',
  });
  await grid.row(
    [
      label(0, 'Phase'),
      { column: 1, text: execution.phase, style: `phase${execution.phase}` },
      { column: 2, text: explainPhase(execution.phase), style: 'note' },
      label(6, 'Started'),
      time(7, execution.startedAt),
    ],
    18,
  );
  await grid.row([
    label(0, 'Connector'),
    fact(1, `${execution.namespace}/${execution.connector}`),
    label(6, 'Ended'),
    time(7, execution.endedAt),
  ]);
  await grid.row([
    label(0, 'Execution'),
    fact(1, execution.id),
    label(6, 'Duration'),
    fact(7, renderDuration(execution.durationMs)),
  ]);
  await grid.row([label(0, 'Triggered by'), fact(1, execution.triggeredBy ?? '–')]);
  const { reverts, inputFile } = execution;
  if (reverts != null) await grid.row([label(0, 'Reverts execution'), fact(1, reverts)]);
  else await grid.row([label(0, 'Input file'), fact(1, inputFile ?? '–')]);
  await grid.gap();
}

async function writeError(grid: SummaryGrid, execution: ReportExecution): Promise<void> {
  const { error } = execution;
  if (error === null) return;
  await section(grid, 'Error');
  await grid.row([
    { column: 0, text: error.code, style: 'errorTitle' },
    { column: 1, text: error.message, style: 'errorText', to: LAST },
  ]);
  const details = error.details.slice(0, MOST_DETAILS);
  if (details.length > 0) {
    await grid.gap();
    await grid.row([
      { column: 0, text: 'Place', style: 'header', to: 1 },
      { column: 2, text: 'What is wrong', style: 'header', to: 8 },
      { column: 9, text: 'What to do', style: 'header', to: LAST },
    ]);
  }
  for (const detail of details) {
    await grid.row([
      { column: 0, text: renderPlace(detail), style: 'tableWrapped', to: 1 },
      { column: 2, text: detail.message, style: 'tableWrapped', to: 8 },
      { column: 9, text: detail.hint ?? '', style: 'tableWrapped', to: LAST },
    ]);
  }
  const more = error.details.length - details.length;
  if (more > 0) await grid.row([{ column: 0, text: `${renderCount(more)} more places.`, style: 'note' }]);
  await grid.gap();
}

const STEP_COUNTS: readonly [header: string, style: StyleName, count: (step: ReportStep) => number][] = [
  ['Created', 'count', (step) => step.created],
  ['Updated', 'count', (step) => step.updated],
  ['Unarchived', 'count', (step) => step.unarchived],
  ['Unchanged', 'count', (step) => step.unchanged],
];
const STEP_SKIPS: typeof STEP_COUNTS = [
  ['Skipped by rule', 'count', (step) => step.skippedByRule],
  ['Skipped ambiguous', 'countWarn', (step) => step.skippedAmbiguous],
];
const STEP_FAULTS: typeof STEP_COUNTS = [
  ['Failed', 'countBad', (step) => step.failed],
  ['Not processed', 'count', (step) => step.notProcessed],
];

async function writeSteps(grid: SummaryGrid, source: ReportSource, index: SheetIndex): Promise<void> {
  if (source.steps.length === 0) return;
  await section(grid, 'Load steps: rows by what became of them');
  const headers = [
    ...['Rows', ...STEP_COUNTS.map(([header]) => header), 'Unchanged by diff check'],
    ...[...STEP_SKIPS.map(([header]) => header), 'Rejected', ...STEP_FAULTS.map(([header]) => header)],
  ];
  await grid.row(
    [
      ...['Step', 'Object', 'Scope'].map((text, column): GridCell => ({ column, text, style: 'header' })),
      ...headers.map((text, at): GridCell => ({ column: at + 3, text, style: 'headerNumber' })),
    ],
    32,
  );
  for (const step of source.steps) {
    const scope = source.scopes.find((each) => each.name === step.scope);
    const link = index.uploads.find((upload) => upload.step === step.name)?.sheet;
    const named = (counts: typeof STEP_COUNTS) => counts.map(([, style, count]) => [count(step), style] as const);
    const counts = [
      ...([[scope?.rows ?? 0, 'count']] as const),
      ...named(STEP_COUNTS),
      ...([[scope?.unchangedByDiff ?? 0, 'count']] as const),
      ...named(STEP_SKIPS),
      ...([[scope?.rejected ?? 0, 'countBad']] as const),
      ...named(STEP_FAULTS),
    ];
    await grid.row([
      nameCell(0, step.name, link),
      { column: 1, text: step.object, style: 'tableText' },
      { column: 2, text: step.scope, style: 'tableText' },
      ...counts.map(([count, style], at) => countCell(at + 3, count, style)),
    ]);
  }
  await grid.gap();
}

/** Scopes on the left, input tables on the right: both are short, and the page is wide. */
async function writeTables(grid: SummaryGrid, source: ReportSource, index: SheetIndex): Promise<void> {
  const { scopes, inputs } = source;
  if (scopes.length === 0 && inputs.length === 0) return;
  await grid.row([
    ...sectionCells('Scopes: what the SQL left', 0, 5),
    ...sectionCells('Input: what was read', 7, LAST - 2),
  ]);
  const header = (column: number, text: string, style: StyleName, to?: number): GridCell =>
    to === undefined ? { column, text, style } : { column, text, style, to };
  await grid.row(
    [
      header(0, 'Scope', 'header', 1),
      header(2, 'Rows', 'headerNumber'),
      header(3, 'To load', 'headerNumber'),
      header(4, 'Rejected', 'headerNumber'),
      header(5, 'Unchanged by diff', 'headerNumber'),
      header(7, 'Table', 'header', 10),
      header(11, 'Rows', 'headerNumber'),
    ],
    32,
  );
  for (let line = 0; line < Math.max(scopes.length, inputs.length); line++) {
    const scope = scopes[line];
    const input = inputs[line];
    const left: GridCell[] =
      scope === undefined
        ? []
        : [
            { ...nameCell(0, scope.name, index.sqlOutput.get(scope.name)), to: 1 },
            countCell(2, scope.rows, 'count'),
            countCell(3, scope.rows - scope.rejected - scope.unchangedByDiff, 'count'),
            withLink(countCell(4, scope.rejected, 'countBad'), index.variables.get(scope.name)),
            countCell(5, scope.unchangedByDiff, 'count'),
          ];
    const right: GridCell[] =
      input === undefined
        ? []
        : [{ column: 7, text: input.table, style: 'tableText', to: 10 }, countCell(11, input.rows, 'count')];
    await grid.row([...left, ...right]);
  }
  await grid.gap();
}

async function writeWarnings(grid: SummaryGrid, warnings: readonly RunWarning[]): Promise<void> {
  if (warnings.length === 0) return;
  await section(grid, 'Warnings');
  await grid.row([
    { column: 0, text: 'Warning', style: 'header' },
    { column: 1, text: 'What it means', style: 'header', to: LAST - 1 },
    { column: LAST, text: 'Count', style: 'headerNumber' },
  ]);
  for (const warning of warnings) {
    await grid.row([
      { column: 0, text: warning.code, style: 'tableText' },
      { column: 1, text: warning.message, style: 'tableWrapped', to: LAST - 1 },
      countCell(LAST, warning.count, 'countWarn'),
    ]);
  }
  await grid.gap();
}

async function writeFormats(grid: SummaryGrid, source: ReportSource): Promise<void> {
  const formats = source.scopes.flatMap((scope) =>
    scope.variables.flatMap(({ name, type }) => {
      const format = Object.hasOwn(scope.formats, name) ? scope.formats[name] : undefined;
      return format === undefined ? [] : [[scope.name, name, type, format]];
    }),
  );
  await writeNameTable(grid, 'Formats of the input, as detected or declared', 'Variable', 'Format', formats);
}

async function writeColumns(grid: SummaryGrid, source: ReportSource): Promise<void> {
  const columns = source.scopes.flatMap((scope) => {
    const declared = new Map(scope.variables.map(({ name, type }) => [name, type]));
    return scope.columns.map(({ name, type }) => [scope.name, name, declared.get(name) ?? '', type]);
  });
  await writeNameTable(grid, 'Columns of the scopes, as the SQL left them', 'Column', 'SQL type', columns);
}

async function writeNameTable(
  grid: SummaryGrid,
  title: string,
  what: string,
  last: string,
  lines: readonly (readonly string[])[],
): Promise<void> {
  if (lines.length === 0) return;
  await section(grid, title);
  const cells = (texts: readonly string[], style: StyleName): GridCell[] => [
    { column: 0, text: texts[0] ?? '', style },
    { column: 1, text: texts[1] ?? '', style, to: 2 },
    { column: 3, text: texts[2] ?? '', style, to: 4 },
    { column: 5, text: texts[3] ?? '', style, to: LAST },
  ];
  await grid.row(cells(['Scope', what, 'Type', last], 'header'));
  for (const line of lines) await grid.row(cells(line, 'tableText'));
  await grid.gap();
}

async function writeNotes(grid: SummaryGrid, source: ReportSource, index: SheetIndex): Promise<void> {
  const notes = ['Times are in UTC. Numbers of more than 15 digits are text, so that no digit is lost.'];
  if (source.steps.length > 0) notes.push('Upload sheets list rows with problems first; every row has a status.');
  const unchanged = source.scopes.reduce((sum, scope) => sum + scope.unchangedByDiff, 0);
  if (unchanged > 0) notes.push(`Counted, not listed: ${renderRows(unchanged)} unchanged by the diff check.`);
  for (const { step, leftOut } of index.uploads) {
    if (leftOut === 0) continue;
    const limit = renderCount(source.maxRows);
    notes.push(
      `Step ${step}: ${renderRows(leftOut)} not listed (report.maxRows is ${limit}); ` +
        'the outcomes of the run have every row.',
    );
  }
  await section(grid, 'About this report');
  for (const note of notes) await grid.row([{ column: 0, text: note, style: 'noteWrapped', to: LAST }]);
}

async function section(grid: SummaryGrid, text: string): Promise<void> {
  await grid.row(sectionCells(text, 0, LAST), 20);
}

function sectionCells(text: string, from: number, to: number): GridCell[] {
  return [{ column: from, text, style: 'section', to }];
}

function nameCell(column: number, text: string, link: string | undefined): GridCell {
  return link === undefined ? { column, text, style: 'tableText' } : { column, text, style: 'tableLink', link };
}

/** Zeros step back and problems stand out. */
function countCell(column: number, count: number, style: StyleName): GridCell {
  return { column, count, style: count === 0 ? 'countZero' : style };
}

function withLink(cell: GridCell, link: string | undefined): GridCell {
  return link === undefined ? cell : { ...cell, link };
}
