import { expect, test } from 'vitest';
import { countAll, countRequests, countWrites } from '../../../bench/operator/audit.ts';
import { inParallel } from '../../../bench/operator/in-parallel.ts';
import { judge, judgeGrowth } from '../../../bench/operator/judge.ts';
import type { Cost, SizeResult } from '../../../bench/operator/measure-size.ts';
import { sumMetric } from '../../../bench/operator/operator-metrics.ts';
import { readOptions } from '../../../bench/operator/options.ts';
import { renderResult } from '../../../bench/operator/results.ts';

const event = (verb: string, resource: string, subresource?: string): string =>
  JSON.stringify({ verb, objectRef: { resource, ...(subresource === undefined ? {} : { subresource }) } });

test('requests are counted by what they do, and writes leave leases and events out', () => {
  const counts = countRequests([
    event('list', 'smartconnectors'),
    event('patch', 'smartconnectors', 'status'),
    event('patch', 'smartconnectors', 'status'),
    event('update', 'leases'),
    event('create', 'events'),
    event('create', 'jobs'),
    '',
    '{"verb": "get", "obj',
  ]);
  expect(counts).toEqual({
    unreadable: 1,
    'list smartconnectors': 1,
    'patch smartconnectors/status': 2,
    'update leases': 1,
    'create events': 1,
    'create jobs': 1,
  });
  expect(countAll(counts)).toBe(7);
  expect(countWrites(counts)).toBe(3);
});

test('a metric is summed over the samples that have a label', () => {
  const text = [
    '# HELP controller_runtime_reconcile_total Reconciles.',
    'controller_runtime_reconcile_total{controller="a",result="success"} 2',
    'controller_runtime_reconcile_total{controller="a",result="error"} 1',
    'controller_runtime_reconcile_total{controller="b",result="success"} 7',
    'controller_runtime_reconcile_total_other{controller="a"} 9',
  ].join('\n');
  expect(sumMetric(text, 'controller_runtime_reconcile_total', 'controller="a"')).toBe(3);
  expect(sumMetric(text, 'controller_runtime_reconcile_total', 'controller="c"')).toBe(0);
});

test('work in parallel does each number once, and no more at a time than asked for', async () => {
  const done: number[] = [];
  let [busy, most] = [0, 0];
  await inParallel(10, 3, async (index) => {
    most = Math.max(most, ++busy);
    await Promise.resolve();
    done.push(index);
    busy -= 1;
  });
  expect(done.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(3);
});

const MIB = 2 ** 20;
const cost = (seconds: number): Cost & { pssBytes: number; rssBytes: number } => ({
  seconds,
  cpuSeconds: seconds / 2,
  requests: 10,
  writes: 0,
  byRequest: {},
  transactions: 5,
  loadBefore: 0,
  pssBytes: 100 * MIB,
  rssBytes: 150 * MIB,
});
const latencies = { count: 1, least: 100, median: 200, p95: 300, most: 400 };
const size = (connectors: number, restartSeconds: number): SizeResult => ({
  connectors,
  floor: { list: 0.5, patch: 1, jobs: 1, executions: 1 },
  validation: cost(30),
  restart: cost(restartSeconds),
  idle: { ...cost(60), cpuSeconds: 0.3 },
  reaction: latencies,
  launch: { ...cost(20), delays: latencies },
});

test('targets hold for a thousand connectors, and are missed by what is above them', () => {
  const figure = (result: SizeResult, name: string) => judge(result).find((one) => one.name === name);
  expect(figure(size(1000, 21), 'restart: all looked at')).toMatchObject({ value: 21, target: 20 });
  expect(figure(size(100, 21), 'restart: all looked at')?.target).toBeNull();
  expect(figure(size(1000, 21), 'restart: over listing them')?.value).toBe(42);
  expect(figure(size(1000, 21), 'idle: share of a core')?.value).toBe(0.5);
});

test('the table says which target is reached and how cost grows', () => {
  const machine = { processor: 'p', cores: 2, memoryBytes: 1, kernel: 'k', node: 'n' };
  const sizes = [size(1000, 21), size(3000, 63)];
  const text = renderResult({ at: '', commit: '', machine, server: '', sizes });
  expect(text).toMatch(/restart: all looked at +s +21 +63 +at most 20: MISSED/);
  expect(text).toMatch(/idle: share of a core +% +0\.5 +0\.5 +at most 1: reached/);
  expect(text).toMatch(/cost of a connector at 3000 over that at 1000/);
  expect(judgeGrowth(size(1000, 21), size(3000, 63))[0]).toMatchObject({ name: 'restart, seconds', value: 1 });
});

test('options that make no sense are told by name', () => {
  expect(readOptions(['--connectors', '10,20']).sizes).toEqual([10, 20]);
  expect(() => readOptions(['--connectors', 'many'])).toThrow('--connectors many');
  expect(() => readOptions(['--idle', '0'])).toThrow('--idle 0');
});
