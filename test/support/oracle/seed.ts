import type { Parameters } from 'fast-check';

/** The seed of random tests: from the environment variable `SEED`, or a new one that a failure prints. */
const SEED = process.env['SEED'];

/** Settings of a random test with the seed that was asked for, if one was. */
export function seeded<T>(settings: Parameters<T>): Parameters<T> {
  return SEED === undefined || SEED === '' ? settings : { ...settings, seed: Number(SEED) };
}
