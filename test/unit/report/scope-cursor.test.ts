import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScopeCursor } from '../../../runner/sql/scope-cursor.ts';
import { ScopeLine } from '../../../runner/sql/scope-line.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';
import { blocksOf, streamed } from './report-source.ts';

const text = fc.oneof(fc.string(), fc.constantFrom('\\N', '\t', '\n', 'R', '', 'é🔩'));
const line = fc
  .tuple(fc.option(fc.nat()), fc.boolean(), fc.option(text), fc.tuple(fc.option(text), fc.option(text)))
  .map(([inputRow, isRejected, problem, values]) => (row: number) => {
    const problems = problem === null ? null : JSON.stringify([{ code: 'Odd', message: problem }]);
    const input = inputRow === null ? null : String(inputRow);
    return [String(row), input, isRejected ? 'R' : '', problems, ...values].map(escapeField).join('\t');
  });
const shape = { path: 'scopes/products.tsv.zst', arrays: [false, false] };

describe('a walk over the rows of a scope', () => {
  it('tells of every row what reading it as text tells', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (all) => {
        const lines = all.map((render, index) => render(index * 3 + 1));
        const rows = new ScopeCursor(streamed(blocksOf(lines)), shape, lines.length);
        const told: unknown[] = [];
        while (await rows.load()) {
          while (rows.next()) {
            const { row, rejected, hasProblems } = rows;
            told.push({ row, rejected, hasProblems, values: rows.text(rows.valuesFrom) });
          }
        }
        const expected = lines.map((one, index) => {
          const { row, rejected, hasProblems, valueText } = new ScopeLine(one, index + 1, shape);
          return { row, rejected, hasProblems, values: valueText };
        });
        expect(told).toEqual(expected);
      }),
    );
  });

  it('finds the rows that are there, and goes on after those that are not', async () => {
    const numbers = [2, 3, 5, 8, 13, 21, 34];
    const lines = numbers.map((row) => `${row}\t\\N\t\t\\N\ta\tb`);
    const rows = new ScopeCursor(streamed(blocksOf(lines)), shape, lines.length);
    const found: number[] = [];
    for (let row = 1; row < 34; row += 1) if (rows.find(row) || (await rows.seek(row))) found.push(row);
    expect(found).toEqual(numbers.slice(0, -1));
  });

  it.each<[string, string[], number]>([
    ['a line that ends early', ['1\t\\N\t\t\\N\ta\tb', '2\t\\N'], 2],
    ['a line without values', ['1\t\\N\t\t\\N'], 1],
    ['fewer rows than there must be', ['1\t\\N\t\t\\N\ta\tb'], 2],
    ['more rows than there must be', ['1\t\\N\t\t\\N\ta\tb', '2\t\\N\t\t\\N\ta\tb'], 1],
  ])('refuses %s', async (_, lines, count) => {
    const rows = new ScopeCursor(streamed(blocksOf(lines)), shape, count);
    const walk = async (): Promise<void> => {
      while (await rows.load()) while (rows.next());
    };
    await expect(walk()).rejects.toMatchObject({ code: 'ScopeFile', message: expect.stringContaining(shape.path) });
  });
});
