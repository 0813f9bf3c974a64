import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { ScopeTable, StageFailure } from '../../core/model/stages.ts';
import { hasOrderBy } from '../../core/sql/order-by.ts';
import { type ChdbSession, EngineError, MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED } from '../chdb/session.ts';
import { createSources } from './create-sources.ts';
import { applyLimits, createEnvironment, hasSpilledJoins } from './environment.ts';
import { applyExportSettings, exportScope } from './export-scope.ts';
import {
  bindScopes,
  copyViews,
  inputScopes,
  listOutput,
  undeclaredColumns,
  type BoundScope,
  type OutputCopies,
  type ProducedScope,
} from './produced-scopes.ts';
import { fenceScript, limitTime, runStatements, withScriptSettings } from './script.ts';
import { SCRIPT_ENDED, SCRIPT_STARTS, STATEMENT_STARTS, type SqlJob, type SqlJobResult } from './sql-job.ts';
import type { SourceSecrets } from './source-secrets.ts';

export interface JobPorts {
  /** Monotonic, seconds. */
  readonly seconds: () => number;
  /** Tells the parent where the job is. */
  readonly announce: (line: string) => void;
}

/** Runs the whole stage in this process, and closes the session. Faults of the script are results. */
export async function runJob(
  session: ChdbSession,
  job: SqlJob,
  secrets: SourceSecrets,
  ports: JobPorts,
): Promise<SqlJobResult> {
  try {
    applyLimits(session, job);
    createEnvironment(session, job);
    createSources(session, job, secrets);
    const ran = runScript(session, job, ports);
    return await exportAll(session, job, ran);
  } finally {
    session.close();
  }
}

interface Ran {
  readonly failure: StageFailure | null;
  readonly copies: OutputCopies;
  /** Whether rows are no longer in the order that the script stands for. */
  readonly orderLost: boolean;
}

const NOTHING: Omit<Ran, 'failure'> = { copies: { tables: new Map(), failed: new Map() }, orderLost: false };

function runScript(session: ChdbSession, job: SqlJob, ports: JobPorts): Ran {
  const { script } = job;
  if (script === null) {
    session.execute('CREATE DATABASE scopes');
    return { failure: null, ...NOTHING };
  }
  const { statements, failure } = fenceScript(session, job, script);
  if (failure !== null) {
    // Nothing of it may touch the session, its settings included.
    session.execute('CREATE DATABASE scopes');
    return { failure, ...NOTHING };
  }
  ports.announce(SCRIPT_STARTS);
  const start = ports.seconds();
  const leftSeconds = (): number => job.limits.seconds - (ports.seconds() - start);
  const ran = withScriptSettings(session, script, () => {
    const ended = runStatements(session, job, script, statements, leftSeconds, ({ index }) =>
      ports.announce(`${STATEMENT_STARTS}${index}`),
    );
    // Made only now, out of reach of the script.
    session.execute('CREATE DATABASE scopes');
    const copies = copyViews(session, () => limitTime(session, leftSeconds()));
    // A join that goes to the disk gives its rows part by part.
    const orderLost = hasSpilledJoins(session) && !statements.some(hasOrderBy);
    return { failure: ended ?? viewFailure(job, copies), copies, orderLost };
  });
  ports.announce(SCRIPT_ENDED);
  return ran;
}

function viewFailure(job: SqlJob, { failed }: OutputCopies): StageFailure | null {
  const [first] = failed;
  if (first === undefined) return null;
  const [name, error] = first;
  const codes: Readonly<Record<number, string>> = {
    [MEMORY_LIMIT_EXCEEDED]: 'MemoryLimit',
    [TIMEOUT_EXCEEDED]: 'TimeLimit',
  };
  const message = `the view output.${name} cannot be read: ${error.message}`;
  return {
    code: codes[error.code] ?? 'SqlFailed',
    message,
    details: [{ message, path: job.script?.origin.path ?? 'spec.sql' }],
  };
}

const JOIN_SPILLED: RunWarning = {
  code: 'JoinSpilled',
  message:
    'a join took more than half of the memory of spec.sql.limits.memory and went to the disk, which changes the order of ' +
    'its rows: scopes were put in the order of _row where they carry it, else of all their columns; raise the limit, or ' +
    'end the query with ORDER BY',
  count: 1,
};

/** Everything that is there is exported, after a failure too: what was made before it is kept. */
async function exportAll(session: ChdbSession, job: SqlJob, ran: Ran): Promise<SqlJobResult> {
  const { failure: earlier, copies, orderLost } = ran;
  session.execute('USE scopes');
  applyExportSettings(session);
  const scopes: Omit<ScopeTable, 'sha256'>[] = [];
  const warnings: RunWarning[] = orderLost ? [JOIN_SPILLED] : [];
  let failure = earlier;
  try {
    const produced = job.script === null ? inputScopes(session, job) : listOutput(session, copies);
    failure ??= countProblem(produced, job);
    const bound = bindScopes(produced, job);
    failure ??= bound.failure ?? rowLimit(session, job, bound.scopes);
    if (failure !== null && (job.script === null || failure.code === 'RowLimit')) return { scopes, warnings, failure };
    mkdirSync(join(job.workspace, 'scopes'), { recursive: true });
    for (const [index, scope] of bound.scopes.entries()) {
      const exported = await exportScope(session, job, {
        bound: scope,
        index,
        sorted: orderLost || job.limits.threads > 1,
      });
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
