/** @throws Error naming the option and the least whole number that it takes */
export function readWhole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${option} ${text}: give a whole number from ${least}`);
}
