import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import { ROW_STATUSES } from '../../../core/model/outcome.ts';
import { rankOf } from '../../../core/report/problem-order.ts';
import { OutcomeCursor } from '../../../runner/stages/outcome-cursor.ts';
import { anOutcome, streamed } from './report-source.ts';

const odd = fc.constantFrom(
  'a',
  '"',
  '\\',
  '","status":"',
  ',"record":"x"',
  '\u2028',
  '{"row":1',
  ',"errors":[],"warnings":[]}',
  'é',
);
const text = fc.array(odd, { maxLength: 4 }).map((parts) => parts.join(''));
const problems = fc.array(fc.record({ code: text, message: text }), { maxLength: 2 });
const values = fc.option(
  fc.dictionary(
    fc.constantFrom('status', 'record', 'reason', 'a', 'errors'),
    fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(text)),
  ),
);

const outcomes: fc.Arbitrary<Outcome> = fc.record({
  row: fc.integer({ min: 1 }),
  scope: text,
  step: text,
  object: text,
  status: fc.constantFrom(...ROW_STATUSES),
  reason: fc.option(text),
  record: fc.option(fc.uuid()),
  rule: fc.option(fc.nat(9)),
  before: values,
  after: values,
  errors: problems,
  warnings: problems,
});

/** What a cursor tells of its line, member by member where it read them. */
function tell(lines: OutcomeCursor): Outcome {
  const { outcome } = lines;
  if (!lines.isRead) return outcome;
  const textOf = (from: number, to: number): string | null => (to === 0 ? null : lines.text(from, to));
  return {
    ...outcome,
    row: lines.row,
    status: lines.status,
    reason: textOf(lines.reasonFrom, lines.reasonTo),
    record: textOf(lines.recordFrom, lines.recordTo),
    ...(lines.hasBefore ? {} : { before: null }),
    ...(lines.hasProblems ? {} : { errors: [], warnings: [], ...lines.change }),
  };
}

async function walk(texts: readonly string[], perBlock: number): Promise<{ told: Outcome[]; ranks: string[] }> {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < texts.length; from += perBlock) {
    blocks.push(Buffer.from(`${texts.slice(from, from + perBlock).join('\n')}\n`));
  }
  const lines = new OutcomeCursor(streamed(blocks));
  const told: Outcome[] = [];
  const ranks: string[] = [];
  while (await lines.load()) {
    while (lines.next()) {
      told.push(tell(lines));
      ranks.push(lines.rank);
    }
  }
  return { told, ranks };
}

it('tells of every line what the whole of it says, whatever its texts and its neighbours hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(outcomes, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, perBlock) => {
        const { told, ranks } = await walk(
          all.map((outcome) => JSON.stringify(outcome)),
          perBlock,
        );
        expect(told).toEqual(all);
        expect(ranks).toEqual(all.map(rankOf));
      },
    ),
    { numRuns: 1000 },
  );
});

it('reads lines as the load stage writes them without the rest of them', async () => {
  const lines = new OutcomeCursor(
    streamed([Buffer.from(`${JSON.stringify(anOutcome({ row: 7, reason: 'NoMatch' }))}\n`)]),
  );
  await lines.load();
  lines.next();
  expect([lines.isRead, lines.row, lines.status]).toEqual([true, 7, 'Created']);
  expect(lines.text(lines.reasonFrom, lines.reasonTo)).toBe('NoMatch');
});

it('takes a line whose members come in another order', async () => {
  const { row, ...rest } = anOutcome({ row: 7, status: 'Updated', before: { a: '1' }, after: { a: '2' } });
  const { told } = await walk([JSON.stringify({ ...rest, row }), JSON.stringify(anOutcome({ row: 8 }))], 2);
  expect(told).toEqual([{ ...rest, row }, anOutcome({ row: 8 })]);
});
