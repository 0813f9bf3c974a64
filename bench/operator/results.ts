import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTable } from '../../cli/terminal.ts';
import type { Machine } from '../machine.ts';
import { judge, judgeGrowth, type Judged } from './judge.ts';
import type { SizeResult } from './measure-size.ts';

export interface OperatorBenchResult {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly server: string;
  readonly sizes: readonly SizeResult[];
}

const rounded = (value: number): number => Number(value.toPrecision(3));

export function renderResult({ sizes }: OperatorBenchResult): string {
  const columns = sizes.map((size) => new Map(judge(size).map((one) => [one.name, one])));
  const [first] = columns;
  const rows = [...(first?.values() ?? [])].map(({ name, unit }) => {
    const targets = columns.flatMap((column) => renderTarget(column.get(name)));
    return [name, unit, ...columns.map((column) => renderValue(column.get(name))), ...targets.slice(0, 1)];
  });
  const head = ['', '', ...sizes.map(({ connectors }) => `${connectors} connectors`), 'target for 1000'];
  return [renderTable([head, ...rows]), ...renderGrowth(sizes)].join('\n\n');
}

const renderValue = (one: Judged | undefined): string => (one === undefined ? '' : String(rounded(one.value)));

function renderTarget(one: Judged | undefined): string[] {
  if (one?.target == null) return [];
  return [`at most ${one.target}: ${one.value <= one.target ? 'reached' : 'MISSED'}`];
}

function renderGrowth(sizes: readonly SizeResult[]): string[] {
  const [small, ...others] = sizes;
  const large = others.at(-1);
  if (small === undefined || large === undefined) return [];
  const head = [`cost of a connector at ${large.connectors} over that at ${small.connectors}`, '1 is linear'];
  return [renderTable([head, ...judgeGrowth(small, large).map((one) => [one.name, renderValue(one)])])];
}

/** Keeps the whole result as a file of its own and a line of history for each size. @returns the file */
export async function saveResult(directory: string, result: OperatorBenchResult): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `operator-${result.at.replace(/[:.]/g, '-')}.json`);
  await writeFile(path, `${JSON.stringify(result, null, 1)}\n`);
  const { at, commit, machine, server, sizes } = result;
  const lines = sizes.map((size) => ({
    at,
    commit,
    processor: machine.processor,
    cores: machine.cores,
    server,
    connectors: size.connectors,
    figures: Object.fromEntries(judge(size).map(({ name, value }) => [name, rounded(value)])),
    load: rounded(size.restart.loadBefore),
  }));
  await appendFile(
    join(directory, 'operator-history.ndjson'),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  return path;
}
