import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { StageFailure } from '../../core/model/stages.ts';
import { checkAst, checkTokens } from '../../core/sql/fence.ts';
import { checkSettings } from '../../core/sql/settings.ts';
import { splitStatements, type Statement } from '../../core/sql/statements.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import { EngineError, MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, type ChdbSession } from '../chdb/session.ts';
import type { SqlJob } from './sql-job.ts';

type Script = NonNullable<SqlJob['script']>;

/** Splits and fences the whole script; nothing of it has run when this returns. */
export function fenceScript(
  session: ChdbSession,
  job: SqlJob,
  script: Script,
): { readonly statements: readonly Statement[]; readonly failure: StageFailure | null } {
  const { statements, faults } = splitStatements(script.script);
  const found = [...faults, ...checkSettings(script.settings)];
  if (faults.length === 0) found.push(...statements.flatMap((statement) => fenceStatement(session, job, statement)));
  if (found.length === 0) return { statements, failure: null };
  const details = found.map((fault) => placeFault(script, fault));
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return {
    statements: [],
    failure: {
      code: 'SqlRefused',
      message: `${describePlace(details[0])}${details[0]?.message ?? ''}${more}`,
      details,
    },
  };
}

function fenceStatement(session: ChdbSession, job: SqlJob, statement: Statement): FaultDetail[] {
  const faults = checkTokens(statement);
  if (faults.length > 0) return faults;
  try {
    // The tokens hold exactly one statement, and EXPLAIN AST only parses it.
    const ast = session.execute(`EXPLAIN AST ${statement.text}`, 'TabSeparatedRaw');
    return checkAst(statement, ast, { namedCollections: job.externalSources });
  } catch (error) {
    if (error instanceof EngineError) return [engineFault(statement, error, EXPLAIN.length)];
    throw error;
  }
}

const EXPLAIN = 'EXPLAIN AST ';

/** Runs the statements one after another. Stops at the first fault; what was made before it stays. */
export function runStatements(
  session: ChdbSession,
  job: SqlJob,
  script: Script,
  statements: readonly Statement[],
  elapsedSeconds: () => number,
): StageFailure | null {
  for (const [name, value] of Object.entries(script.settings)) session.execute(`SET ${name} = ${quoteText(value)}`);
  try {
    for (const statement of statements) {
      const left = job.limits.seconds - elapsedSeconds();
      if (left <= 0) return timeLimit(job, script, statement);
      session.execute(`SET max_execution_time = ${left.toFixed(3)}`);
      try {
        session.execute(statement.text);
      } catch (error) {
        if (error instanceof EngineError) return statementFailure(job, script, statement, error);
        throw error;
      }
    }
    return null;
  } finally {
    session.execute('SET max_execution_time = 0');
    for (const name of Object.keys(script.settings)) session.execute(`SET ${name} = DEFAULT`);
  }
}

/** What the engine said about a statement, at its place in the script. */
export function statementFailure(job: SqlJob, script: Script, statement: Statement, error: EngineError): StageFailure {
  if (error.code === TIMEOUT_EXCEEDED) return timeLimit(job, script, statement);
  const fault = placeFault(script, engineFault(statement, error, 0));
  if (error.code === MEMORY_LIMIT_EXCEEDED) return memoryLimit(job, { ...fault, hint: MEMORY_HINT });
  return { code: 'SqlFailed', message: `${describePlace(fault)}${error.message}`, details: [fault] };
}

const MEMORY_HINT = 'raise spec.sql.limits.memory, or read fewer columns and rows at once';

function memoryLimit(job: SqlJob, fault: FaultDetail): StageFailure {
  const message = `${describePlace(fault)}the script needs more memory than spec.sql.limits.memory (${job.limits.memoryBytes} bytes)`;
  return { code: 'MemoryLimit', message, details: [fault] };
}

function timeLimit(job: SqlJob, script: Script, statement: Statement): StageFailure {
  const fault = placeFault(script, {
    message: 'this statement was running when the time was up',
    line: statement.line,
    column: statement.column,
    hint: 'raise spec.sql.limits.seconds, or make the statement do less',
  });
  const message = `${describePlace(fault)}the script takes longer than spec.sql.limits.seconds (${job.limits.seconds} s)`;
  return { code: 'TimeLimit', message, details: [fault] };
}

/** `prefix`: characters before the statement in what the engine was given. */
function engineFault(statement: Statement, error: EngineError, prefix: number): FaultDetail {
  const { place } = error;
  if (place === null) return { message: error.message, line: statement.line, column: statement.column };
  const first = place.line === 1;
  return {
    message: error.message,
    line: statement.line + place.line - 1,
    column: first ? statement.column + Math.max(0, place.column - 1 - prefix) : place.column,
  };
}

/** From a place in the script to a place in the file that holds it. */
function placeFault(script: Script, fault: FaultDetail): FaultDetail {
  const { origin } = script;
  if (fault.line === undefined) return { path: origin.path, ...fault };
  return {
    path: origin.path,
    ...fault,
    ...(origin.file === null ? {} : { file: origin.file }),
    line: origin.firstLine + fault.line - 1,
    column: (fault.column ?? 1) + origin.indent,
  };
}

function describePlace(fault: FaultDetail | undefined): string {
  if (fault?.line === undefined) return '';
  return fault.file === undefined
    ? `line ${fault.line}, column ${fault.column ?? 1}: `
    : `${fault.file}:${fault.line}:${fault.column ?? 1}: `;
}
