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

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** A value as one column of `COPY … FROM STDIN` in text format. */
export function renderCopyColumn(value: FieldValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return escapeText(typeof value === 'string' ? value : arrayLiteral(value));
}

/** The id and the fields of a record as one line of `COPY … FROM STDIN`, without what follows. */
export function renderCopyFields(fields: readonly FieldModel[], values: Readonly<Record<string, FieldValue>>): string {
  let line = '';
  for (const field of fields) line += `\t${renderCopyColumn(values[field.name] ?? null)}`;
  return line;
}
