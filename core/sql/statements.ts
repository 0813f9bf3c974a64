import type { FaultDetail } from '../errors/app-error.ts';
import { lex } from './lexer.ts';
import type { Token } from './lexer.ts';

/** One statement of a script. Its place is that of its first token. */
export interface Statement {
  /** From 0, in the order of the script. */
  readonly index: number;
  /**
   * What the engine is given: no semicolon at the end, and every comment replaced by blanks of the same length, so that
   * offsets, lines and columns stay those of the script.
   */
  readonly text: string;
  /** In UTF-16 units from the start of the script. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in code points. */
  readonly column: number;
  /** Without comments; places are those of the script. */
  readonly tokens: readonly Token[];
}

/**
 * Splits a script at its semicolons; statements without a token are left out. With any fault, nothing of the script may
 * run: from the fault on, nobody knows where a statement ends.
 */
export function splitStatements(script: string): { statements: Statement[]; faults: FaultDetail[] } {
  const { tokens, faults } = lex(script);
  const plain = blankOut(
    script,
    tokens.filter((token) => token.kind === 'Comment'),
  );
  const statements: Statement[] = [];
  let current: Token[] = [];
  const close = (): void => {
    const [first] = current;
    const last = current.at(-1);
    if (first !== undefined && last !== undefined) {
      statements.push({
        index: statements.length,
        text: plain.slice(first.offset, last.offset + last.text.length),
        offset: first.offset,
        line: first.line,
        column: first.column,
        tokens: current,
      });
    }
    current = [];
  };
  for (const token of tokens) {
    if (token.kind === 'Symbol' && token.text === ';') close();
    else if (token.kind !== 'Comment') current.push(token);
  }
  close();
  return { statements, faults: [...faults] };
}

function blankOut(script: string, comments: readonly Token[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const comment of comments) {
    parts.push(
      script.slice(end, comment.offset),
      comment.text.replace(/[^\n]/gu, (char) => ' '.repeat(char.length)),
    );
    end = comment.offset + comment.text.length;
  }
  parts.push(script.slice(end));
  return parts.join('');
}
