import type { Token } from './lexer.ts';
import type { Statement } from './statements.ts';
import type { FaultDetail } from '../errors/app-error.ts';
import { faultAt, isName, isSymbol, nameOf } from './token-cursor.ts';

/** The first token of a statement that writes this name, whatever its case; null where syntax stands for the name. */
export function locate(statement: Statement, name: string): Token | null {
  const wanted = name.toLowerCase();
  const tokens = statement.tokens;
  const written = (token: Token): boolean =>
    token.kind === 'String'
      ? token.value.toLowerCase() === wanted
      : isName(token) && nameOf(token).toLowerCase() === wanted;
  const called = tokens.find((token, index) => written(token) && isSymbol(tokens[index + 1], '('));
  return called ?? tokens.find(written) ?? null;
}

/** A fault at the first token that writes this name, or at the statement. */
export function faultOf(statement: Statement, name: string, message: string, hint: string): FaultDetail {
  return faultAt(locate(statement, name) ?? statement, message, hint);
}
