import type { Statement } from './statements.ts';

/** Whether a statement says itself in what order its rows are: an ORDER BY outside of any parentheses. */
export function hasOrderBy({ tokens }: Pick<Statement, 'tokens'>): boolean {
  let depth = 0;
  for (const [index, { kind, text, value }] of tokens.entries()) {
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    else if (depth === 0 && kind === 'Word' && value === 'ORDER' && tokens[index + 1]?.value === 'BY') {
      // That of a table engine comes before the query.
      if (tokens.slice(0, index).some((token) => token.kind === 'Word' && token.value === 'SELECT')) return true;
    }
  }
  return false;
}
