import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../bench/options.ts';
import { renderGoUrl } from '../../../bench/engines/peers/peer-table.ts';
import { findComparable, findRegressions, type HistoryLine } from '../../../bench/report/results.ts';
import { summarize } from '../../../bench/report/summary.ts';
import type { RunRecord } from '../../../bench/run-bench.ts';
import type { WorkName } from '../../../bench/works.ts';

const run = (round: number, engine: string, work: WorkName, seconds: number, faults: string[] = []): RunRecord => ({
  round,
  engine,
  work,
  faults,
  measurement: {
    seconds,
    cpuSeconds: 1,
    serverCpuSeconds: null,
    walBytes: 100,
    memory: {
      pssBytes: seconds * 10,
      rssBytes: seconds * 20,
      anonymousBytes: 0,
      samples: 1,
      programs: [{ name: 'cli/main.ts', pssBytes: seconds, rssBytes: seconds }],
    },
    stages: [{ stage: 'loading', seconds: seconds / 2 }],
    loadBefore: 0,
    exitStatus: 0,
    output: '',
  },
});

describe('the summary of runs', () => {
  const runs = [
    run(0, 'floor', 'create', 10),
    run(0, 'ours', 'create', 6),
    run(1, 'floor', 'create', 20),
    run(1, 'ours', 'create', 14),
    run(0, 'dlt', 'create', 25),
    run(0, 'ours', 'duplicates-1', 9),
    run(0, 'ours', 'dry-run', 4),
  ];
  const summaries = summarize(runs, 'ours');
  const of = (engine: string, work: WorkName) => summaries.find((one) => one.engine === engine && one.work === work);

  test('compares rounds with themselves and takes the largest memory', () => {
    expect(of('ours', 'create')).toMatchObject({
      runs: 2,
      seconds: { least: 6, median: 10, most: 14 },
      ratio: { least: 0.6, median: expect.closeTo(0.65), most: 0.7 },
      cpuRatio: null,
      isReached: true,
      pssBytes: 140,
      stages: [{ stage: 'loading', seconds: 5 }],
      programs: [{ name: 'cli/main.ts', pssBytes: 14 }],
    });
  });

  test('compares peers with the floor, duplicates with our load, and a dry run with seconds', () => {
    expect(of('dlt', 'create')).toMatchObject({ ratio: { median: 2.5 }, target: null, isReached: null });
    expect(of('floor', 'create')).toMatchObject({ ratio: null, isReached: null });
    expect(of('ours', 'duplicates-1')).toMatchObject({ ratio: { median: 1.5 }, target: 1.2, isReached: false });
    expect(of('ours', 'dry-run')).toMatchObject({ ratio: null, target: 5, isReached: true });
  });

  test('compares the processor time of run and server together', () => {
    const busy = (engine: string, cpuSeconds: number, serverCpuSeconds: number): RunRecord => {
      const record = run(0, engine, 'create', 10);
      return { ...record, measurement: { ...record.measurement, cpuSeconds, serverCpuSeconds } };
    };
    const [, ours] = summarize([busy('floor', 1, 9), busy('ours', 12, 8)], 'ours');
    expect(ours).toMatchObject({ engine: 'ours', ratio: { median: 1 }, cpuRatio: { median: 2 } });
  });

  test('leaves out a run that went wrong, and what is compared with it', () => {
    const wrong = summarize([run(0, 'floor', 'create', 10), run(0, 'ours', 'create', 1, ['no rows'])], 'ours');
    expect(wrong.map(({ engine }) => engine)).toEqual(['floor']);
    const alone = summarize([run(0, 'floor', 'create', 1, ['no rows']), run(0, 'ours', 'create', 5)], 'ours');
    expect(alone[0]).toMatchObject({ engine: 'ours', ratio: null, isReached: null });
  });
});

const line = (
  over: Partial<HistoryLine>,
  ratio: [number, number, number] = [0.6, 0.7, 0.8],
  pssMiB = 400,
): HistoryLine => ({
  at: '2026-01-01T00:00:00.000Z',
  commit: 'abc',
  rows: 1000,
  processor: 'X',
  cores: 2,
  server: 'PostgreSQL 18.4',
  works: { 'ours/create': { runs: 3, seconds: 5, ratio, pssMiB, walMiB: 10 } },
  wrong: [],
  ...over,
});

describe('the history', () => {
  test('compares with the last of as many rows on the same kind of machine and server', () => {
    const history = [
      line({ commit: 'old' }),
      line({ commit: 'last' }),
      line({ rows: 5 }),
      line({ cores: 8 }),
      line({ server: 'PostgreSQL 17.1' }),
    ];
    expect(findComparable(history, line({}))?.commit).toBe('last');
    expect(findComparable(history, line({ processor: 'Y' }))).toBeNull();
  });

  test.each([
    { case: 'the same', now: line({}), found: [] },
    { case: 'a median within what was measured then', now: line({}, [0.7, 0.79, 0.9]), found: [] },
    { case: 'a median above all that was', now: line({}, [0.8, 0.9, 1]), found: ['ours/create: ratio 0.9, was 0.7'] },
    { case: 'a little more memory', now: line({}, [0.6, 0.7, 0.8], 430), found: [] },
    {
      case: 'much more memory',
      now: line({}, [0.6, 0.7, 0.8], 500),
      found: ['ours/create: memory 500 MiB, was 400 MiB'],
    },
    {
      case: 'a work that goes wrong now',
      now: line({ wrong: ['ours/unchanged'] }),
      found: ['ours/unchanged: goes wrong'],
    },
  ])('finds what is worse: $case', ({ now, found }) => {
    expect(findRegressions(line({}), now)).toEqual(found);
  });
});

describe('the options', () => {
  test('have defaults, and take lists', () => {
    expect(readOptions([])).toMatchObject({ rows: 1_000_000, runs: 3, peers: [], databaseUrl: null });
    expect(readOptions(['--works', 'create,dry-run', '--peers', 'all', '--no-save'])).toMatchObject({
      works: ['create', 'dry-run'],
      peers: expect.arrayContaining(['merge', 'dlt', 'pgloader']),
      resultsDirectory: null,
    });
  });

  test.each([
    { args: ['--rows', 'many'], message: '--rows many: give a whole number from 200' },
    { args: ['--runs', '0'], message: '--runs 0: give a whole number from 1' },
    { args: ['--works', 'creates'], message: '--works: there is no creates; choose of create, ' },
    { args: ['--peers', 'dtl'], message: '--peers: there is no dtl; choose of merge, ' },
  ])('say what is wrong with $args', ({ args, message }) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe('the URL for tools written in Go', () => {
  test.each([
    {
      url: 'postgres://postgres:a%2Fb@%2Ftmp%2Fsockets/bench',
      go: 'postgresql://postgres:a%2Fb@/bench?host=/tmp/sockets&sslmode=disable',
    },
    { url: 'postgres://me:x@db.example:6000/bench', go: 'postgresql://me:x@db.example:6000/bench?sslmode=prefer' },
  ])('of $url', ({ url, go }) => {
    expect(renderGoUrl(url)).toBe(go);
  });
});
