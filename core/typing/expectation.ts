import type { VariableType } from '../model/connector.ts';
import { BOOLEAN_FORMATS } from './formats.ts';
import { DETECTED } from './read-time.ts';

/** The code of the problem of a value that is not of its type. */
export function problemCode(type: VariableType): string {
  return type === 'UUID' ? 'InvalidUuid' : `Invalid${type}`;
}

/** What a value of the type looks like, for `… is not a Date (expected …)`. */
export function expectation(type: VariableType, format: string | null): string {
  const shown = format === null ? null : displayFormat(format);
  switch (type) {
    case 'Boolean': {
      const words = shown === null ? undefined : Object.entries(BOOLEAN_FORMATS).find(([name]) => name === shown)?.[1];
      return words === undefined ? 'True or False' : `${words[0]} or ${words[1]}, as ${shown}`;
    }
    case 'Number':
      return shown === 'DecimalComma' ? 'a number such as 1.234,56' : 'a number such as 1,234.56';
    case 'Date':
    case 'DateTime':
      return `a real ${type === 'Date' ? 'date' : 'date and time'}, as ${shown ?? 'YYYY-MM-DD'}`;
    case 'Email':
      return 'an address such as name@example.com';
    case 'PhoneNumber':
      return 'a phone number such as +1 213 373 4253';
    case 'UUID':
      return '32 hexadecimal digits, with or without hyphens and braces';
    case 'String':
      return 'a text';
  }
}

/** A format as people write it in a manifest. */
export function displayFormat(format: string): string {
  return format.startsWith(DETECTED) ? format.slice(DETECTED.length) : format;
}

/** `an Email`, `a Date`. */
export function withArticle(type: VariableType): string {
  return `${type === 'Email' ? 'an' : 'a'} ${type}`;
}
