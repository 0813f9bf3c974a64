import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../support/oracle/seed.ts';
import { intake } from './harness.ts';

describe('rows written back as an input file', () => {
  it('come in again under the same names, whatever their headers and values', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', '1', '"', "'", ',', ';', '|', '\t', '\n', ' ', '\\', 'é', '\0'),
      maxLength: 6,
    });
    const grid = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(text, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
      );
    await fc.assert(
      fc.asyncProperty(grid, async (rows) => {
        const file = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n');
        const first = await intake('f.csv', file, { spreadsheet: { delimiter: ',' } });
        fc.pre(first.failure === null);
        const second = await intake('f.csv', first.rewritten);
        expect(second.failure).toBeNull();
        expect(second.tables).toEqual(first.tables);
      }),
      seeded({ numRuns: 200 }),
    );
  });

  it.each([
    ['a header with tabs beside blank headers', [['', '\t\t\ta', '']]],
    [
      'semicolons in every row',
      [
        ['a', 'b;c;d'],
        ['1', '2;3;4'],
      ],
    ],
    [
      'a header like a byte order mark',
      [
        ['\ufeffa', 'b'],
        ['1', '2'],
      ],
    ],
    ['NUL characters that look like UTF-16', [['a', '\0']]],
    ['NUL characters around a line end', [['\0\n\0a']]],
    ['NUL characters in every other place', [Array.from({ length: 4 }, () => '\0a\0b\0')]],
    ['one column with semicolons', [['a;b'], ['1;2']]],
  ])('come in again with %s', async (_, rows) => {
    const file = rows.map((row) => row.map((cell) => `"${cell}"`).join(',')).join('\n');
    const first = await intake('f.csv', file, { spreadsheet: { delimiter: ',' } });
    const second = await intake('f.csv', first.rewritten);
    expect(second.tables).toEqual(first.tables);
  });

  it('are events for a webhook, digit for digit', async () => {
    const file =
      '[{"timestamp":1700000000123,"employee_id":"e1","querystring":"a=1","body":{"n":\n 1.10}},{"a":"x"},{"body":"a=1","timestamp":"soon"}]';
    const first = await intake('e.json', file, { type: 'Webhook' });
    expect(first.rewritten.split('\n').slice(0, 2)).toEqual([
      '{"timestamp":1700000000123,"employee_id":"e1","querystring":"a=1","body":{"n":  1.10}}',
      '{"timestamp":1767323045678,"employee_id":null,"querystring":null,"body":{"a":"x"}}',
    ]);
    const second = await intake('e.ndjson', first.rewritten, { type: 'Webhook' });
    expect(second.tables[0]?.rows.slice(1)).toEqual(first.tables[0]?.rows.slice(1));
  });
});
