import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { StageFailure } from '../../core/model/stages.ts';
import { checkAst, checkTokens } from '../../core/sql/fence.ts';
import { locate } from '../../core/sql/locate.ts';
import { checkSettings } from '../../core/sql/settings.ts';
import { splitStatements, type Statement } from '../../core/sql/statements.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import { EngineError, MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, type ChdbSession } from '../chdb/session.ts';
import { describePlace, placeFault } from './script-place.ts';
import type { SqlJob } from './sql-job.ts';

type Script = NonNullable<SqlJob['script']>;

/** Splits and fences the whole script; nothing of it has run when this returns. */
export function fenceScript(
  session: ChdbSession,
  job: SqlJob,
  script: Script,
): { readonly statements: readonly Statement[]; readonly failure: StageFailure | null } {
  const { statements, faults } = splitStatements(script.script);
  const refused = [...faults, ...checkSettings(script.settings)];
  const fenced = faults.length === 0 ? statements.map((statement) => fenceStatement(session, job, statement)) : [];
  refused.push(...fenced.flatMap((fence) => fence.refused));
  const found = [...refused, ...fenced.flatMap((fence) => fence.syntax)];
  if (found.length === 0) return { statements, failure: null };
  const details = found.map((fault) => placeFault(script, fault));
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return {
    statements: [],
    failure: {
      code: refused.length > 0 ? 'SqlRefused' : 'SqlSyntax',
      message: `${describePlace(details[0])}${details[0]?.message ?? ''}${more}`,
      details,
    },
  };
}

interface FencedStatement {
  readonly refused: readonly FaultDetail[];
  readonly syntax: readonly FaultDetail[];
}

const EXPLAIN = 'EXPLAIN AST ';

function fenceStatement(session: ChdbSession, job: SqlJob, statement: Statement): FencedStatement {
  const refused = checkTokens(statement);
  if (refused.length > 0) return { refused, syntax: [] };
  try {
    // The tokens hold exactly one statement, and EXPLAIN AST only parses it.
    const ast = session.execute(`${EXPLAIN}${statement.text}`, 'TabSeparatedRaw');
    return { refused: checkAst(statement, ast, { namedCollections: job.externalSources }), syntax: [] };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { refused: [], syntax: [engineFault(statement, error, EXPLAIN.length)] };
  }
}

/** Runs `work` under the settings of the connector. */
export function withScriptSettings<T>(session: ChdbSession, script: Script, work: () => T): T {
  for (const [name, value] of Object.entries(script.settings)) session.execute(`SET ${name} = ${quoteText(value)}`);
  try {
    return work();
  } finally {
    session.execute('SET max_execution_time = 0');
    for (const name of Object.keys(script.settings)) session.execute(`SET ${name} = DEFAULT`);
  }
}

/** Gives what runs next the seconds that the script has left. False: none. */
export function limitTime(session: ChdbSession, leftSeconds: number): boolean {
  if (leftSeconds > 0) session.execute(`SET max_execution_time = ${leftSeconds.toFixed(3)}`);
  return leftSeconds > 0;
}

/** Runs the statements one after another. Stops at the first fault; what was made before it stays. */
export function runStatements(
  session: ChdbSession,
  job: SqlJob,
  script: Script,
  statements: readonly Statement[],
  leftSeconds: () => number,
  announce: (statement: Statement) => void,
): StageFailure | null {
  for (const statement of statements) {
    announce(statement);
    if (!limitTime(session, leftSeconds())) return timeLimit(job, script, statement);
    try {
      session.execute(statement.text);
    } catch (error) {
      if (error instanceof EngineError) return statementFailure(job, script, statement, error);
      throw error;
    }
  }
  return null;
}

/** What the engine said about a statement, at its place in the script. */
function statementFailure(job: SqlJob, script: Script, statement: Statement, error: EngineError): StageFailure {
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
  if (place === null) {
    // Faults of meaning have no place, but most of them name what is at fault.
    const name = /(?:identifier|function|table|database|column|type|setting)s? [`'"]?([\w.]+)/i.exec(
      error.message,
    )?.[1];
    const token = name === undefined ? null : locate(statement, name.split('.').at(-1) ?? name);
    const { line, column } = token ?? statement;
    return { message: error.message, line, column };
  }
  const first = place.line === 1;
  return {
    message: error.message,
    line: statement.line + place.line - 1,
    column: first ? statement.column + Math.max(0, place.column - 1 - prefix) : place.column,
  };
}
