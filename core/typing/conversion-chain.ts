import type { ConversionStep } from './convert-sql.ts';

/** The steps of one variable; their names are prefixed so that variables do not meet. */
export interface ConversionChain {
  /** Before every name: `v3_`. */
  readonly prefix: string;
  /** The steps run over the elements of arrays. */
  readonly isArray: boolean;
  readonly steps: readonly ConversionStep[];
}

/**
 * Wraps `source` (a SELECT or a table) in one subquery a level of dependence; every step becomes a column
 * `<prefix><name>` beside the columns of the source. The order of rows is kept on one thread.
 */
export function chainQuery(source: string, chains: readonly ConversionChain[]): string {
  const levels: string[][] = [];
  for (const chain of chains) {
    const depth = new Map<string, number>();
    for (const step of chain.steps) {
      const level = Math.max(-1, ...step.uses.map((name) => depth.get(name) ?? -1)) + 1;
      depth.set(step.name, level);
      (levels[level] ??= []).push(`${stepSql(step, chain)} AS ${chain.prefix}${step.name}`);
    }
  }
  return levels.reduce((query, columns) => `SELECT *, ${columns.join(', ')} FROM (${query})`, source);
}

function stepSql(step: ConversionStep, { prefix, isArray }: ConversionChain): string {
  if (isArray) {
    // The parameters of the lambda take the bare names of the step.
    return `arrayMap((${step.uses.join(', ')}) -> ${step.sql}, ${step.uses.map((name) => prefix + name).join(', ')})`;
  }
  const names = new RegExp(`'(?:\\\\.|[^'\\\\])*'|\\b(?:${step.uses.join('|')})\\b`, 'gs');
  return step.sql.replace(names, (text) => (text.startsWith("'") ? text : prefix + text));
}
