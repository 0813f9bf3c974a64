import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { RunRecord } from '../run-bench.ts';
import type { WorkSummary } from './summary.ts';

/** A whole benchmark: what was measured, on what, and what came out. */
export interface BenchResult {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly commit: string;
  readonly rows: number;
  readonly seed: number;
  readonly machine: Machine;
  readonly server: { readonly version: string; readonly settings: Readonly<Record<string, string>> };
  /** Name and version of everything that ran. */
  readonly engines: Readonly<Record<string, string>>;
  readonly summaries: readonly WorkSummary[];
  readonly runs: readonly RunRecord[];
}

/** A line of the history: the figures to compare with. */
export interface HistoryLine {
  readonly at: string;
  readonly commit: string;
  readonly rows: number;
  readonly processor: string;
  readonly cores: number;
  readonly server: string;
  readonly works: Readonly<Record<string, HistoryFigures>>;
  /** Works that went wrong in any round. */
  readonly wrong: readonly string[];
}

interface HistoryFigures {
  readonly runs: number;
  readonly seconds: number;
  /** Least, median, most; null without a base. */
  readonly ratio: readonly [number, number, number] | null;
  readonly pssMiB: number;
  readonly walMiB: number;
}

const HISTORY = 'history.ndjson';
const MIB = 1024 * 1024;

const rounded = (value: number): number => Number(value.toPrecision(4));

export function buildHistoryLine(result: BenchResult): HistoryLine {
  const works = result.summaries.map((one): [string, HistoryFigures] => [
    `${one.engine}/${one.work}`,
    {
      runs: one.runs,
      seconds: rounded(one.seconds.median),
      ratio: one.ratio === null ? null : [rounded(one.ratio.least), rounded(one.ratio.median), rounded(one.ratio.most)],
      pssMiB: rounded(one.pssBytes / MIB),
      walMiB: rounded(one.walBytes / MIB),
    },
  ]);
  return {
    at: result.at,
    commit: result.commit,
    rows: result.rows,
    processor: result.machine.processor,
    cores: result.machine.cores,
    server: /^PostgreSQL [\d.]+/.exec(result.server.version)?.[0] ?? result.server.version,
    works: Object.fromEntries(works),
    wrong: [...new Set(result.runs.filter((run) => run.faults.length > 0).map((run) => `${run.engine}/${run.work}`))],
  };
}

/** The last line about the same number of rows on the same kind of machine, or null. */
export function findComparable(history: readonly HistoryLine[], now: HistoryLine): HistoryLine | null {
  const isAlike = (line: HistoryLine): boolean =>
    line.rows === now.rows &&
    line.processor === now.processor &&
    line.cores === now.cores &&
    line.server === now.server;
  return history.filter(isAlike).at(-1) ?? null;
}

/** More than this over the value before is worth a word. */
const WORSE = 1.1;

/**
 * What became worse: a work that went wrong and did not before; a ratio whose median is a tenth above the one before and above all that were measured then, or
 * memory a tenth above.
 */
export function findRegressions(before: HistoryLine, now: HistoryLine): string[] {
  const found = now.wrong.filter((name) => !before.wrong.includes(name)).map((name) => `${name}: goes wrong`);
  for (const [name, figures] of Object.entries(now.works)) {
    const old = before.works[name];
    if (old === undefined) continue;
    if (figures.ratio !== null && old.ratio !== null) {
      const [, median] = figures.ratio;
      const [, oldMedian, oldMost] = old.ratio;
      if (median > oldMedian * WORSE && median > oldMost) found.push(`${name}: ratio ${median}, was ${oldMedian}`);
    }
    if (figures.pssMiB > old.pssMiB * WORSE) found.push(`${name}: memory ${figures.pssMiB} MiB, was ${old.pssMiB} MiB`);
  }
  return found;
}

export async function readHistory(directory: string): Promise<HistoryLine[]> {
  const text = await readFile(join(directory, HISTORY), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryLine);
}

/**
 * Keeps the whole result as a file of its own and a line of history.
 *
 * @param places directories of this machine, which mean nothing on another and are left out of what is kept
 * @returns the file
 */
export async function saveResult(directory: string, result: BenchResult, places: readonly string[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${result.at.replace(/[:.]/g, '-')}.json`);
  const withoutPlaces = (text: string): string => places.reduce((rest, place) => rest.replaceAll(place, '…'), text);
  const runs = result.runs.map((run) => ({
    ...run,
    // What a run printed is of use where it failed, and stands in its faults.
    measurement: { ...run.measurement, output: '' },
    faults: run.faults.map(withoutPlaces),
  }));
  await writeFile(path, `${JSON.stringify({ ...result, runs }, null, 1)}\n`);
  await appendFile(join(directory, HISTORY), `${JSON.stringify(buildHistoryLine(result))}\n`);
  return path;
}
