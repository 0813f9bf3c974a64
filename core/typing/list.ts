import type { ArrayDelimiter } from '../model/connector.ts';
import { quoteText } from './sql-text.ts';

/** White space that counts at both ends of a value. */
export const WHITE_SPACE = ' \t\n\r\f\v';
const ENDS = /^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g;

/** A text without white space at its ends. */
export function trimText(text: string): string {
  return text.replace(ENDS, '');
}

/** Elements of a list as text: trimmed, blank ones dropped. */
export function splitList(text: string, delimiter: ArrayDelimiter): string[] {
  const [open, close] = delimiter;
  if (close === undefined) return elementsOf(text.split(delimiter));
  const trimmed = trimText(text);
  const inner =
    trimmed.startsWith(open ?? '') && trimmed.endsWith(close) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
  return elementsOf(inner.split(',').map((element) => trimText(element).replace(/^"(.*)"$/s, '$1')));
}

function elementsOf(texts: readonly string[]): string[] {
  return texts.map(trimText).filter((text) => text !== '');
}

/** `splitList` in ClickHouse: an expression of type Array(String), blank elements not yet dropped nor trimmed. */
export function splitListSql(text: string, delimiter: ArrayDelimiter): string {
  const [open = '', close] = delimiter;
  if (close === undefined) return `splitByChar(${quoteText(delimiter)}, ${text})`;
  const trimmed = `trimBoth(${text}, ${quoteText(WHITE_SPACE)})`;
  const enclosed = `startsWith(${trimmed}, ${quoteText(open)}) AND endsWith(${trimmed}, ${quoteText(close)}) AND length(${trimmed}) > 1`;
  const inner = `if(${enclosed}, substring(${trimmed}, 2, length(${trimmed}) - 2), ${trimmed})`;
  const unquoted = `replaceRegexpOne(trimBoth(x, ${quoteText(WHITE_SPACE)}), '^"(.*)"$', '\\\\1')`;
  return `arrayMap(x -> ${unquoted}, splitByChar(',', ${inner}))`;
}
