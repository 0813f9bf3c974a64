import { TEXT, VALUE, type Conversion } from './convert-sql.ts';

/** The conversion of one variable; its columns are prefixed so that variables do not meet. */
export interface ConversionChain {
  /** Before every name: `v3_`. */
  readonly prefix: string;
  /** The text is a list of texts, and so is the value. */
  readonly isArray: boolean;
  readonly conversion: Conversion;
}

/**
 * Adds the column `<prefix>v` to `source`, a SELECT that has `<prefix>s`. What does not pass by the fast path goes through
 * the steps as a list, of none or one where the text is no list: ClickHouse computes both branches of a condition for all
 * rows (its short circuit computes a branch again for every use), but a lambda only for the elements that are there.
 * One subquery a level of dependence keeps every expression small: columns are named by their whole expression, which
 * explodes where one is used often. The order of rows is kept on one thread.
 */
export function chainQuery(source: string, chains: readonly ConversionChain[]): string {
  const first: string[] = [];
  const levels: string[][] = [];
  const last: string[] = [];
  for (const { prefix, isArray, conversion } of chains) {
    const { fast, steps } = conversion;
    const bare = (sql: string): string => (sql === TEXT ? `${prefix}s` : `arrayMap(s -> ${sql}, [${prefix}s])[1]`);
    if (!isArray && fast?.when === '1') {
      last.push(`${bare(fast.value)} AS ${prefix}v`);
      continue;
    }
    if (isArray) first.push(`${prefix}s AS ${prefix}slow_s`);
    else {
      const when = fast === null ? '0' : bare(fast.when);
      first.push(
        `${when} AS ${prefix}fast`,
        `if(${prefix}fast OR ${prefix}s = '', emptyArrayString(), [${prefix}s]) AS ${prefix}slow_s`,
      );
    }
    const depth = new Map<string, number>();
    for (const { name, uses, sql } of steps) {
      const level = Math.max(-1, ...uses.map((used) => depth.get(used) ?? -1)) + 1;
      depth.set(name, level);
      const columns = uses.map((used) => `${prefix}slow_${used}`).join(', ');
      (levels[level] ??= []).push(`arrayMap((${uses.join(', ')}) -> ${sql}, ${columns}) AS ${prefix}slow_${name}`);
    }
    const slow = isArray ? `${prefix}slow_${VALUE}` : `${prefix}slow_${VALUE}[1]`;
    last.push(`${isArray || fast === null ? slow : `if(${prefix}fast, ${bare(fast.value)}, ${slow})`} AS ${prefix}v`);
  }
  return [first, ...levels, last]
    .filter((columns) => columns.length > 0)
    .reduce((query, columns) => `SELECT *, ${columns.join(', ')} FROM (${query})`, source);
}
