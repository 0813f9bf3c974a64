import { describe, expect, it } from 'vitest';
import { SheetRow } from '../../../core/intake/sheet-row.ts';
import { TextPool } from '../../../runner/intake/text-pool.ts';

describe('texts by number', () => {
  it('are there however they were added, and no others', () => {
    const pool = new TextPool('f.xlsx');
    pool.add('é');
    pool.addBytes(Buffer.from('<t>b</t>'), 3, 4);
    pool.add('');
    pool.add('d'.repeat(100_000));
    const row = new SheetRow();
    row.clear(1);
    expect([0, 1, 2, 3, 4, 5000].map((index) => pool.putInto(row, index, index))).toEqual([
      ...[true, true, true, true],
      ...[false, false],
    ]);
    expect(row.texts()).toEqual(['é', 'b', '', 'd'.repeat(100_000)]);
  });

  it.each([
    ['long', 'x'.repeat(1000)],
    ['empty', ''],
  ])('are refused beyond a size, where they are %s too', (_, text) => {
    const pool = new TextPool('f.xlsx', 64 * 1024);
    const fill = (): void => {
      for (let count = 0; count < 100_000; count += 1) pool.add(text);
    };
    expect(fill).toThrow('f.xlsx holds more than 64Ki of texts');
    expect(pool.size).toBeGreaterThan(60);
  });
});
