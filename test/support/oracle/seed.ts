import { randomInt } from 'node:crypto';
import type { Parameters } from 'fast-check';

/** The seed that was asked for by the environment variable `SEED`; else every run takes a new one. */
const SEED = process.env['SEED'];

/** Settings of a random test with its seed, which is printed, so that any run can be had again: `SEED=… npm test -- FILE`. */
export function seeded<T>(settings: Parameters<T>): Parameters<T> {
  const seed = SEED === undefined || SEED === '' ? randomInt(2 ** 31) : Number(SEED);
  console.info(`SEED=${seed}`);
  return { ...settings, seed };
}
