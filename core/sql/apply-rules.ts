import type { FaultDetail } from '../errors/app-error.ts';
import { isAllowedFunction, isRefusedFunction } from './function-names.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './statements.ts';
import { faultAt, isName, isSymbol, isWord, nameOf, TokenCursor } from './token-cursor.ts';
import { isTypeName } from './values-data.ts';

/**
 * `* APPLY(f)` and `* APPLY(x -> f(x))` do not show their function in the syntax tree. So what stands after APPLY is read
 * by its tokens: the name of an allowed function, its parameters, or a lambda of plain calls.
 */
export function checkApplyTransformers(statement: Statement): FaultDetail[] {
  return statement.tokens.flatMap((token, index) =>
    isWord(token, 'APPLY') ? checkApply(new TokenCursor(statement.tokens, index + 1)) : [],
  );
}

function checkApply(cursor: TokenCursor): FaultDetail[] {
  const faults: FaultDetail[] = [];
  const next = cursor.peek();
  if (isName(next)) faults.push(...checkName(next));
  if (isName(next)) cursor.take();
  // In brackets a lambda ends where they end; without them, `f -> g(x)` and `(f) -> g(x)` would pass for f.
  if (isSymbol(cursor.peek(), '(')) faults.push(...checkGroup(cursor.takeGroup().slice(1, -1), isName(next)));
  const arrow = cursor.peek();
  if (arrow !== undefined && isSymbol(arrow, '->')) {
    faults.push(faultAt(arrow, 'A lambda after APPLY needs brackets.', 'Write APPLY(x -> upper(x)).'));
  }
  return faults;
}

/** What stands in brackets: a function with its parameters, a lambda, or the parameters alone. */
function checkGroup(tokens: readonly Token[], onlyParameters: boolean): FaultDetail[] {
  const isLambda = onlyParameters || tokens.some((token) => isSymbol(token, '->'));
  return tokens.flatMap((token, index) => {
    if (index === 0 && !isLambda && isName(token)) return checkName(token);
    if (isWord(token, 'IN', 'SELECT', 'APPLY', 'COLUMNS')) {
      return [faultAt(token, `${token.text} is not allowed in APPLY.`, 'Write the columns out.')];
    }
    const called = isName(token) && isSymbol(tokens[index + 1], '(');
    if (called) return isWord(token, ...OPERATORS) || isTypeName(token) ? [] : checkName(token);
    // The bare name of a function can stand in place of a lambda: arrayMap(file, x).
    return isName(token) && isRefusedFunction(nameOf(token)) ? checkName(token) : [];
  });
}

const OPERATORS = ['AND', 'OR', 'NOT', 'WHEN', 'THEN', 'ELSE', 'AS', 'BETWEEN', 'LIKE', 'ILIKE', 'IS', 'DIV', 'MOD'];

function checkName(token: Token): FaultDetail[] {
  const name = nameOf(token);
  if (isAllowedFunction(name)) return [];
  return [
    faultAt(token, `The function ${name} is not allowed.`, 'APPLY takes an allowed function or a lambda of such.'),
  ];
}
