import type { FaultDetail } from '../errors/app-error.ts';

/** A place in a script: offset in UTF-16 units from 0; line and column from 1, the column in code points. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export type TokenKind = 'Word' | 'QuotedName' | 'String' | 'Number' | 'Symbol' | 'Comment';

export interface Token extends Place {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Words: upper-case, for keywords. Quoted names and strings: unescaped. Otherwise as written. */
  readonly value: string;
}

export interface LexResult {
  readonly tokens: readonly Token[];
  readonly faults: readonly FaultDetail[];
}

type Reading =
  { readonly length: number; readonly kind: TokenKind } | { readonly fault: string; readonly hint: string };

const BLANK = /[ \t\n\r\f\v]+/uy;
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/uy;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)/uy;
const SIMPLE_INTEGER = /[0-9]+/uy;
const LINE_COMMENT = /(?:--|\/\/|# |#!)[^\n]*/uy;
const CODED_STRING = /(?:[xX]'[0-9a-fA-F]*'|[bB]'[01]*')/uy;
const SYMBOL = /(?:->|==|!=|<=>|<=|<>|>=|::|\|\||[()[\],;.+\-*/%=<>?:^])/uy;

/**
 * Splits a script into tokens exactly as the engine would, or says where it cannot be sure. Whatever the engine could
 * read in two ways (heredocs, query parameters, odd blanks, typographic quotes, malformed numbers) is a fault: the fence
 * stands on both sides seeing the same statements.
 */
export function lex(script: string): LexResult {
  const tokens: Token[] = [];
  const faults: FaultDetail[] = [];
  const places = new PlaceFinder(script);
  const nul = script.indexOf('\0');
  if (nul >= 0) {
    const { line, column } = new PlaceFinder(script).at(nul);
    return { tokens, faults: [{ message: 'The script holds a NUL character.', line, column, hint: 'Remove it.' }] };
  }
  let offset = 0;
  let afterDot = false;
  while (offset < script.length) {
    const blank = matchAt(BLANK, script, offset);
    if (blank > 0) {
      offset += blank;
      continue;
    }
    const place = places.at(offset);
    const reading = read(script, offset, afterDot);
    if ('fault' in reading) {
      faults.push({ message: reading.fault, line: place.line, column: place.column, hint: reading.hint });
      return { tokens, faults };
    }
    const text = script.slice(offset, offset + reading.length);
    const value = valueOf(reading.kind, text);
    if (reading.kind === 'QuotedName' && /\p{Cc}/u.test(value)) {
      faults.push({
        message: 'A quoted name holds a control character.',
        line: place.line,
        column: place.column,
        hint: 'Name it with letters, digits, blanks and underscores.',
      });
    }
    tokens.push({ ...place, kind: reading.kind, text, value });
    if (reading.kind !== 'Comment') afterDot = text === '.';
    offset += reading.length;
  }
  return { tokens, faults };
}

function read(script: string, offset: number, afterDot: boolean): Reading {
  const char = script[offset] ?? '';
  if (char === "'" || char === '"' || char === '`') return readQuoted(script, offset, char);
  if (script.startsWith('/*', offset)) return readBlockComment(script, offset);
  const comment = matchAt(LINE_COMMENT, script, offset);
  if (comment > 0) return { length: comment, kind: 'Comment' };
  const coded = matchAt(CODED_STRING, script, offset);
  if (coded > 0) return { length: coded, kind: 'String' };
  const word = matchAt(WORD, script, offset);
  if (word > 0) {
    // x'…' and b'…' with wrong digits: the engine reads on to the end of the script.
    if (/^[xXbB]$/u.test(script.slice(offset, offset + word)) && script[offset + word] === "'") {
      return { fault: 'A hexadecimal or binary string is malformed.', hint: "Write x'4142' or b'0101'." };
    }
    return { length: word, kind: 'Word' };
  }
  // After a dot only a plain integer: x.1.1 is an element of an element.
  const number = matchAt(afterDot ? SIMPLE_INTEGER : NUMBER, script, offset);
  if (number > 0) return readNumber(script, offset, number);
  const symbol = matchAt(SYMBOL, script, offset);
  if (symbol > 0) return { length: symbol, kind: 'Symbol' };
  return oddCharacter(script, offset);
}

function readNumber(script: string, offset: number, length: number): Reading {
  if (/[A-Za-z0-9_$'"`]/u.test(script[offset + length] ?? '')) {
    return {
      fault: 'A number runs into a name or is malformed.',
      hint: 'Put a blank between them, or quote a name that begins with a digit: `2020_sales`.',
    };
  }
  return { length, kind: 'Number' };
}

function readQuoted(script: string, offset: number, quote: string): Reading {
  for (let end = offset + 1; end < script.length; end++) {
    const char = script[end];
    if (char === '\\') end++;
    else if (char === quote && script[end + 1] === quote) end++;
    else if (char === quote) return { length: end + 1 - offset, kind: quote === "'" ? 'String' : 'QuotedName' };
  }
  return { fault: `The quote ${quote} is not closed.`, hint: 'Close it; inside, write it twice or after a backslash.' };
}

function readBlockComment(script: string, offset: number): Reading {
  let depth = 0;
  for (let end = offset; end + 1 < script.length;) {
    const pair = script.slice(end, end + 2);
    if (pair === '/*') depth++;
    else if (pair === '*/') depth--;
    end += pair === '/*' || pair === '*/' ? 2 : 1;
    if (depth === 0) return { length: end - offset, kind: 'Comment' };
  }
  return { fault: 'A comment is not closed.', hint: 'Block comments nest: every /* needs its own */.' };
}

function oddCharacter(script: string, offset: number): Reading {
  const code = script.codePointAt(offset) ?? 0;
  const char = String.fromCodePoint(code);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (char === '$') {
    return { fault: 'Heredocs ($…$) are not allowed.', hint: 'Write a string in single quotes.' };
  }
  if (char === '{' || char === '}') {
    return {
      fault: 'Query parameters ({name:Type}) are not allowed.',
      hint: 'Read the value from meta.parameters: (SELECT value FROM meta.parameters WHERE name = …).',
    };
  }
  if (char === '\\')
    return { fault: 'A backslash outside quotes is not allowed.', hint: 'Client commands do not run here.' };
  if (char === '@') return { fault: 'Variables (@, @@) are not allowed.', hint: 'Remove them.' };
  if (code < 0x20 || code === 0x7f)
    return { fault: `The control character ${name} is not allowed here.`, hint: 'Remove it.' };
  if (code < 0x80)
    return { fault: `The character ${char} is not allowed here.`, hint: 'Remove it, or put it into quotes.' };
  return {
    fault: `The character ${name} is not allowed outside strings, quoted names and comments.`,
    hint: 'Use plain blanks and straight quotes; quote names that are not plain letters.',
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  N: '',
};

function valueOf(kind: TokenKind, text: string): string {
  if (kind === 'Word') return text.toUpperCase();
  if (kind === 'String' && !text.startsWith("'")) return text;
  if (kind !== 'String' && kind !== 'QuotedName') return text;
  const quote = text[0] ?? '';
  return text
    .slice(1, -1)
    .replace(
      /\\x([0-9a-fA-F]{2})|\\([\s\S])|(['"`])\3/gu,
      (whole, hex?: string, escaped?: string, doubled?: string) => {
        if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
        if (escaped !== undefined) return ESCAPES[escaped] ?? escaped;
        return doubled === quote ? quote : whole;
      },
    );
}

function matchAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Lines and columns of rising offsets, in one pass over the script. */
class PlaceFinder {
  readonly #script: string;
  #offset = 0;
  #line = 1;
  #column = 1;

  constructor(script: string) {
    this.#script = script;
  }

  at(offset: number): Place {
    while (this.#offset < offset) {
      const code = this.#script.codePointAt(this.#offset) ?? 0;
      this.#offset += code > 0xffff ? 2 : 1;
      if (code === 0x0a) {
        this.#line++;
        this.#column = 1;
      } else {
        this.#column++;
      }
    }
    return { offset, line: this.#line, column: this.#column };
  }
}
