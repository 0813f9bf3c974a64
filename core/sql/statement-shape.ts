import type { FaultDetail } from '../errors/app-error.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './statements.ts';
import { checkTableName, readTableName } from './table-names.ts';
import { faultAt, isName, isSymbol, isWord, nameOf, TokenCursor } from './token-cursor.ts';
import { checkValues } from './values-data.ts';

/** The root that the engine's syntax tree must have for a statement of this kind. */
export type StatementKind =
  | 'SelectWithUnionQuery'
  | 'CreateQuery'
  | 'InsertQuery'
  | 'DropQuery'
  | 'TruncateQuery'
  | 'Rename'
  | 'AlterQuery'
  | 'DeleteQuery';

/** What the head of a statement says: the part that the engine's syntax tree leaves out or blurs. */
export interface StatementShape {
  readonly kind: StatementKind;
  /** CREATE … ENGINE = name. */
  readonly engine: string | null;
  /** Whether a query follows (CREATE … AS SELECT, INSERT … SELECT). */
  readonly query: boolean;
}

export interface ShapeResult {
  readonly shape: StatementShape | null;
  readonly faults: readonly FaultDetail[];
}

const ALLOWED =
  'Allowed are SELECT, WITH, CREATE TABLE, CREATE VIEW, INSERT INTO, DROP, TRUNCATE, RENAME, ALTER TABLE and DELETE FROM.';

/** Reads the head of a statement by a grammar of our own that knows the allowed forms only. */
export function readShape(statement: Statement): ShapeResult {
  const reader = new ShapeReader(statement);
  const shape = reader.read();
  return { shape: reader.faults.length > 0 ? null : shape, faults: reader.faults };
}

class ShapeReader {
  readonly faults: FaultDetail[] = [];
  readonly #statement: Statement;
  readonly #cursor: TokenCursor;

  constructor(statement: Statement) {
    this.#statement = statement;
    this.#cursor = new TokenCursor(statement.tokens);
  }

  read(): StatementShape | null {
    const first = this.#cursor.peek();
    if (isSymbol(first, '(') || isWord(first, 'SELECT', 'WITH', 'FROM')) return shape('SelectWithUnionQuery', true);
    if (this.#cursor.accept('CREATE')) return this.#create();
    if (this.#cursor.accept('INSERT')) return this.#insert();
    if (this.#cursor.accept('DROP')) return this.#drop();
    if (this.#cursor.accept('TRUNCATE')) return this.#truncate();
    if (this.#cursor.accept('RENAME')) return this.#rename();
    if (this.#cursor.accept('ALTER')) return this.#alter();
    if (this.#cursor.accept('DELETE')) return this.#delete();
    return this.#refuse(`${first?.text ?? ''} statements are not allowed.`, ALLOWED, this.#statement);
  }

  #create(): StatementShape | null {
    const cursor = this.#cursor;
    cursor.accept('OR', 'REPLACE');
    const temporary = cursor.accept('TEMPORARY');
    const view = cursor.accept('VIEW');
    if (!view && !cursor.accept('TABLE')) {
      return this.#refuse('Only tables and views can be created.', 'Write CREATE TABLE or CREATE VIEW.');
    }
    cursor.accept('IF', 'NOT', 'EXISTS');
    const before = cursor.peek(1);
    this.#table('Write');
    if (temporary && isSymbol(before, '.')) {
      this.#refuse('A temporary table has no database.', 'Write its name alone.');
    }
    if (isSymbol(cursor.peek(), '(')) this.#checkColumns(cursor.takeGroup());
    return this.#createClauses(view);
  }

  /** What the syntax tree does not show: columns whose values expire. A name comes first; the word behind it is the clause. */
  #checkColumns(group: readonly Token[]): void {
    let depth = 0;
    for (const [index, token] of group.entries()) {
      if (isSymbol(token, '(')) depth++;
      if (isSymbol(token, ')')) depth--;
      const before = group[index - 1];
      if (depth === 1 && isWord(token, 'TTL') && !isSymbol(before, '(') && !isSymbol(before, ',')) {
        this.#refuse('TTL is not allowed.', 'Remove it; if it is the name of a column, quote it.', token);
      }
    }
  }

  /** What may stand between the columns and the query, in any order. */
  #createClauses(view: boolean): StatementShape | null {
    const cursor = this.#cursor;
    let engine: string | null = null;
    while (!cursor.done) {
      if (!view && cursor.accept('ENGINE')) {
        cursor.acceptSymbol('=');
        const name = cursor.take();
        if (!isName(name)) return this.#refuse('ENGINE needs a name.', 'Write ENGINE = Memory.');
        engine = nameOf(name);
        if (isSymbol(cursor.peek(), '(')) cursor.takeGroup();
      } else if (!view && this.#acceptKey()) {
        this.#skipExpression();
      } else if (cursor.accept('COMMENT')) {
        cursor.take();
      } else if (cursor.accept('EMPTY')) {
        if (!isWord(cursor.peek(), 'AS'))
          return this.#refuse('EMPTY stands before AS only.', 'Write EMPTY AS SELECT …');
      } else if (cursor.accept('AS')) {
        if (isQueryStart(cursor)) return { kind: 'CreateQuery', engine, query: true };
        this.#table('Read');
        if (isSymbol(cursor.peek(), '(')) {
          return this.#refuse('A table cannot be created as a table function.', 'Write AS SELECT * FROM …');
        }
      } else {
        const clause = cursor.peek()?.text ?? '';
        return this.#refuse(
          `${clause} is not allowed here.`,
          'CREATE takes columns, ENGINE, keys, COMMENT and AS SELECT.',
        );
      }
    }
    return { kind: 'CreateQuery', engine, query: false };
  }

  #acceptKey(): boolean {
    const cursor = this.#cursor;
    return (
      ['ORDER', 'PARTITION', 'SAMPLE'].some((word) => cursor.accept(word, 'BY')) || cursor.accept('PRIMARY', 'KEY')
    );
  }

  /** An expression and what is listed after it; the first word is a name even where it is one of a clause. */
  #skipExpression(): void {
    const cursor = this.#cursor;
    do {
      if (isSymbol(cursor.peek(), '(') || isSymbol(cursor.peek(), '[')) cursor.takeGroup();
      else cursor.take();
    } while (!cursor.done && !isWord(cursor.peek(), ...CREATE_CLAUSES));
  }

  #insert(): StatementShape | null {
    const cursor = this.#cursor;
    if (!cursor.accept('INTO')) return this.#refuse('INSERT needs INTO.', 'Write INSERT INTO output.name …');
    cursor.accept('TABLE');
    if (isWord(cursor.peek(), 'FUNCTION')) {
      return this.#refuse('INSERT INTO FUNCTION is not allowed.', 'Rows go into tables of output and connector only.');
    }
    this.#table('Write');
    if (isSymbol(cursor.peek(), '(') && !isWord(cursor.peek(1), 'SELECT', 'WITH') && !isSymbol(cursor.peek(1), '(')) {
      cursor.takeGroup();
    }
    if (cursor.accept('VALUES')) {
      this.faults.push(...checkValues(cursor.rest()));
      return shape('InsertQuery', false);
    }
    if (isWord(cursor.peek(), 'SELECT', 'WITH') || isSymbol(cursor.peek(), '(')) return shape('InsertQuery', true);
    return this.#refuse('INSERT takes its rows from VALUES or SELECT.', 'Write INSERT INTO output.name SELECT …');
  }

  #drop(): StatementShape | null {
    const cursor = this.#cursor;
    cursor.accept('TEMPORARY');
    if (!cursor.accept('TABLE') && !cursor.accept('VIEW')) {
      return this.#refuse('Only tables and views can be dropped.', 'Write DROP TABLE or DROP VIEW.');
    }
    cursor.accept('IF', 'EXISTS');
    do this.#table('Write');
    while (cursor.acceptSymbol(','));
    cursor.accept('SYNC');
    return this.#end('DropQuery');
  }

  #truncate(): StatementShape | null {
    this.#cursor.accept('TABLE');
    this.#cursor.accept('IF', 'EXISTS');
    this.#table('Write');
    return this.#end('TruncateQuery');
  }

  #rename(): StatementShape | null {
    const cursor = this.#cursor;
    if (!cursor.accept('TABLE')) return this.#refuse('Only tables can be renamed.', 'Write RENAME TABLE a TO b.');
    do {
      cursor.accept('IF', 'EXISTS');
      this.#table('Write');
      if (!cursor.accept('TO')) return this.#refuse('RENAME needs TO.', 'Write RENAME TABLE a TO b.');
      this.#table('Write');
    } while (cursor.acceptSymbol(','));
    return this.#end('Rename');
  }

  /** Which commands are allowed is seen in the syntax tree; here only what the tree does not show. */
  #alter(): StatementShape | null {
    const cursor = this.#cursor;
    cursor.accept('TEMPORARY');
    if (!cursor.accept('TABLE')) return this.#refuse('Only tables can be altered.', 'Write ALTER TABLE output.name …');
    this.#table('Write');
    if (
      !isSymbol(cursor.peek(), '(') &&
      !isWord(cursor.peek(), 'ADD', 'DROP', 'CLEAR', 'MODIFY', 'ALTER', 'RENAME', 'COMMENT', 'UPDATE', 'DELETE')
    ) {
      return this.#refuse(
        `${cursor.peek()?.text ?? 'Nothing'} is not an allowed change.`,
        'Add, drop, modify or rename columns; UPDATE or DELETE rows.',
      );
    }
    for (const token of cursor.rest()) {
      if (isWord(token, 'SETTING', 'SETTINGS', 'PARTITION', 'CLUSTER', 'TTL', 'CODEC')) {
        this.#refuse(`${token.text} is not allowed in ALTER TABLE.`, 'If it is the name of a column, quote it.', token);
      }
    }
    return shape('AlterQuery', false);
  }

  #delete(): StatementShape | null {
    const cursor = this.#cursor;
    if (!cursor.accept('FROM')) return this.#refuse('DELETE needs FROM.', 'Write DELETE FROM output.name WHERE …');
    this.#table('Write');
    if (!isWord(cursor.peek(), 'WHERE'))
      return this.#refuse('DELETE needs WHERE.', 'Write DELETE FROM output.name WHERE …');
    return shape('DeleteQuery', false);
  }

  #table(access: 'Read' | 'Write'): void {
    const place = this.#cursor.peek() ?? this.#statement;
    const name = readTableName(this.#cursor);
    const fault =
      name === null
        ? faultAt(place, 'Here the name of a table belongs.', 'Write output.name.')
        : checkTableName(name, access);
    if (fault !== null) this.faults.push(fault);
  }

  #end(kind: StatementKind): StatementShape | null {
    const token = this.#cursor.peek();
    if (token === undefined) return shape(kind, false);
    return this.#refuse(`${token.text} is not allowed here.`, 'End the statement with a semicolon.', token);
  }

  #refuse(message: string, hint: string, place?: { readonly line: number; readonly column: number }): null {
    // One fault a place is enough: what follows a word that does not belong is guesswork.
    if (this.faults.length === 0 || place !== undefined) {
      this.faults.push(faultAt(place ?? this.#cursor.peek() ?? this.#statement, message, hint));
    }
    return null;
  }
}

function shape(kind: StatementKind, query: boolean): StatementShape {
  return { kind, engine: null, query };
}

const CREATE_CLAUSES = 'ENGINE ORDER PARTITION SAMPLE PRIMARY COMMENT EMPTY AS TTL SETTINGS'.split(' ');

/** SELECT, WITH or FROM, be it in brackets. */
function isQueryStart(cursor: TokenCursor): boolean {
  let ahead = 0;
  let token: Token | undefined = cursor.peek(ahead);
  while (isSymbol(token, '(')) token = cursor.peek(++ahead);
  return isWord(token, 'SELECT', 'WITH', 'FROM');
}
