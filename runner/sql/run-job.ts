import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { ScopeTable, StageFailure } from '../../core/model/stages.ts';
import { ChdbSession, EngineError, MEMORY_LIMIT_EXCEEDED } from '../chdb/session.ts';
import { applyLimits, createEnvironment } from './environment.ts';
import { applyExportSettings, exportScope } from './export-scope.ts';
import {
  bindScopes,
  inputScopes,
  listOutput,
  undeclaredColumns,
  type BoundScope,
  type ProducedScope,
} from './produced-scopes.ts';
import { fenceScript, runStatements } from './script.ts';
import { SCRIPT_ENDED, SCRIPT_STARTS, type SqlJob, type SqlJobResult } from './sql-job.ts';

export interface JobPorts {
  /** Monotonic, seconds. */
  readonly seconds: () => number;
  /** Tells the parent where the job is. */
  readonly announce: (line: string) => void;
}

/** Runs the whole stage in this process. Faults of the script are results. */
export async function runJob(job: SqlJob, ports: JobPorts): Promise<SqlJobResult> {
  const session = new ChdbSession(join(job.temporaryDirectory, 'data'));
  try {
    applyLimits(session, job);
    createEnvironment(session, job);
    const failure = runScript(session, job, ports);
    session.execute('CREATE DATABASE scopes');
    session.execute('USE scopes');
    return await exportAll(session, job, failure);
  } finally {
    session.close();
  }
}

function runScript(session: ChdbSession, job: SqlJob, ports: JobPorts): StageFailure | null {
  const { script } = job;
  if (script === null) return null;
  const { statements, failure } = fenceScript(session, job, script);
  if (failure !== null) return failure;
  ports.announce(SCRIPT_STARTS);
  const start = ports.seconds();
  const ended = runStatements(session, job, script, statements, () => ports.seconds() - start);
  ports.announce(SCRIPT_ENDED);
  return ended;
}

/** Everything that is there is exported, after a failure too: what was made before it is kept. */
async function exportAll(session: ChdbSession, job: SqlJob, earlier: StageFailure | null): Promise<SqlJobResult> {
  applyExportSettings(session);
  const scopes: Omit<ScopeTable, 'sha256'>[] = [];
  const warnings: RunWarning[] = [];
  let failure = earlier;
  try {
    const produced = job.script === null ? inputScopes(session, job) : listOutput(session);
    failure ??= countProblem(produced, job);
    const bound = bindScopes(produced, job);
    failure ??= bound.failure ?? rowLimit(session, job, bound.scopes);
    if (failure !== null && (job.script === null || failure.code === 'RowLimit')) return { scopes, warnings, failure };
    mkdirSync(join(job.workspace, 'scopes'), { recursive: true });
    for (const [index, scope] of bound.scopes.entries()) {
      const exported = await exportScope(session, job, scope, index);
      scopes.push(exported.scope);
      warnings.push(...exported.warnings);
      if (job.script === null) warnings.push(...ignoredColumns(scope));
    }
    return { scopes, warnings, failure };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { scopes, warnings, failure: failure ?? exportFailure(job, error) };
  }
}

function exportFailure(job: SqlJob, error: EngineError): StageFailure {
  if (error.code === MEMORY_LIMIT_EXCEEDED) {
    const message = `typing the scopes needs more memory than spec.sql.limits.memory (${job.limits.memoryBytes} bytes); raise it`;
    return { code: 'MemoryLimit', message, details: [{ message, path: 'spec.sql.limits.memory' }] };
  }
  return { code: 'SqlFailed', message: `reading the scopes failed: ${error.message}`, details: [] };
}

function countProblem(produced: readonly ProducedScope[], job: SqlJob): StageFailure | null {
  const names = produced.map(({ name }) => name).join(', ');
  if (job.script !== null && produced.length === 0) {
    const hint = 'end the script with CREATE TABLE output.<scope> AS SELECT …';
    const message = `the script left no table in the database output; ${hint}`;
    return { code: 'NoOutput', message, details: [{ message, path: job.script.origin.path, hint }] };
  }
  if (job.script === null && produced.length > 1) {
    const message = `the input has ${produced.length} tables (${names}): spec.sql has to say how they become scopes`;
    return { code: 'SqlRequired', message, details: [{ message, path: 'spec.sql', hint: 'add spec.sql.script' }] };
  }
  return null;
}

function rowLimit(session: ChdbSession, job: SqlJob, scopes: readonly BoundScope[]): StageFailure | null {
  const counts = scopes.map(({ name, table }) => {
    const [row = {}] = session.rows(`SELECT count() AS rows FROM ${table}`);
    return { name, rows: Number(row['rows'] ?? 0) };
  });
  const total = counts.reduce((sum, { rows }) => sum + rows, 0);
  if (total <= job.limits.rows) return null;
  const parts = counts.map(({ name, rows }) => `${name}: ${rows}`).join(', ');
  const message = `the scopes have ${total} rows (${parts}), more than spec.sql.limits.rows (${job.limits.rows})`;
  return {
    code: 'RowLimit',
    message,
    details: [{ message, path: 'spec.sql.limits.rows', hint: 'raise it, or select fewer rows' }],
  };
}

function ignoredColumns(scope: BoundScope): RunWarning[] {
  const ignored = undeclaredColumns(scope).map(({ name }) => name);
  if (ignored.length === 0) return [];
  const message = `${scope.name}: no variable reads ${ignored.length === 1 ? 'the column' : 'the columns'} ${ignored.join(', ')}`;
  return [{ code: 'UndeclaredColumnsIgnored', message, count: ignored.length }];
}
