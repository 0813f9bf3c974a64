import type { SizeResult } from './measure-size.ts';

/** A figure and what it should reach. */
export interface Judged {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value has to be at most; null: there is no target. */
  readonly target: number | null;
}

const MIB = 1024 * 1024;
/** The size that the targets speak of. */
const TARGET_SIZE = 1000;

/** The figures of one size; targets are those for a thousand connectors. */
export function judge({ connectors, floor, validation, restart, idle, reaction, launch }: SizeResult): Judged[] {
  const isTarget = connectors === TARGET_SIZE;
  const of = (name: string, value: number, unit: string, target: number | null = null): Judged => ({
    name,
    value,
    unit,
    target: isTarget ? target : null,
  });
  return [
    of('restart: all looked at', restart.seconds, 's', 20),
    of('restart: over listing them', restart.seconds / floor.list, '×'),
    of('restart: largest PSS', restart.pssBytes / MIB, 'MiB', 256),
    of('restart: largest RSS', restart.rssBytes / MIB, 'MiB'),
    of('restart: cpu', restart.cpuSeconds, 's'),
    of('restart: requests', restart.requests, ''),
    of('restart: writes for each connector', restart.writes / connectors, '', 0),
    of('restart: transactions for each connector', restart.transactions / connectors, ''),
    of('validation: all active', validation.seconds, 's'),
    of(
      'validation: over list, Job and patch of each',
      validation.seconds / (floor.list + floor.jobs + floor.patch),
      '×',
    ),
    of('validation: cpu', validation.cpuSeconds, 's'),
    of('validation: largest PSS', validation.pssBytes / MIB, 'MiB', 256),
    of(
      'validation: writes of status for each connector',
      (validation.byRequest['patch smartconnectors/status'] ?? 0) / connectors,
      '',
    ),
    of('validation: requests for each connector', validation.requests / connectors, ''),
    of('idle: share of a core', (100 * idle.cpuSeconds) / idle.seconds, '%', 1),
    of('idle: requests a minute', (60 * idle.requests) / idle.seconds, ''),
    of('idle: transactions a minute', (60 * idle.transactions) / idle.seconds, ''),
    of('reaction: execution to Job, median', reaction.median, 'ms'),
    of('reaction: execution to Job, p95', reaction.p95, 'ms'),
    of('schedules: slot to the last Job', launch.delays.most / 1000, 's', 30),
    of('schedules: slot to Job, median', launch.delays.median / 1000, 's'),
    of('schedules: slot to the first Job', launch.delays.least / 1000, 's'),
    of(
      'schedules: over execution, Job and two patches of each',
      launch.delays.most / 1000 / (floor.executions + floor.jobs + 2 * floor.patch),
      '×',
    ),
    of('schedules: requests for each', launch.requests / connectors, ''),
    of('schedules: writes for each', launch.writes / connectors, ''),
    of('schedules: transactions for each', launch.transactions / connectors, ''),
    of('schedules: cpu', launch.cpuSeconds, 's'),
    of('schedules: largest PSS', launch.pssBytes / MIB, 'MiB', 256),
  ];
}

/** How the cost of a connector grows from the smaller size to the larger one: 1 is linear. */
export function judgeGrowth(small: SizeResult, large: SizeResult): Judged[] {
  const growth = (name: string, read: (result: SizeResult) => number): Judged => ({
    name,
    value: read(large) / large.connectors / (read(small) / small.connectors),
    unit: '×',
    target: null,
  });
  return [
    growth('restart, seconds', ({ restart }) => restart.seconds),
    growth('restart, cpu', ({ restart }) => restart.cpuSeconds),
    growth('validation, seconds', ({ validation }) => validation.seconds),
    growth('validation, cpu', ({ validation }) => validation.cpuSeconds),
    growth('schedules, seconds', ({ launch }) => launch.delays.most),
    growth('schedules, cpu', ({ launch }) => launch.cpuSeconds),
    growth('largest PSS', ({ launch }) => launch.pssBytes),
  ];
}
