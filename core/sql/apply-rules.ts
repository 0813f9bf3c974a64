import type { FaultDetail } from '../errors/app-error.ts';
import { isAllowedFunction, isRefusedFunction } from './function-names.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './statements.ts';
import { faultAt, isName, isSymbol, isWord, nameOf, TokenCursor } from './token-cursor.ts';

/**
 * `* APPLY(f)` and `* APPLY(x -> f(x))` do not show their function in the syntax tree. So what stands after APPLY is read
 * by its tokens: the name of an allowed function, or a lambda of plain calls.
 */
export function checkApplyTransformers(statement: Statement): FaultDetail[] {
  const faults: FaultDetail[] = [];
  for (const [index, token] of statement.tokens.entries()) {
    if (!isWord(token, 'APPLY')) continue;
    const cursor = new TokenCursor(statement.tokens.slice(index + 1));
    const next = cursor.peek();
    if (isSymbol(next, '(')) faults.push(...checkGroup(cursor.takeGroup().slice(1, -1)));
    else if (isName(next)) faults.push(...checkName(next));
  }
  return faults;
}

function checkGroup(tokens: readonly Token[]): FaultDetail[] {
  const [first] = tokens;
  if (!tokens.some((token) => isSymbol(token, '->'))) return isName(first) ? checkName(first) : [];
  return tokens.flatMap((token, index) => {
    if (isWord(token, 'IN', 'SELECT', 'APPLY', 'COLUMNS')) {
      return [faultAt(token, `${token.text} is not allowed in APPLY.`, 'Write the columns out.')];
    }
    const called = isName(token) && isSymbol(tokens[index + 1], '(');
    if (called) return isWord(token, 'AND', 'OR', 'NOT', 'WHEN', 'THEN', 'ELSE', 'AS') ? [] : checkName(token);
    // The bare name of a function can stand in place of a lambda: arrayMap(file, x).
    return isName(token) && isRefusedFunction(nameOf(token)) ? checkName(token) : [];
  });
}

function checkName(token: Token): FaultDetail[] {
  const name = nameOf(token);
  if (isAllowedFunction(name)) return [];
  return [
    faultAt(token, `The function ${name} is not allowed.`, 'APPLY takes an allowed function or a lambda of such.'),
  ];
}
