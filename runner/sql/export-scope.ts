import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { VariableModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { ScopeTable } from '../../core/model/stages.ts';
import { chooseFormat, type Detection } from '../../core/typing/detect.ts';
import { displayFormat } from '../../core/typing/expectation.ts';
import {
  formatQuery,
  settledQuery,
  typedColumns,
  TYPING_SETTINGS,
  type ScopeSource,
} from '../../core/typing/scope-query.ts';
import { quoteName, quoteText } from '../../core/typing/sql-text.ts';
import { SCOPE, planVariable, type VariablePlan, type VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { buildPhoneTable } from './phone-table.ts';
import { orderOf, ROW_COLUMN, type BoundScope } from './produced-scopes.ts';
import { writeScopeFile } from './scope-file.ts';
import { baselineFile, type SqlJob } from './sql-job.ts';

/** Rows of a scope that the report shows as the SQL left them. */
const SAMPLE_ROWS = 1000;

export interface ExportedScope {
  readonly scope: Omit<ScopeTable, 'sha256'>;
  readonly warnings: readonly RunWarning[];
}

/** The export is ours, not the script's: one stream of rows, whatever the script may use, so that order and numbers hold. */
export function applyExportSettings(session: ChdbSession): void {
  const settings = {
    ...TYPING_SETTINGS,
    max_threads: '1',
    max_insert_threads: '1',
    max_block_size: '8192',
    output_format_parallel_formatting: '0',
    output_format_compression_level: '1',
    engine_file_truncate_on_insert: '1',
    prefer_column_name_to_alias: '0',
    join_use_nulls: '0',
    max_parser_depth: '10000',
  };
  for (const [name, value] of Object.entries(settings)) session.execute(`SET ${name} = ${quoteText(value)}`);
}

export interface ExportRequest {
  readonly bound: BoundScope;
  /** Tells the tables of one scope from those of the others. */
  readonly index: number;
  /** Whether its rows have to be put in order first: else they are in it. */
  readonly sorted: boolean;
}

/** Types the rows of a scope and writes its files. */
export async function exportScope(session: ChdbSession, job: SqlJob, request: ExportRequest): Promise<ExportedScope> {
  const { bound, index } = request;
  const source = buildSource(session, job, request);
  const warnings: RunWarning[] = [];
  const open = findOpenFormats(session, source);
  const readings: VariableReading[] = [];
  for (const [position, plan] of source.plans.entries()) {
    const reading = { source, plan, isOpen: open.has(plan), name: `phones_${index}_${position}` };
    readings.push(await readVariable(session, job, reading, bound.name, warnings));
  }
  const files = `scopes/${fileName(bound.name)}`;
  const file = `${files}.tsv.zst`;
  const hashFile = `${files}.hashes.bin`;
  const counts = writeScopeFile(session, {
    source,
    readings,
    path: join(job.workspace, file),
    hashPath: join(job.workspace, hashFile),
    baseline: baselineOf(job, bound),
    temporaryDirectory: job.temporaryDirectory,
    index,
  });
  warnings.push(...countFaults(source.plans, counts.faults, bound.name));
  const sampleFile = `${files}.sample.ndjson`;
  writeSample(session, join(job.workspace, sampleFile), bound, source.query);
  const formats = source.plans.flatMap(({ variable }, position) => {
    const format = readings[position]?.format;
    return format == null ? [] : [[variable.name, displayFormat(format)] as const];
  });
  return {
    scope: {
      name: bound.name,
      rows: counts.rows,
      rejected: counts.rejected,
      unchangedByDiff: counts.unchanged,
      columns: bound.columns,
      formats: Object.fromEntries(formats),
      file,
      hashFile,
      unchangedHashSum: counts.unchangedHashSum,
      sampleFile,
    },
    warnings,
  };
}

function buildSource(session: ChdbSession, job: SqlJob, { bound, index, sorted }: ExportRequest): ScopeSource {
  const options = { timeZone: job.timeZone, phoneRegion: job.phoneRegion, trim: job.trim };
  const plans = (bound.model?.variables ?? []).map((variable, position) => {
    const column = bound.columns.find(({ name }) => name === variable.column);
    return planVariable(variable, position, column ?? null, options);
  });
  let query = `SELECT * FROM ${bound.table}`;
  if (sorted) {
    // Once: every later pass reads the rows in this order.
    const table = `scopes.sorted_${index}`;
    session.execute(`CREATE TABLE ${table} ENGINE = MergeTree ORDER BY tuple() AS ${query} ORDER BY ${orderOf(bound)}`);
    query = `SELECT * FROM ${table}`;
  }
  // Whatever the outer query may use: one thread gives one stream of rows.
  query = `${query} SETTINGS max_threads = 1`;
  return { query, plans, options, inputRow: inputRowOf(job, bound), literals: job.literals };
}

/** Without SQL the rows of the scope are those of the input, in their order. */
function inputRowOf({ script }: SqlJob, { columns }: BoundScope): string | null {
  if (script === null) return 'rowNumberInAllBlocks() + 1';
  return columns.some(({ name }) => name === ROW_COLUMN) ? `${SCOPE}.${quoteName(ROW_COLUMN)}` : null;
}

/** Variables whose format their values leave open. */
function findOpenFormats(session: ChdbSession, source: ScopeSource): ReadonlySet<VariablePlan> {
  const detected = source.plans.filter(({ detect }) => detect);
  if (detected.length === 0) return new Set();
  const [row = {}] = session.rows(settledQuery(source, detected));
  return new Set(detected.filter(({ prefix }) => Number(row[`${prefix}open`]) > 0));
}

interface ReadingRequest {
  readonly source: ScopeSource;
  readonly plan: VariablePlan;
  readonly isOpen: boolean;
  /** Of the table of readings. */
  readonly name: string;
}

async function readVariable(
  session: ChdbSession,
  job: SqlJob,
  { source, plan, isOpen, name }: ReadingRequest,
  scope: string,
  warnings: RunWarning[],
): Promise<VariableReading> {
  if (plan.variable.type === 'PhoneNumber' && !plan.canonical) {
    return { format: null, phoneTable: await buildPhoneTable(session, source, plan, job.temporaryDirectory, name) };
  }
  if (!plan.detect) return { format: plan.format, phoneTable: null };
  const [row = {}] = isOpen ? session.rows(formatQuery(source, plan)) : [];
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

function countFaults(
  plans: readonly VariablePlan[],
  faults: ReadonlyMap<string, number>,
  scope: string,
): readonly RunWarning[] {
  const { failed, nul } = typedColumns(plans);
  const list = (
    columns: ReadonlyMap<number, string>,
    code: string,
    describe: (variable: VariableModel, count: number) => string,
  ): RunWarning[] =>
    [...columns].flatMap(([position, column]) => {
      const count = faults.get(column) ?? 0;
      const variable = plans[position]?.variable;
      if (count === 0 || variable === undefined) return [];
      return [{ code, message: `${scope}.${variable.name}: ${describe(variable, count)}`, count }];
    });
  return [
    ...list(
      failed,
      'ConversionFailed',
      ({ type }, count) => `${count} ${count === 1 ? 'value is' : 'values are'} no ${type} and left blank`,
    ),
    ...list(nul, 'NulRemoved', () => 'NUL characters were removed'),
  ];
}

/** The file of the hashes that the run before left; null: there are none to compare with. */
function baselineOf(job: SqlJob, { model }: BoundScope): string | null {
  if (model === null) return null;
  const path = join(job.workspace, baselineFile(model.name));
  return existsSync(path) ? path : null;
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
