import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

const escapeText = (text: string): string =>
  /[\\\t\n\r\b\f\v]/.test(text) ? text.replace(/[\\\t\n\r\b\f\v]/g, (c) => escapes[c] ?? c) : text;

/** A list as the text of an array of PostgreSQL. */
export function renderArray(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** A value as one column of `COPY … FROM STDIN` in text format. */
export function renderCopyColumn(value: FieldValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return escapeText(typeof value === 'string' ? value : renderArray(value));
}

/** Makes the columns of a `COPY … FROM STDIN` line out of a record's fields, each with a tab in front. */
export function compileCopyFields(
  fields: readonly FieldModel[],
): (values: Readonly<Record<string, FieldValue>>) => string {
  const names = fields.map((field) => field.name);
  return (values) => {
    let line = '';
    for (const name of names) line += `\t${renderCopyColumn(values[name] ?? null)}`;
    return line;
  };
}
