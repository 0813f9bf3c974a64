import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, RowStatus } from '../../../core/model/outcome.ts';
import { PROBLEM_RANKS, rankOf, type ProblemRank } from '../../../core/report/problem-order.ts';
import { blocksOf, collectProblems } from '../../../runner/report/problem-lines.ts';
import { anOutcome, streamOutcomes } from './report-source.ts';

const row = fc.record({
  status: fc.constantFrom<RowStatus>('Created', 'Created', 'Updated', 'Rejected', 'Failed', 'SkippedAmbiguous'),
  warnings: fc.array(fc.constant({ code: 'Odd', message: 'odd' }), { maxLength: 1 }),
});
const outcomes = fc
  .array(row, { maxLength: 40 })
  .map((rows) => rows.map((one, index) => anOutcome({ row: index + 1, ...one })));

async function readLines(lines: readonly Buffer[]): Promise<Outcome[]> {
  let text = '';
  for await (const block of blocksOf(lines)) text += Buffer.from(block).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome);
}

const ofRank = (all: readonly Outcome[], rank: ProblemRank): Outcome[] => all.filter((one) => rankOf(one) === rank);

describe('lines of rows with problems', () => {
  it('are kept whole and in order, or not at all, however much may be kept and whatever is known', async () => {
    const known = fc.subarray([...PROBLEM_RANKS]);
    await fc.assert(
      fc.asyncProperty(outcomes, known, fc.integer({ min: 0, max: 20_000 }), async (all, ranks, mostBytes) => {
        const counts = new Map(ranks.map((rank) => [rank, ofRank(all, rank).length]));
        const kept = await collectProblems(() => streamOutcomes(all), counts, mostBytes);
        for (const [rank, lines] of kept) {
          expect(await readLines(lines)).toEqual(ofRank(all, rank));
          expect(counts.get(rank)).toBe(ofRank(all, rank).length);
        }
      }),
    );
  });

  it('of the rank that takes most give way to the others', async () => {
    const all = Array.from({ length: 50 }, (_, index) =>
      anOutcome({ row: index + 1, status: index % 10 === 0 ? 'Rejected' : 'Failed' }),
    );
    const kept = await collectProblems(() => streamOutcomes(all), new Map([['SkippedAmbiguous', 0]]), 10_000);
    expect([...kept.keys()]).not.toContain('Failed');
    expect(kept.get('Rejected')).toHaveLength(5);
  });

  it('are not looked for where there are none, or too many', async () => {
    const none = PROBLEM_RANKS.map((rank): [ProblemRank, number] => [rank, rank === 'Failed' ? 1_000_000 : 0]);
    const refuse = (): never => {
      throw new Error('the outcomes were read');
    };
    expect(await collectProblems(refuse, new Map(none))).toEqual(new Map());
  });
});
