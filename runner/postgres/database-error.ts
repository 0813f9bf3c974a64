import pg from 'pg';

import { AppError, messageOf } from '../../core/errors/app-error.ts';

/** SQLSTATE classes and codes after which the same work may succeed. */
const TRANSIENT_CLASSES = new Set(['08', '53']);
const TRANSIENT_CODES = new Set(['40001', '40P01', '55P03', '57P01', '57P02', '57P03', '57P05', '25P03']);

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** What to do where the server takes the connection or the statement from nobody like us. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'check the user and the password of --database',
  '28000': 'check the user of --database',
  '3D000': 'create it, or name another with --database',
  '42501': 'connect as its owner, or as a user who may create schemas in it and owns those of the tool',
  '25006': 'name a server and a user that may write with --database',
  '08P01': 'if a column of the table was changed meanwhile, run again',
};

/** Messages of `pg` itself, which gives connections that ended no code. */
const CONNECTION_ENDED =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/;

/**
 * Classifies what `pg` threw. The code is `Postgres<SQLSTATE>`, or `DatabaseUnavailable` where no server answered.
 * An AppError passes as it is.
 *
 * @param url where the statement went, for the message; its password is left out.
 */
export function databaseError(error: unknown, url?: string): AppError {
  if (error instanceof AppError) {
    return error;
  }
  const where = url === undefined ? '' : ` (${redactUrl(url)})`;
  const state = sqlStateOf(error);
  if (state !== null) {
    const message = redactText(messageOf(error), url);
    const details = serverDetails(error);
    const advice = ADVICE[state];
    return new AppError({
      code: `Postgres${state}`,
      class: isTransient(state) && !isRefusedMessage(error) ? 'transient' : 'terminal',
      message: `PostgreSQL${where}: ${message} [${state}]${details}${advice === undefined ? '' : `; ${advice}`}`,
      cause: error,
    });
  }
  if (isConnectionFault(error)) {
    return new AppError({
      code: 'DatabaseUnavailable',
      class: 'transient',
      message: `PostgreSQL${where} does not answer: ${redactText(messageOf(error), url) || 'connection failed'}; check that it runs and that the address is right`,
      cause: error,
    });
  }
  return new AppError({
    code: 'DatabaseError',
    class: 'terminal',
    message: `PostgreSQL${where}: ${redactText(messageOf(error), url)}`,
    cause: error,
  });
}

/** Errors after which the database is there again by itself, or the same work passes when others have ended theirs. */
const OUTAGE_CODES = new Set([...TRANSIENT_CODES, '53300']);
/** The server is there, and takes no more connections for now. */
const STARTING_CODES = new Set(['57P03', '53300']);

/** Whether the database was away, or busy with others, so that waiting is likely to help. */
export function isOutage(error: unknown): error is AppError {
  if (!(error instanceof AppError) || error.class !== 'transient') return false;
  const state = sqlStateOf(error);
  if (state === null) return error.code === 'DatabaseUnavailable' || error.code === 'TurnLost';
  return OUTAGE_CODES.has(state) || state.startsWith('08');
}

/** The server ends sessions or takes none: it stops, it starts, or its connections are all taken. */
const AWAY_CODES = new Set(['57P01', '57P02', '57P03', '53300']);

/** Whether no work at all was possible with the database: narrower than `isOutage`, which is of one piece of work. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof AppError) || error.class !== 'transient') return false;
  if (error.code === 'TurnLost') return isDatabaseAway(databaseError(error.cause));
  const state = sqlStateOf(error);
  return state === null ? error.code === 'DatabaseUnavailable' : AWAY_CODES.has(state) || state.startsWith('08');
}

/** Whether a server answered that it will take connections before long. */
export function isStarting(error: unknown): error is AppError {
  return error instanceof AppError && STARTING_CODES.has(sqlStateOf(error) ?? '');
}

/** Whether PostgreSQL or the connection to it is at fault, where other things can be too. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof pg.DatabaseError || (error instanceof Error && CONNECTION_ENDED.test(error.message));
}

/** The SQLSTATE of an error from PostgreSQL, wrapped or not; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  if (error instanceof AppError) {
    const match = /^Postgres([0-9A-Z]{5})$/.exec(error.code);
    return match?.[1] ?? null;
  }
  return error instanceof pg.DatabaseError && error.code !== undefined ? error.code : null;
}

/** A connection URL as it may be shown: without password and without query parameters. */
export function redactUrl(url: string): string {
  const match = /^(postgres(?:ql)?:\/\/)(?:([^:@/?#]*)(?::[^@]*)?@)?([^?#]*)/.exec(url);
  if (match === null) {
    return 'the database';
  }
  const user = match[2] === undefined || match[2] === '' ? '' : `${match[2]}@`;
  return `${match[1] ?? ''}${user}${match[3] ?? ''}`;
}

function isTransient(state: string): boolean {
  return TRANSIENT_CODES.has(state) || TRANSIENT_CLASSES.has(state.slice(0, 2));
}

/**
 * The server read a message to the end and could make nothing of it, such as rows for a column that has another type by now:
 * the same message fares no better. Poolers use the same code where they lost the server, but name no place in its source.
 */
function isRefusedMessage(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '08P01' && error.routine !== undefined;
}

function isConnectionFault(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.some(isConnectionFault);
  }
  if (!(error instanceof Error)) {
    return false;
  }
  const code = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && NETWORK_CODES.has(code)) || CONNECTION_ENDED.test(error.message);
}

/** Where the server says so: the constraint or the column, never a value (`detail` quotes the row). */
function serverDetails(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) {
    return '';
  }
  const places = [
    error.table === undefined ? null : `table ${error.table}`,
    error.column === undefined ? null : `column ${error.column}`,
    error.constraint === undefined ? null : `constraint ${error.constraint}`,
  ].filter((place) => place !== null);
  return places.length === 0 ? '' : ` (${places.join(', ')})`;
}

function redactText(text: string, url: string | undefined): string {
  const password = url === undefined ? undefined : passwordOf(url);
  if (password === undefined) {
    return text;
  }
  return [password, decodeURIComponentSafely(password)].reduce(
    (redacted, secret) => (secret.length < 3 ? redacted : redacted.replaceAll(secret, '***')),
    text,
  );
}

function passwordOf(url: string): string | undefined {
  return /^postgres(?:ql)?:\/\/[^:@/?#]*:([^@]*)@/.exec(url)?.[1];
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
