import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeCommit, describeMachine } from '../machine.ts';
import type { Measurement } from '../measure/run-measured.ts';
import { spreadOf } from '../measure/statistics.ts';
import type { AloneOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MIB = 1024 * 1024;

/** What 1,000,000 rows may take. */
export interface Target {
  readonly seconds: number;
  readonly mebibytes: number;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

/** One run as a line for people. */
export function renderMeasurement(work: string, { seconds, cpuSeconds, memory, loadBefore }: Measurement): string {
  const pss = (memory.pssBytes / MIB).toFixed(0);
  return `${work}: ${seconds.toFixed(1)} s, cpu ${cpuSeconds.toFixed(1)} s, PSS ${pss} MiB, load before ${loadBefore.toFixed(1)}`;
}

export async function renderSetting(rows: number): Promise<string> {
  const { processor, cores, node } = describeMachine();
  return `${processor}, ${cores} cores; Node ${node}; ${await describeCommit(ROOT)}; ${rows} rows`;
}

/** All runs of each work, as its line in the results has them: least, median, most of times, the most of the rest. */
export function summarize(works: ReadonlyMap<string, readonly Measurement[]>): Record<string, unknown> {
  const spread = (values: readonly number[]): number[] => {
    const { least, median, most } = spreadOf(values);
    return [least, median, most].map(rounded);
  };
  return Object.fromEntries(
    [...works].map(([work, all]) => [
      work,
      {
        seconds: spread(all.map((one) => one.seconds)),
        cpuSeconds: spread(all.map((one) => one.cpuSeconds)),
        pssMiB: rounded(Math.max(...all.map(({ memory }) => memory.pssBytes)) / MIB),
        loadBefore: rounded(Math.max(...all.map(({ loadBefore }) => loadBefore))),
      },
    ]),
  );
}

/** Adds a line to `bench/results/<name>.ndjson`, unless nothing is to be kept. */
export async function saveLine(
  name: string,
  { rows, save }: AloneOptions,
  target: Target,
  works: Record<string, unknown>,
): Promise<void> {
  if (!save) return;
  const { processor, cores, node } = describeMachine();
  const at = new Date().toISOString();
  const line = { at, commit: await describeCommit(ROOT), rows, processor, cores, node, target, works };
  await appendFile(join(ROOT, 'bench', 'results', `${name}.ndjson`), `${JSON.stringify(line)}\n`);
}
