import { join } from 'node:path';
import { quoteName, quoteTable, quoteText } from '../../core/typing/sql-text.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { EXECUTION_FACTS, type SqlJob } from './sql-job.ts';
import type { InputColumn } from '../../core/model/stages.ts';

const DATABASES = ['input', 'output', 'connector', 'kizen', 'meta'] as const;
const MEBIBYTE = 1024 ** 2;
/** What the process takes before any query: the engine itself and the runtime around it. */
const PROCESS_BYTES = 400 * MEBIBYTE;
const LEAST_QUERY_BYTES = 128 * MEBIBYTE;

/** Memory of one query within the memory of the process, bytes. */
export function queryMemoryBytes(memoryBytes: number): number {
  return Math.max(LEAST_QUERY_BYTES, memoryBytes - PROCESS_BYTES);
}

/** Memory that the process may take as a whole, bytes: a limit below the engine itself would end every run. */
export function processMemoryBytes(memoryBytes: number): number {
  return Math.max(PROCESS_BYTES + LEAST_QUERY_BYTES, memoryBytes);
}

/** Limits of every query, as settings of the engine; the parent holds them from outside as well. */
export function applyLimits(session: ChdbSession, job: SqlJob): void {
  const memory = queryMemoryBytes(job.limits.memoryBytes);
  const settings: Record<string, string | number> = {
    max_memory_usage: memory,
    // What is larger goes to the disk. Ratios are of the memory of the machine, and would have to be crossed as well.
    max_bytes_before_external_group_by: Math.floor(memory / 4),
    max_bytes_ratio_before_external_group_by: 0,
    max_bytes_before_external_sort: Math.floor(memory / 4),
    max_bytes_ratio_before_external_sort: 0,
    // Late: a join that spills gives its rows in another order.
    max_bytes_before_external_join: Math.floor(memory / 2),
    max_bytes_ratio_before_external_join: 0,
    // Small pieces: sorting and merging hold one of every file, and a join writes to dozens of files at once.
    max_block_size: 8192,
    max_joined_block_size_rows: 8192,
    min_joined_block_size_rows: 8192,
    prefer_external_sort_block_bytes: 4 * MEBIBYTE,
    temporary_files_buffer_size: 64 * 1024,
    // On one thread the order of rows is that of the file, run after run.
    max_threads: job.limits.threads,
    max_insert_threads: job.limits.threads,
    // Blocks that are gathered before a part is written would otherwise grow with the width of the rows.
    min_insert_block_size_bytes: 8 * MEBIBYTE,
    // A mapped file would count as memory of the process.
    storage_file_read_method: 'pread',
    join_use_nulls: 1,
    // Our own statements name every column of a table, and tables may be wide.
    max_query_size: 100_000_000,
    max_ast_elements: 10_000_000,
    // A text that looks like a date stays the text that was posted.
    input_format_try_infer_dates: 0,
    input_format_try_infer_datetimes: 0,
  };
  for (const [name, value] of Object.entries(settings)) session.execute(`SET ${name} = ${quoteText(String(value))}`);
}

/** Whether any join of the session went to the disk. */
export function hasSpilledJoins(session: ChdbSession): boolean {
  const [row = {}] = session.rows(
    "SELECT sum(value) > 0 AS spilled FROM system.events WHERE event = 'ExternalJoinWritePart'",
  );
  return Number(row['spilled']) > 0;
}

/** Databases and tables that a script finds: input, kizen, meta; output and connector are empty. */
export function createEnvironment(session: ChdbSession, job: SqlJob): void {
  for (const database of DATABASES) session.execute(`CREATE DATABASE ${database}`);
  for (const table of job.tables) {
    createTable(session, 'input', table.name, table.columns, true);
    if (table.file !== '') loadFile(session, 'input', table.name, join(job.workspace, table.file), table.columns, true);
    const alias = `page_idx_${table.page}`;
    if (table.page !== null && alias !== table.name) {
      // An alias keeps `_row` out of `SELECT *`, as in the table itself.
      session.execute(`CREATE TABLE ${quoteTable('input', alias)} ENGINE = Alias('input', ${quoteText(table.name)})`);
    }
  }
  for (const { table, columns, file } of job.referenceData) {
    createTable(session, 'kizen', table, columns, false);
    if (file !== null) loadFile(session, 'kizen', table, join(job.workspace, file), columns, false);
  }
  createMeta(session, job);
  session.execute('USE connector');
  session.execute('DROP DATABASE IF EXISTS default');
}

function createTable(
  session: ChdbSession,
  database: string,
  table: string,
  columns: readonly InputColumn[],
  numbered: boolean,
): void {
  const list = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  if (numbered) list.push('_row UInt64 MATERIALIZED 0');
  session.execute(
    `CREATE TABLE ${quoteTable(database, table)} (${list.join(', ')}) ENGINE = MergeTree ORDER BY tuple()`,
  );
}

function loadFile(
  session: ChdbSession,
  database: string,
  table: string,
  path: string,
  columns: readonly InputColumn[],
  numbered: boolean,
): void {
  const names = columns.map(({ name }) => quoteName(name));
  const types = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  if (numbered) {
    names.unshift('_row');
    types.unshift('_row UInt64');
  }
  session.execute(
    `INSERT INTO ${quoteTable(database, table)} (${names.join(', ')}) SETTINGS insert_allow_materialized_columns = 1, ` +
      `max_threads = 1, max_insert_threads = 1 ` +
      `SELECT ${names.join(', ')} FROM file(${quoteText(path)}, 'TabSeparated', ${quoteText(types.join(', '))}) ` +
      `SETTINGS max_threads = 1, input_format_parallel_parsing = 0`,
  );
}

function createMeta(session: ChdbSession, job: SqlJob): void {
  session.execute('CREATE TABLE meta.inputs (database String, table String, file_path String) ENGINE = Memory');
  session.execute('CREATE TABLE meta.parameters (name String, value String) ENGINE = Memory');
  const facts = EXECUTION_FACTS.map((fact) => `${fact} Nullable(String)`);
  session.execute(`CREATE TABLE meta.current_execution (${facts.join(', ')}) ENGINE = Memory`);
  const fileName = job.execution.fileupload_file_name ?? '';
  insert(
    session,
    'meta.inputs',
    job.tables.map(({ name }) => ['input', name, fileName]),
  );
  insert(session, 'meta.parameters', Object.entries(job.script?.parameters ?? {}));
  insert(session, 'meta.current_execution', [EXECUTION_FACTS.map((fact) => job.execution[fact] ?? null)]);
}

function insert(session: ChdbSession, table: string, rows: readonly (readonly (string | null)[])[]): void {
  if (rows.length === 0) return;
  const values = rows.map((row) => `(${row.map((value) => (value === null ? 'NULL' : quoteText(value))).join(', ')})`);
  session.execute(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
}
