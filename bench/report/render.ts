import { renderTable } from '../../cli/terminal.ts';
import type { Spread } from '../measure/statistics.ts';
import type { RunRecord } from '../run-bench.ts';
import type { WorkSummary } from './summary.ts';

const MIB = 1024 * 1024;

const fixed = (value: number, digits: number): string => value.toFixed(digits);
const mebibytes = (bytes: number): string => fixed(bytes / MIB, 0);

function spread({ least, median, most }: Spread, digits: number): string {
  const middle = fixed(median, digits);
  return least === most ? middle : `${middle} (${fixed(least, digits)}–${fixed(most, digits)})`;
}

/** One run, as it ends. */
export function renderRunLine({ round, engine, work, measurement, faults }: RunRecord): string {
  const { seconds, memory, cpuSeconds, walBytes, loadBefore } = measurement;
  const figures = [
    `${fixed(seconds, 2)} s`,
    `${mebibytes(memory.pssBytes)} MiB`,
    `cpu ${fixed(cpuSeconds, 1)} s`,
    `WAL ${mebibytes(walBytes)} MiB`,
    `load before ${fixed(loadBefore, 1)}`,
  ];
  const line = `round ${round + 1}, ${engine}, ${work}: ${figures.join(', ')}`;
  return faults.length === 0 ? line : [line, ...faults.map((fault) => `  WRONG: ${fault}`)].join('\n');
}

/** Everything at the end: ratios and memory, then stages, then processes. */
export function renderSummaries(summaries: readonly WorkSummary[]): string {
  return [renderWorks(summaries), renderStages(summaries), renderPrograms(summaries)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderWorks(summaries: readonly WorkSummary[]): string {
  const head = [
    'work',
    'engine',
    'seconds',
    'ratio',
    'target',
    '',
    'PSS MiB',
    'RSS MiB',
    'cpu s',
    'server cpu s',
    'cpu ratio',
    'WAL MiB',
  ];
  const rows = summaries.map((one) => [
    one.work,
    one.engine,
    spread(one.seconds, 2),
    one.ratio === null ? '' : spread(one.ratio, 2),
    one.target === null ? '' : `${one.target}${one.hasBase ? '' : ' s'}`,
    one.isReached === null ? '' : one.isReached ? 'reached' : 'MISSED',
    mebibytes(one.pssBytes),
    mebibytes(one.rssBytes),
    fixed(one.cpuSeconds, 1),
    one.serverCpuSeconds === null ? '' : fixed(one.serverCpuSeconds, 1),
    one.cpuRatio === null ? '' : fixed(one.cpuRatio.median, 2),
    mebibytes(one.walBytes),
  ]);
  return renderTable([head, ...rows]);
}

function renderStages(summaries: readonly WorkSummary[]): string {
  const staged = summaries.filter((one) => one.stages.length > 1);
  if (staged.length === 0) return '';
  const names = [...new Set(staged.flatMap((one) => one.stages.map(({ stage }) => stage)))];
  const rows = staged.map((one) => [
    one.work,
    ...names.map((name) => {
      const stage = one.stages.find((each) => each.stage === name);
      return stage === undefined ? '' : fixed(stage.seconds, 2);
    }),
  ]);
  return renderTable([['seconds of a stage (median)', ...names], ...rows]);
}

function renderPrograms(summaries: readonly WorkSummary[]): string {
  const rows = summaries.flatMap((one) =>
    one.programs
      .filter(({ pssBytes }) => pssBytes >= MIB)
      .map(({ name, pssBytes }) => [one.work, one.engine, name, mebibytes(pssBytes)]),
  );
  return rows.length === 0 ? '' : renderTable([['work', 'engine', 'process', 'peak PSS MiB'], ...rows]);
}
