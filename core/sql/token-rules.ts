import type { FaultDetail } from '../errors/app-error.ts';
import { readShape } from './statement-shape.ts';
import type { Statement } from './statements.ts';
import { faultAt, isName, isSymbol, isWord } from './token-cursor.ts';
import type { Token } from './lexer.ts';

/** Words that can follow a column called `settings` or `format` in a query. */
const CLAUSE_WORDS: readonly string[] = (
  'FROM AS IS IN NOT LIKE ILIKE BETWEEN AND OR ASC DESC NULLS WHERE GROUP ORDER LIMIT OFFSET HAVING UNION EXCEPT ' +
  'INTERSECT JOIN LEFT RIGHT INNER FULL CROSS ON USING THEN ELSE WHEN END WITH WINDOW QUALIFY PREWHERE DIV MOD COLLATE'
).split(' ');

/**
 * Refuses by tokens alone what must not even be explained, and what the syntax tree does not show: the kind and the head
 * of the statement, files, formats and settings. Runs before `EXPLAIN AST`.
 */
export function checkTokens(statement: Statement): FaultDetail[] {
  const faults: FaultDetail[] = [...readShape(statement).faults];
  for (const [index, token] of statement.tokens.entries()) {
    if (isStarOfExpression(statement.tokens, index)) {
      faults.push(faultAt(token, 'Only a table has a star.', 'Write t.*, with the name of the table or its alias.'));
    }
    if (token.kind !== 'Word' || isSymbol(statement.tokens[index - 1], '.')) continue;
    const fault = checkWord(token, statement.tokens, index);
    if (fault !== null && !faults.some((known) => known.line === fault.line && known.column === fault.column)) {
      faults.push(fault);
    }
  }
  return faults;
}

/** `(expression).*`: the syntax tree leaves the expression out. */
function isStarOfExpression(tokens: readonly Token[], index: number): boolean {
  if (!isSymbol(tokens[index], '.')) return false;
  const star = isSymbol(tokens[index + 1], '*') || isWord(tokens[index + 1], 'COLUMNS');
  const before = tokens[index - 1];
  return star && (!isName(before) || isWord(before, 'END'));
}

function checkWord(token: Token, tokens: readonly Token[], index: number): FaultDetail | null {
  const next = tokens[index + 1];
  // The first of a list is a name: that of a column. Where names of settings stand, `=` follows.
  const isListed = isSymbol(tokens[index - 1], '(') || isSymbol(tokens[index - 1], ',');
  switch (token.value) {
    case 'INTO':
      if (index === 1 && isWord(tokens[0], 'INSERT')) return null;
      return faultAt(
        token,
        'INTO is not allowed here.',
        'Results go into tables: CREATE TABLE output.name AS SELECT …',
      );
    case 'OUTFILE':
    case 'INFILE':
      if (!isWord(tokens[index - 1], 'INTO', 'FROM')) return null;
      return faultAt(
        token,
        `${token.text} is not allowed.`,
        'The input is in the database input; results stay in output.',
      );
    case 'PARALLEL':
      if (!isWord(next, 'WITH')) return null;
      return faultAt(token, 'PARALLEL WITH is not allowed.', 'Write two statements.');
    case 'SETTINGS':
      // There are settings that are called limit and offset.
      if (!isName(next)) return null;
      if ((isListed || isWord(next, ...CLAUSE_WORDS)) && !isSymbol(tokens[index + 2], '=')) return null;
      return faultAt(token, 'SETTINGS is not allowed in a script.', 'Allowed settings stand in spec.sql.settings.');
    case 'FORMAT':
      if (!isName(next) || isListed || isWord(next, ...CLAUSE_WORDS)) return null;
      return faultAt(
        token,
        'FORMAT is not allowed in a script.',
        'Leave it out: tables in output are exported by themselves.',
      );
    default:
      return null;
  }
}
