import type { FaultDetail } from '../errors/app-error.ts';
import type { AstNode } from './ast.ts';
import { lex } from './lexer.ts';
import type { Token } from './lexer.ts';
import { faultOf } from './locate.ts';
import type { Statement } from './statements.ts';
import { isName, isSymbol, isWord } from './token-cursor.ts';

/** What may follow the type of a column in a text, and what the engine then evaluates or applies. */
const CLAUSES = ['DEFAULT', 'MATERIALIZED', 'ALIAS', 'EPHEMERAL', 'CODEC', 'TTL', 'STATISTICS', 'SETTINGS', 'COLLATE'];
const CLAUSE = new RegExp(`\\b(?:${CLAUSES.join('|')})\\b`, 'iu');

/**
 * Table functions that read columns from a text: `values('a String, b UInt8', …)`, `generateRandom('a String')`. The
 * engine evaluates an expression in it (`b String ALIAS file('/x')`) that the syntax tree shows as a text only.
 */
export function checkStructureArguments(node: AstNode, statement: Statement): FaultDetail[] {
  const list = node.children[0]?.children ?? [];
  // `generateRandom` computes its arguments first; `values` takes the first one as it stands, or what a name stands for.
  const read = node.name === 'generateRandom' ? list : node.name === 'values' ? list.slice(0, 1) : [];
  const wrong = read.some((argument) => {
    if (argument.kind === 'Literal') return !argument.name.startsWith("'") ? false : !isPlainStructure(argument.name);
    return node.name === 'generateRandom' || argument.kind === 'Identifier';
  });
  if (!wrong) return [];
  const message = `${node.name} takes columns as a plain text: names and types.`;
  return [faultOf(statement, node.name, message, "Write it out: 'sku String, price Float64'.")];
}

/**
 * Whether a text literal, as the engine prints it, is free of expressions when it is read as a list of columns. A text that
 * is no such list passes too.
 */
export function isPlainStructure(printed: string): boolean {
  const [text, ...more] = lex(printed).tokens;
  if (text?.kind !== 'String' || more.length > 0) return false;
  if (!CLAUSE.test(text.value)) return true;
  const { tokens, faults } = lex(text.value);
  return faults.length === 0 && splitColumns(tokens).every(isPlainColumn);
}

/** A name, then a type; a column may well be called `default`. */
function isPlainColumn([name, ...type]: readonly Token[]): boolean {
  return isName(name) && !type.some((token) => isWord(token, ...CLAUSES));
}

/** The tokens of each column, without those in brackets, where types name their elements. */
function splitColumns(tokens: readonly Token[]): Token[][] {
  const columns: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, ')')) depth--;
    if (depth === 0 && isSymbol(token, ',')) columns.push([]);
    else if (depth === 0 && token.kind !== 'Comment') columns.at(-1)?.push(token);
    if (isSymbol(token, '(')) depth++;
  }
  return columns;
}
