import { splitStatements } from './statements.ts';
import type { Token } from './lexer.ts';

const DATABASES = new Set(['input', 'output', 'connector', 'kizen', 'meta']);
/** Tables that have no `_row` which could be taken for the input's. */
const WITHOUT_ROWS = new Set(['kizen', 'meta']);

/**
 * The only input table whose `_row` a scope can carry: the statements that fill the scope read this one, and else nothing
 * but reference data and `meta`. Null where that is not certain. `page_idx_<n>` comes back as the script has it.
 */
export function inputTableOfScope(script: string, scope: string): string | null {
  const filling = splitStatements(script).statements.filter(({ tokens }) => targetOf(tokens) === scope);
  const sources = new Set<string>();
  for (const { tokens } of filling) {
    const start = tokens.findIndex((_, index) => tableAt(tokens, index)?.database === 'output');
    for (let index = start + 3; index < tokens.length; index += 1) {
      const table = tableAt(tokens, index);
      if (table !== null && !WITHOUT_ROWS.has(table.database)) sources.add(`${table.database}.${table.name}`);
      if (isWord(tokens[index], 'FROM', 'JOIN') && !isKnownSource(tokens, index + 1)) return null;
    }
  }
  const [only] = sources;
  return sources.size === 1 && only?.startsWith('input.') === true ? only.slice('input.'.length) : null;
}

/** The table of `output` that a statement creates or fills. */
function targetOf(tokens: readonly Token[]): string | null {
  if (!isWord(tokens[0], 'CREATE', 'INSERT')) return null;
  const index = tokens.findIndex((_, at) => tableAt(tokens, at) !== null);
  const table = tableAt(tokens, index);
  return table?.database === 'output' ? table.name : null;
}

function tableAt(tokens: readonly Token[], index: number): { database: string; name: string } | null {
  const [database, dot, name] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (database === undefined || name === undefined || dot?.text !== '.' || tokens[index - 1]?.text === '.') return null;
  if (!isName(database) || !isName(name) || !DATABASES.has(nameOf(database))) return null;
  return { database: nameOf(database), name: nameOf(name) };
}

/** A table with its database, or a subquery: its own FROM is looked at in its turn. */
function isKnownSource(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.text === '(' || tableAt(tokens, index) !== null;
}

function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'Word' && words.includes(token.value);
}

function isName(token: Token): boolean {
  return token.kind === 'Word' || token.kind === 'QuotedName';
}

/** The value of a word is upper-case; names are as they are written. */
function nameOf(token: Token): string {
  return token.kind === 'Word' ? token.text : token.value;
}
