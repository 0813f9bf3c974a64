import { describe, expect, test } from 'vitest';
import { startStageClock } from '../../../bench/measure/stage-clock.ts';
import { pairedRatios, spreadOf } from '../../../bench/measure/statistics.ts';
import { buildRound } from '../../../bench/schedule.ts';

describe('the spread of measurements', () => {
  test.each([
    { values: [3], spread: { least: 3, median: 3, most: 3 } },
    { values: [4, 1], spread: { least: 1, median: 2.5, most: 4 } },
    { values: [9, 1, 2], spread: { least: 1, median: 2, most: 9 } },
    { values: [10, 9, 1, 2], spread: { least: 1, median: 5.5, most: 10 } },
  ])('of $values is $spread', ({ values, spread }) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  test('of nothing is an error', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('ratios are of the same round, and rounds that lack one are left out', () => {
    const ours = new Map([
      [0, 2],
      [1, 30],
      [2, 5],
    ]);
    const floor = new Map([
      [0, 4],
      [1, 10],
    ]);
    expect(pairedRatios(ours, floor)).toEqual([0.5, 3]);
  });
});

describe('the clock of stages', () => {
  const draw = (text: string): string => `\r\u001b[K${text}`;

  test('takes the times between the first and the last drawing of a stage', () => {
    const clock = startStageClock(0);
    clock.see(draw('reading the input …'), 1000);
    clock.see(draw('loading members: 1 of 9 rows (11 %)'), 3000);
    clock.see(draw('loading members: 9 of 9 rows (100 %)'), 4000);
    clock.see(draw('writing the report …'), 6000);
    clock.see(`${draw('')}members: Succeeded in 6 s\r\nexecution x\r\n`, 7000);
    expect(clock.stop(7500)).toEqual([
      { stage: 'starting', seconds: 1 },
      { stage: 'reading the input', seconds: 2 },
      { stage: 'loading members', seconds: 3 },
      { stage: 'writing the report', seconds: 1 },
      { stage: 'ending', seconds: 0.5 },
    ]);
  });

  test('knows one stage only where nothing is drawn', () => {
    const clock = startStageClock(0);
    clock.see('members: Succeeded\n', 900);
    expect(clock.stop(1000)).toEqual([{ stage: 'starting', seconds: 1 }]);
  });
});

describe('a round', () => {
  const names = (round: number, works: Parameters<typeof buildRound>[0]): string[] =>
    buildRound(works, 'ours', ['floor'], round).map(({ engine, work }) => `${engine} ${work.name}`);

  test('takes what a work builds on and is compared with, the engines in turn', () => {
    expect(names(0, ['all-changed'])).toEqual(['floor create', 'ours create', 'floor all-changed', 'ours all-changed']);
    expect(names(1, ['all-changed'])).toEqual(['ours create', 'floor create', 'ours all-changed', 'floor all-changed']);
    expect(names(0, ['unchanged'])).toEqual([
      'floor create',
      'ours create-checked',
      'floor unchanged',
      'ours unchanged',
    ]);
    expect(names(0, ['duplicates-1'])).toEqual(['floor create', 'ours create', 'ours duplicates-1']);
  });

  test('keeps a database until the last work in it', () => {
    const turns = buildRound(['all-changed', 'unchanged'], 'ours', ['floor'], 0);
    const last = turns.filter((turn) => turn.isLast).map(({ engine, work }) => `${engine} ${work.name}`);
    expect(last).toEqual(['ours unchanged', 'floor all-changed', 'ours all-changed']);
  });
});
