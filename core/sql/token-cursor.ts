import type { FaultDetail } from '../errors/app-error.ts';
import type { Token } from './lexer.ts';

/** Walks over the tokens of one statement. Keywords are compared upper-case; quoted names are never keywords. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #next: number;

  constructor(tokens: readonly Token[], start = 0) {
    this.#tokens = tokens;
    this.#next = start;
  }

  get done(): boolean {
    return this.#next >= this.#tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead];
  }

  take(): Token | undefined {
    return this.#tokens[this.#next++];
  }

  /** Takes the words if all of them come next. */
  accept(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isWord(this.peek(index), word))) return false;
    this.#next += words.length;
    return true;
  }

  acceptSymbol(symbol: string): boolean {
    if (!isSymbol(this.peek(), symbol)) return false;
    this.#next++;
    return true;
  }

  /** Takes a bracketed group, brackets included. */
  takeGroup(): readonly Token[] {
    const start = this.#next;
    let depth = 0;
    while (!this.done) {
      const token = this.take();
      if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
      if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
      if (depth === 0) break;
    }
    return this.#tokens.slice(start, this.#next);
  }

  rest(): readonly Token[] {
    return this.#tokens.slice(this.#next);
  }
}

export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'Word' && words.includes(token.value);
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'Symbol' && token.text === symbol;
}

export function isName(token: Token | undefined): token is Token {
  return token?.kind === 'Word' || token?.kind === 'QuotedName';
}

/** The name as the engine knows it. */
export function nameOf(token: Token): string {
  return token.kind === 'Word' ? token.text : token.value;
}

export function faultAt(
  place: { readonly line: number; readonly column: number },
  message: string,
  hint: string,
): FaultDetail {
  return { message, line: place.line, column: place.column, hint };
}
