import { AppError } from '../../core/errors/app-error.ts';

/** What a parameter may be: text in PostgreSQL's own notation, or something `pg` writes without loss. */
export type SqlValue = string | number | boolean | null | readonly (string | null)[] | Buffer;

/** A statement for `pg`: text with `$1`… and the values they stand for. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** PostgreSQL cuts longer identifiers silently, so that two fields could become one column. */
export const MAX_IDENTIFIER_BYTES = 63;

/**
 * The one function that turns a name into an SQL identifier.
 *
 * @throws AppError `IdentifierInvalid` where PostgreSQL could not hold the name as it is.
 */
export function quoteIdentifier(name: string): string {
  const fault = identifierFault(name);
  if (fault !== null) {
    throw new AppError({ code: 'IdentifierInvalid', class: 'terminal', message: fault });
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"`, each part through quoteIdentifier. */
export function quoteQualified(...names: readonly string[]): string {
  return names.map(quoteIdentifier).join('.');
}

/** A constant where no parameter may stand, as in COMMENT or in COPY (SELECT …). Prefer parameters. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) {
    throw new AppError({
      code: 'TextInvalid',
      class: 'terminal',
      message: 'a text with a NUL character cannot be stored in PostgreSQL; remove the character',
    });
  }
  const escaped = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/**
 * Text around its parameters, so that a fragment can stand inside another under other numbers. The text is never searched
 * for `$1`: a quoted identifier may hold that.
 */
class Fragment implements SqlText {
  /** One more than there are values. */
  readonly strings: readonly string[];
  readonly values: readonly SqlValue[];

  constructor(strings: readonly string[], values: readonly SqlValue[]) {
    this.strings = strings;
    this.values = values;
  }

  get text(): string {
    return this.strings.map((part, index) => (index === 0 ? part : `$${index}${part}`)).join('');
  }
}

/** SQL written in this code base, never a value from outside. */
export function raw(text: string): SqlText {
  return new Fragment([text], []);
}

/** One or more names as a qualified identifier. */
export function identifier(...names: readonly string[]): SqlText {
  return new Fragment([quoteQualified(...names)], []);
}

/** Builds a statement: fragments are spliced in and renumbered, everything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | SqlText)[]): SqlText {
  const pieces = new Pieces(strings[0] ?? '');
  parts.forEach((part, index) => {
    if (isSqlText(part)) {
      pieces.addFragment(part);
    } else {
      pieces.addValue(part);
    }
    pieces.addText(strings[index + 1] ?? '');
  });
  return pieces.build();
}

/** Fragments one after another, with a separator between them. */
export function joinSql(fragments: readonly SqlText[], separator: string): SqlText {
  const pieces = new Pieces('');
  fragments.forEach((fragment, index) => {
    pieces.addText(index === 0 ? '' : separator);
    pieces.addFragment(fragment);
  });
  return pieces.build();
}

/**
 * A statement with its parameters written into the text as literals, for the places where PostgreSQL takes none: COPY
 * (SELECT …), COMMENT, CREATE VIEW. Every parameter must be a text, and the statement must cast it where it is no text.
 */
export function inlineValues(statement: SqlText): string {
  const { strings, values } = fragmentOf(statement);
  return strings
    .map((part, index) => {
      if (index === 0) {
        return part;
      }
      const value = values[index - 1];
      if (typeof value !== 'string') {
        throw misuse(`parameter $${index} of a statement is not a text and cannot be written into it`);
      }
      return quoteLiteral(value) + part;
    })
    .join('');
}

/** Collects the text between parameters. */
class Pieces {
  readonly #strings: string[];
  readonly #values: SqlValue[] = [];

  constructor(first: string) {
    this.#strings = [first];
  }

  addText(text: string): void {
    this.#strings.push((this.#strings.pop() ?? '') + text);
  }

  addValue(value: SqlValue): void {
    this.#values.push(value);
    this.#strings.push('');
  }

  addFragment(fragment: SqlText): void {
    const { strings, values } = fragmentOf(fragment);
    strings.forEach((part, index) => {
      const value = values[index - 1];
      if (value !== undefined) {
        this.addValue(value);
      }
      this.addText(part);
    });
  }

  build(): SqlText {
    return new Fragment(this.#strings, this.#values);
  }
}

function fragmentOf(statement: SqlText): Fragment {
  if (statement instanceof Fragment) {
    return statement;
  }
  if (statement.values.length > 0) {
    throw misuse('only statements made by sql`…` can stand inside another');
  }
  return new Fragment([statement.text], []);
}

function misuse(message: string): AppError {
  return new AppError({ code: 'InternalError', class: 'terminal', message });
}

function isSqlText(part: SqlValue | SqlText): part is SqlText {
  return typeof part === 'object' && part !== null && 'text' in part && 'values' in part;
}

function identifierFault(name: string): string | null {
  if (name === '') {
    return 'an empty name cannot be an SQL identifier';
  }
  if (name.includes('\0')) {
    return `the name ${JSON.stringify(name)} holds a NUL character and cannot be an SQL identifier`;
  }
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes > MAX_IDENTIFIER_BYTES) {
    return `the name ${JSON.stringify(name)} has ${bytes} bytes; PostgreSQL holds at most ${MAX_IDENTIFIER_BYTES}: choose a shorter one`;
  }
  return null;
}
