import { join } from 'node:path';
import type { ExternalSourceModel, ScopeModel, SqlLimits, SqlModel } from '../../core/model/connector.ts';
import type { InputColumn, InputTable, ScopeTable, StageFailure } from '../../core/model/stages.ts';
import type { RunWarning } from '../../core/model/outcome.ts';

/** A table of reference data: its file is TabSeparated, the first column `kizen_id`. Without a file it is empty. */
export interface ReferenceTable {
  /** In the database `kizen`. */
  readonly table: string;
  /** Relative to the workspace. */
  readonly file: string | null;
  readonly columns: readonly InputColumn[];
}

/** Columns of `meta.current_execution`. */
export const EXECUTION_FACTS = [
  'business_id',
  'connector_id',
  'execution_id',
  'trigger_type',
  'triggered_by_id',
  'triggered_by_desc',
  'trigger_auth',
  'fileupload_file_size_bytes',
  'fileupload_file_name',
  'fileupload_file_id',
  'is_dry_run',
  'cadence',
  'timeframe_start',
  'bulkaction_fields',
  'entity_records_set_key',
  'activity_object_id',
] as const;
export type ExecutionFact = (typeof EXECUTION_FACTS)[number];

export type SqlMode = 'Run' | 'Validate';

/** What the child process is given: everything by value, nothing secret. */
export interface SqlJob {
  readonly mode: SqlMode;
  readonly workspace: string;
  readonly temporaryDirectory: string;
  readonly script: Pick<SqlModel, 'script' | 'origin' | 'parameters' | 'settings'> | null;
  readonly limits: SqlLimits;
  readonly timeZone: string;
  readonly phoneRegion: string | null;
  readonly trim: boolean;
  readonly scopes: readonly ScopeModel[];
  /** Scopes that load steps name. */
  readonly stepScopes: readonly string[];
  /** Enters every row hash: values of the additional variables that are literals. */
  readonly literals: string;
  /** Their secrets come by standard input: this job is a file. */
  readonly externalSources: readonly Pick<ExternalSourceModel, 'name' | 'kind'>[];
  readonly tables: readonly InputTable[];
  readonly referenceData: readonly ReferenceTable[];
  readonly execution: Readonly<Partial<Record<ExecutionFact, string>>>;
}

/** What the child hands back. The parent adds checksums. */
export interface SqlJobResult {
  readonly scopes: readonly Omit<ScopeTable, 'sha256'>[];
  readonly warnings: readonly RunWarning[];
  readonly failure: StageFailure | null;
}

/** The engine's own directory. */
export const dataDirectory = (temporaryDirectory: string): string => join(temporaryDirectory, 'data');

/** With which the process ends where its disk is full: EX_IOERR of sysexits.h. */
export const DISK_FULL_STATUS = 74;

export const JOB_FILE = 'sql-job.json';
export const RESULT_FILE = 'sql-result.json';

/** The line that the child prints before the script of the connector starts and after it has ended. */
export const SCRIPT_STARTS = 'script starts';
export const SCRIPT_ENDED = 'script ended';
/** And before each statement, with its number from 0. */
export const STATEMENT_STARTS = 'statement ';

/** Hashes of the previous run of a scope (as the model names it), 16 bytes each; relative to the workspace. */
export function baselineFile(scope: string): string {
  return `baseline/${scope === '' ? '_only' : encodeURIComponent(scope)}.bin`;
}
