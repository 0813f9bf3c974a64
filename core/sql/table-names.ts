import type { FaultDetail } from '../errors/app-error.ts';
import { faultOf } from './locate.ts';
import type { Statement } from './statements.ts';
import { faultAt, isName, isSymbol, nameOf } from './token-cursor.ts';
import type { TokenCursor } from './token-cursor.ts';

/** Databases that a script may read. `connector` is the current one. */
export const READABLE_DATABASES: readonly string[] = ['input', 'output', 'connector', 'kizen', 'meta'];
/** Databases in which a script may create, fill, change and drop tables. */
export const WRITABLE_DATABASES: readonly string[] = ['output', 'connector'];

/** Letters of any language, digits, blank, `_`, `-`, `$`, `#`, `&`, `+`, `%`: nothing that is a path, a glob or an address. */
const TABLE_NAME = /^[\p{L}\p{M}\p{N}_ \-$#&+%]+$/u;

/** The name of a table as a statement writes it. */
export interface TableName {
  readonly database: string | null;
  readonly table: string;
  readonly line: number;
  readonly column: number;
}

/** Reads `table` or `database.table`; null where no name stands. */
export function readTableName(cursor: TokenCursor): TableName | null {
  const first = cursor.peek();
  if (!isName(first)) return null;
  cursor.take();
  const place = { line: first.line, column: first.column };
  if (!isSymbol(cursor.peek(), '.')) return { database: null, table: nameOf(first), ...place };
  cursor.take();
  const second = cursor.peek();
  if (!isName(second)) return null;
  cursor.take();
  return { database: nameOf(first), table: nameOf(second), ...place };
}

/** What is wrong with a name, or null. */
export function checkTableName(name: TableName, access: 'Read' | 'Write'): FaultDetail | null {
  const databases = access === 'Read' ? READABLE_DATABASES : WRITABLE_DATABASES;
  if (name.database !== null && !databases.includes(name.database)) {
    return faultAt(
      name,
      `The database ${name.database} is not open to ${access === 'Read' ? 'reading' : 'writing'}.`,
      `Use one of ${databases.join(', ')}.`,
    );
  }
  if (!TABLE_NAME.test(name.table)) {
    return faultAt(
      name,
      `${name.table} is not the name of a table.`,
      'Tables are named with letters, digits, blanks, "_" and "-"; files and addresses cannot be read.',
    );
  }
  return null;
}

/** The same for a name to read as the engine prints it: `table` or `database.table`. */
export function checkPrintedTableName(printed: string, statement: Statement): FaultDetail | null {
  const dot = printed.indexOf('.');
  const name = { database: dot < 0 ? null : printed.slice(0, dot), table: printed.slice(dot + 1) };
  const fault = checkTableName({ ...name, line: statement.line, column: statement.column }, 'Read');
  return fault === null ? null : faultOf(statement, name.table, fault.message, fault.hint ?? '');
}
