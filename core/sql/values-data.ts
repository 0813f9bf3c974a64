import type { FaultDetail } from '../errors/app-error.ts';
import { isAllowedFunction } from './function-names.ts';
import type { Token } from './lexer.ts';
import { faultAt, isSymbol } from './token-cursor.ts';

/** Words that may stand in a row of values without a bracket after them. */
const CONSTANTS: ReadonlySet<string> = new Set([
  'NULL',
  'TRUE',
  'FALSE',
  'DEFAULT',
  'INF',
  'NAN',
  'AS',
  'AND',
  'OR',
  'NOT',
]);
/** Types, which follow AS and ::, and the interval and date words. None is a function that is refused. */
const TYPE =
  /^(?:U?INT(?:8|16|32|64|128|256)|FLOAT(?:32|64)|BOOL|STRING|FIXEDSTRING|DATE(?:32)?|DATETIME(?:64)?|DECIMAL(?:32|64|128|256)?|UUID|NULLABLE|ARRAY|TUPLE|MAP|LOWCARDINALITY|ENUM(?:8|16)?|JSON|IPV[46]|INTERVAL|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR|TIMESTAMP)$/u;

/**
 * Rows after VALUES do not show in the engine's syntax tree, although it evaluates expressions in them. So they hold
 * literals and allowed functions only.
 */
export function checkValues(tokens: readonly Token[]): FaultDetail[] {
  const faults: FaultDetail[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'QuotedName') {
      faults.push(faultAt(token, `${token.text} is not a value.`, 'Put texts into single quotes.'));
    } else if (token.kind === 'Word' && !isAllowedWord(token, isSymbol(tokens[index + 1], '('))) {
      faults.push(
        faultAt(token, `${token.text} is not allowed among VALUES.`, 'Use literals, or INSERT INTO … SELECT …'),
      );
    }
  }
  return faults;
}

/** Whether the word names a type; in brackets after it stand types and numbers. */
export function isTypeName(token: Token): boolean {
  return token.kind === 'Word' && TYPE.test(token.value);
}

function isAllowedWord(token: Token, called: boolean): boolean {
  if (isTypeName(token)) return true;
  return called ? isAllowedFunction(token.text) || token.value === 'NOT' : CONSTANTS.has(token.value);
}
