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

/** SQL text that may stand inside another; made only by `raw`, `identifier` and `sql` itself. */
class Fragment implements SqlText {
  readonly text: string;
  readonly values: readonly SqlValue[];

  constructor(text: string, values: readonly SqlValue[] = []) {
    this.text = text;
    this.values = values;
  }
}

/** SQL written in this code base, never a value from outside. */
export function raw(text: string): SqlText {
  return new Fragment(text);
}

/** One or more names as a qualified identifier. */
export function identifier(...names: readonly string[]): SqlText {
  return new Fragment(quoteQualified(...names));
}

/** Builds a statement: fragments are spliced in and renumbered, everything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | SqlText)[]): SqlText {
  const values: SqlValue[] = [];
  let text = strings[0] ?? '';
  parts.forEach((part, index) => {
    text += isSqlText(part) ? splice(part, values) : parameter(part, values);
    text += strings[index + 1] ?? '';
  });
  return new Fragment(text, values);
}

/** Fragments one after another, with a separator between them. */
export function joinSql(fragments: readonly SqlText[], separator: string): SqlText {
  const values: SqlValue[] = [];
  const text = fragments.map((fragment) => splice(fragment, values)).join(separator);
  return new Fragment(text, values);
}

/**
 * A statement with its parameters written into the text as literals, for the places where PostgreSQL takes none: COPY
 * (SELECT …), COMMENT, CREATE VIEW. Every parameter must be a text, and the statement must cast it where it is no text.
 */
export function inlineValues(statement: SqlText): string {
  return statement.text.replaceAll(/\$(\d+)/g, (_whole, number: string) => {
    const value = statement.values[Number(number) - 1];
    if (typeof value !== 'string') {
      throw new AppError({
        code: 'InternalError',
        class: 'terminal',
        message: `parameter $${number} of a statement is not a text and cannot be written into it`,
      });
    }
    return quoteLiteral(value);
  });
}

function isSqlText(part: SqlValue | SqlText): part is SqlText {
  return typeof part === 'object' && part !== null && 'text' in part && 'values' in part;
}

function parameter(value: SqlValue, values: SqlValue[]): string {
  values.push(value);
  return `$${values.length}`;
}

/** Renumbers the parameters. Text in this code base holds no `$1` inside string constants. */
function splice(fragment: SqlText, values: SqlValue[]): string {
  const offset = values.length;
  values.push(...fragment.values);
  if (offset === 0) {
    return fragment.text;
  }
  return fragment.text.replaceAll(/\$(\d+)/g, (_whole, number: string) => `$${Number(number) + offset}`);
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
