import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { ScopeTable } from '../../core/model/stages.ts';
import { chooseFormat, type Detection } from '../../core/typing/detect.ts';
import { displayFormat } from '../../core/typing/expectation.ts';
import {
  formatQuery,
  typedColumns,
  typedQuery,
  TYPING_SETTINGS,
  type ScopeSource,
} from '../../core/typing/scope-query.ts';
import { quoteName, quoteText } from '../../core/typing/sql-text.ts';
import { SCOPE, planVariable, type VariablePlan, type VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { buildPhoneTable } from './phone-table.ts';
import { orderedQuery, ROW_COLUMN, type BoundScope } from './produced-scopes.ts';
import { baselineFile, type SqlJob } from './sql-job.ts';

/** Rows of a scope that the report shows as the SQL left them. */
const SAMPLE_ROWS = 1000;

export interface ExportedScope {
  readonly scope: Omit<ScopeTable, 'sha256'>;
  readonly warnings: readonly RunWarning[];
}

/** The export is ours, not the script's: one thread, whatever the script may use, so that order and numbers hold. */
export function applyExportSettings(session: ChdbSession): void {
  const settings = {
    ...TYPING_SETTINGS,
    max_threads: '1',
    max_insert_threads: '1',
    max_block_size: '16384',
    output_format_parallel_formatting: '0',
    output_format_compression_level: '1',
    engine_file_truncate_on_insert: '1',
    prefer_column_name_to_alias: '0',
    join_use_nulls: '0',
    max_parser_depth: '10000',
  };
  for (const [name, value] of Object.entries(settings)) session.execute(`SET ${name} = ${quoteText(value)}`);
}

/** Types the rows of a scope and writes its files. `index` tells the tables of one scope from those of the others. */
export async function exportScope(
  session: ChdbSession,
  job: SqlJob,
  bound: BoundScope,
  index: number,
): Promise<ExportedScope> {
  const source = buildSource(session, job, bound, index);
  const warnings: RunWarning[] = [];
  const readings: VariableReading[] = [];
  for (const [position, plan] of source.plans.entries()) {
    readings.push(
      await readVariable(session, job, { source, plan, name: `phones_${index}_${position}` }, bound.name, warnings),
    );
  }
  const typed = `scopes.typed_${index}`;
  session.execute(`CREATE TABLE ${typed} ENGINE = MergeTree ORDER BY tuple() AS ${typedQuery(source, readings)}`);
  const counts = countRows(session, typed, source.plans, bound.name, warnings);
  const files = `scopes/${fileName(bound.name)}`;
  const diff = writeScope(session, job, { typed, source, index, files, model: bound.model?.name ?? null });
  const sampleFile = `${files}.sample.ndjson`;
  writeSample(session, join(job.workspace, sampleFile), bound, source.query);
  session.execute(`DROP TABLE ${typed}`);
  const formats = source.plans.flatMap(({ variable }, position) => {
    const format = readings[position]?.format;
    return format == null ? [] : [[variable.name, displayFormat(format)] as const];
  });
  return {
    scope: {
      name: bound.name,
      ...counts,
      ...diff,
      columns: bound.columns,
      formats: Object.fromEntries(formats),
      file: `${files}.tsv.zst`,
      sampleFile,
    },
    warnings,
  };
}

function buildSource(session: ChdbSession, job: SqlJob, bound: BoundScope, index: number): ScopeSource {
  const options = { timeZone: job.timeZone, phoneRegion: job.phoneRegion, trim: job.trim };
  const plans = (bound.model?.variables ?? []).map((variable, position) => {
    const column = bound.columns.find(({ name }) => name === variable.column);
    return planVariable(variable, position, column ?? null, options);
  });
  let query = orderedQuery(bound, job.limits.threads);
  if (job.limits.threads > 1) {
    // Sorted once: every later pass reads the rows in this order.
    const sorted = `scopes.sorted_${index}`;
    session.execute(`CREATE TABLE ${sorted} ENGINE = MergeTree ORDER BY tuple() AS ${query}`);
    query = `SELECT * FROM ${sorted}`;
  }
  return { query, plans, options, inputRow: inputRowOf(job, bound), literals: job.literals };
}

/** Without SQL the rows of the scope are those of the input, in their order. */
function inputRowOf({ script }: SqlJob, { columns }: BoundScope): string | null {
  if (script === null) return 'rowNumberInAllBlocks() + 1';
  return columns.some(({ name }) => name === ROW_COLUMN) ? `${SCOPE}.${quoteName(ROW_COLUMN)}` : null;
}

async function readVariable(
  session: ChdbSession,
  job: SqlJob,
  { source, plan, name }: { source: ScopeSource; plan: VariablePlan; name: string },
  scope: string,
  warnings: RunWarning[],
): Promise<VariableReading> {
  if (plan.variable.type === 'PhoneNumber' && !plan.canonical) {
    return { format: null, phoneTable: await buildPhoneTable(session, source, plan, job.temporaryDirectory, name) };
  }
  if (!plan.detect) return { format: plan.format, phoneTable: null };
  const [row = {}] = session.rows(formatQuery(source, plan));
  const counts = Object.fromEntries(Object.entries(row).map(([key, count]) => [key, Number(count)]));
  const detection = chooseFormat(plan.variable.type, counts);
  if (detection.ambiguous > 0) warnings.push(ambiguity(plan, detection, scope));
  return { format: detection.format, phoneTable: null };
}

function ambiguity({ variable }: VariablePlan, { format, ambiguous }: Detection, scope: string): RunWarning {
  const { name, type } = variable;
  const values = ambiguous === 1 ? 'value' : 'values';
  const read = `${scope}.${name}: ${ambiguous} ${values} could be read in two ways and ${ambiguous === 1 ? 'was' : 'were'} read as ${displayFormat(format)}`;
  return {
    code: type === 'Number' ? 'AmbiguousNumberFormat' : 'AmbiguousDateFormat',
    message: `${read}; set inputFormat to settle it`,
    count: ambiguous,
  };
}

function countRows(
  session: ChdbSession,
  typed: string,
  plans: readonly VariablePlan[],
  scope: string,
  warnings: RunWarning[],
): Pick<ScopeTable, 'rows' | 'rejected'> {
  const { failed, nul } = typedColumns(plans);
  const sums = [...failed.values(), ...nul.values()].map((column) => `, sum(${column}) AS sum_${column}`).join('');
  const [row = {}] = session.rows(`SELECT count() AS rows, sum(rejected) AS rejected${sums} FROM ${typed}`);
  const sum = (column: string): number => Number(row[`sum_${column}`] ?? 0);
  for (const [position, column] of failed) {
    const { name = '', type } = plans[position]?.variable ?? {};
    if (sum(column) === 0) continue;
    const message = `${scope}.${name}: ${sum(column)} ${sum(column) === 1 ? 'value is' : 'values are'} no ${type} and left blank`;
    warnings.push({ code: 'ConversionFailed', message, count: sum(column) });
  }
  for (const [position, column] of nul) {
    if (sum(column) === 0) continue;
    const message = `${scope}.${plans[position]?.variable.name ?? ''}: NUL characters were removed`;
    warnings.push({ code: 'NulRemoved', message, count: sum(column) });
  }
  return { rows: Number(row['rows'] ?? 0), rejected: Number(row['rejected'] ?? 0) };
}

interface WriteRequest {
  readonly typed: string;
  readonly source: ScopeSource;
  readonly index: number;
  /** Relative to the workspace, without an ending. */
  readonly files: string;
  readonly model: string | null;
}

/** Writes the scope file, and against a baseline the hashes that this scope has not. Compares within the engine. */
function writeScope(
  session: ChdbSession,
  job: SqlJob,
  { typed, source, index, files, model }: WriteRequest,
): Pick<ScopeTable, 'unchangedByDiff' | 'unseenFile'> {
  const baselinePath = join(job.workspace, baselineFile(model ?? ''));
  const hasBaseline = model !== null && existsSync(baselinePath);
  const baseline = `scopes.baseline_${index}`;
  if (hasBaseline) {
    session.execute(`CREATE TABLE ${baseline} (hash FixedString(16)) ENGINE = MergeTree ORDER BY hash`);
    session.execute(
      `INSERT INTO ${baseline} SELECT unhex(hash) FROM file(${quoteText(baselinePath)}, 'TabSeparated', 'hash String', 'gzip')`,
    );
  }
  const unchanged = hasBaseline ? `rejected = 0 AND hash IN (SELECT hash FROM ${baseline})` : '0';
  const values = typedColumns(source.plans).values.map((column) => `, nullIf(${column}, '')`);
  session.execute(
    `INSERT INTO FUNCTION file(${quoteText(join(job.workspace, `${files}.tsv.zst`))}, 'TabSeparated') ` +
      `SELECT n, if(input_row = 0, NULL, input_row), multiIf(rejected = 1, 'R', ${unchanged}, 'U', ''), lower(hex(hash)), nullIf(problems, '')${values.join('')} FROM ${typed}`,
  );
  if (!hasBaseline) return { unchangedByDiff: 0, unseenFile: null };
  const [row = {}] = session.rows(`SELECT countIf(${unchanged}) AS unchanged FROM ${typed}`);
  const unseenFile = `${files}.unseen.txt.gz`;
  session.execute(
    `INSERT INTO FUNCTION file(${quoteText(join(job.workspace, unseenFile))}, 'TabSeparated') ` +
      `SELECT DISTINCT lower(hex(hash)) FROM ${baseline} WHERE hash NOT IN (SELECT hash FROM ${typed})`,
  );
  session.execute(`DROP TABLE ${baseline}`);
  return { unchangedByDiff: Number(row['unchanged'] ?? 0), unseenFile };
}

function writeSample(session: ChdbSession, path: string, { columns }: BoundScope, query: string): void {
  const texts = columns.map(({ name, type }) => {
    const nested = /^(?:Array|Tuple|Map|JSON|Object|Nested)\b/.test(type);
    return nested ? `toJSONString(${quoteName(name)})` : `CAST(${quoteName(name)}, 'Nullable(String)')`;
  });
  session.execute(
    `INSERT INTO FUNCTION file(${quoteText(path)}, 'JSONCompactEachRow') SELECT ${texts.join(', ') || 'NULL'} FROM (${query}) LIMIT ${SAMPLE_ROWS}`,
  );
}

/** A file name that means the same on every system and nothing to the engine's patterns. */
function fileName(scope: string): string {
  return encodeURIComponent(scope).replace(/[!'()*~.]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
