import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { AppError, messageOf, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { StageFailure } from '../../core/model/stages.ts';
import { splitStatements } from '../../core/sql/statements.ts';
import type { Jail, JailEnd } from '../chdb/jail.ts';
import { describePlace, placeFault } from './script-place.ts';
import { SCRIPT_ENDED, SCRIPT_STARTS, STATEMENT_STARTS } from './sql-job.ts';

/** How the SQL process ended, and what it was doing. */
export interface Ended {
  readonly end: JailEnd;
  readonly duringScript: boolean;
  /** Number of the statement that was running, from 0; null outside of statements. */
  readonly statement: number | null;
  readonly scriptOverran: boolean;
  /** The last that it wrote to standard error. */
  readonly errorText: string;
}

/** The engine stops itself at the limit; after this much more it is stopped. */
const GRACE_SECONDS = 5;
const KEPT_ERROR_CHARACTERS = 4000;

/** Waits for the end of the process; holds the time of the script from outside. */
export async function superviseJail(
  jail: Jail,
  { limits }: Pick<ConnectorModel, 'limits'>,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  let duringScript = false;
  let statement: number | null = null;
  let scriptOverran = false;
  let errorText = '';
  let timer: NodeJS.Timeout | undefined;
  const { stdout, stderr } = jail.child;
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-KEPT_ERROR_CHARACTERS);
  });
  const overrun = (): void => {
    scriptOverran = true;
    jail.kill();
  };
  const announced = (line: string): void => {
    if (line === SCRIPT_STARTS) {
      duringScript = true;
      // What the engine says as it starts has nothing to do with the script.
      errorText = '';
      timer = setTimeout(overrun, (limits.seconds + GRACE_SECONDS) * 1000);
    } else if (line === SCRIPT_ENDED) {
      duringScript = false;
      statement = null;
      clearTimeout(timer);
    } else if (line.startsWith(STATEMENT_STARTS)) {
      statement = Number(line.slice(STATEMENT_STARTS.length));
    }
  };
  if (stdout !== null) createInterface({ input: stdout }).on('line', announced);
  if (signal?.aborted === true) jail.kill();
  signal?.addEventListener('abort', jail.kill);
  try {
    return { end: await jail.waitJailed(), duringScript, statement, scriptOverran, errorText };
  } catch (cause) {
    throw new AppError({
      code: 'SqlProcessNotStarted',
      class: 'transient',
      message: `the SQL process could not be started: ${messageOf(cause)}`,
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', jail.kill);
  }
}

const FROM_OUTSIDE = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Whether somebody else ended the process: the system for want of memory, a person, the machine going down. That says
 * nothing of the script, and another attempt may come through. Shells tell of a signal by a status above 128.
 */
export function wasKilledFromOutside({ end, scriptOverran }: Ended): boolean {
  if (scriptOverran) return false;
  if (end.kind === 'Killed') return FROM_OUTSIDE.some((signal) => signal === end.signal);
  return end.kind === 'Exited' && FROM_OUTSIDE.some((signal) => end.code === 128 + constants.signals[signal]);
}

/** Why the process ended before it was done, with the place of the statement that was running; null: it was done. */
export function describeDeath(
  { end, duringScript, statement, scriptOverran, errorText }: Ended,
  connector: ConnectorModel,
  hide: (text: string) => string,
): StageFailure | null {
  const { memoryBytes, seconds } = connector.limits;
  const place = placeOf(connector, statement);
  const what = duringScript ? 'the script' : 'the SQL stage';
  const failure = (code: string, told: string, hint: string, path: string): StageFailure => ({
    code,
    message: `${describePlace(place ?? undefined)}${told}`,
    details: [{ path, ...place, message: told, ...(hint === '' ? {} : { hint }) }],
  });
  switch (scriptOverran ? 'TimeExceeded' : end.kind) {
    case 'MemoryExceeded': {
      const told = `${what} needs more memory than spec.sql.limits.memory (${memoryBytes} bytes); it was stopped`;
      return failure('MemoryLimit', told, 'raise it, or read fewer rows and columns at once', 'spec.sql.limits.memory');
    }
    case 'TimeExceeded': {
      const told = `${what} takes longer than spec.sql.limits.seconds (${seconds} s); it was stopped`;
      return failure('TimeLimit', told, 'raise it, or make the script do less', 'spec.sql.limits.seconds');
    }
    case 'DiskExceeded': {
      const told = `${what} writes more to disk than there is room for; it was stopped`;
      return failure('DiskLimit', told, 'keep fewer rows in tables, and drop those that are done with', 'spec.sql');
    }
    default: {
      if (end.kind === 'Exited' && end.code === 0) return null;
      const how = end.kind === 'Exited' ? `with status ${end.code}` : end.kind === 'Killed' ? `by ${end.signal}` : '';
      const said = errorText.trim() === '' ? '' : `: ${hide(errorText.trim())}`;
      const told = `the SQL process ended ${how} before it was done${said}`;
      if (place === null) return { code: 'SqlProcessDied', message: told, details: [] };
      return failure(
        'SqlProcessDied',
        told,
        'the engine did not survive this statement; write it another way',
        'spec.sql',
      );
    }
  }
}

/** Where the statement that was running stands in the file of the script. */
function placeOf({ sql }: ConnectorModel, statement: number | null): FaultDetail | null {
  const found = sql === null || statement === null ? undefined : splitStatements(sql.script).statements[statement];
  if (sql === null || found === undefined) return null;
  return placeFault(sql, { message: '', line: found.line, column: found.column });
}
