/** Several measurements of the same thing. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** @throws RangeError where there is nothing to describe */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) throw new RangeError('no values');
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? most;
  const lower = sorted[Math.ceil(half) - 1] ?? least;
  return { least, median: (lower + upper) / 2, most };
}

/**
 * Each value over the base of its own round, so that what slows the machine for a while slows both. Rounds that lack
 * either are left out.
 */
export function pairedRatios(values: ReadonlyMap<number, number>, bases: ReadonlyMap<number, number>): number[] {
  const ratios: number[] = [];
  for (const [round, value] of values) {
    const base = bases.get(round);
    if (base !== undefined && base > 0) ratios.push(value / base);
  }
  return ratios;
}
