import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRecord, COLUMNS, renderLine, renderStored } from '../../../bench/data/record.ts';
import { buildVariant, type VariantName } from '../../../bench/data/variants.ts';
import { ensureDataFile } from '../../../bench/data/write-file.ts';

const ROWS = 2000;

const recordsOf = (name: VariantName, rows = ROWS) => {
  const variant = buildVariant(name, rows);
  return Array.from({ length: variant.rows }, (_, row) => {
    const { index, version } = variant.lineAt(row);
    return { row, index, version, record: buildRecord(1, index, version) };
  });
};

describe('the records of the benchmark', () => {
  test('are the same for the same seed and differ for another', () => {
    expect(buildRecord(1, 5, 0)).toEqual(buildRecord(1, 5, 0));
    expect(buildRecord(1, 5, 0)).not.toEqual(buildRecord(2, 5, 0));
  });

  test('look as they always have', () => {
    expect(renderLine(buildRecord(1, 0, 0))).toMatchInlineSnapshot(
      `"M-00000001,  Padded ,Ivanova,member.0@example.com,20525.23,387,1958-01-24,2022-03-17T01:36:00Z,false"`,
    );
    expect(renderLine(buildRecord(1, 1, 2))).toMatchInlineSnapshot(
      `"M-9e3779b0,"O’Neil, Jr.",Okafor,member.1@example.com,5.93,2332,1998-07-22,2020-03-29T21:10:28Z,true"`,
    );
  });

  test('have a key each', () => {
    expect(new Set(recordsOf('first').map(({ record }) => record.code)).size).toBe(ROWS);
  });

  test('differ in what is stored from one version to the next, whatever is blank', () => {
    for (const { index, record } of recordsOf('first')) {
      for (const version of [1, 2, 3])
        expect(renderStored(buildRecord(1, index, version))).not.toBe(renderStored(record));
    }
  });

  test('have blanks in every optional column, and none in the key and the quantity', () => {
    const blanks = (column: (typeof COLUMNS)[number]) =>
      recordsOf('first').filter(({ record }) => record[column] === '').length;
    for (const column of ['last_name', 'email', 'amount', 'joined', 'seen_at', 'is_active'] as const) {
      expect(blanks(column)).toBeGreaterThan(ROWS / 50);
    }
    expect(blanks('code') + blanks('quantity')).toBe(0);
  });

  test.each([
    { amount: '1.50', stored: '1.5' },
    { amount: '10.00', stored: '10' },
    { amount: '100', stored: '100' },
    { amount: '0.05', stored: '0.05' },
  ])('store the amount $amount as $stored', ({ amount, stored }) => {
    expect(renderStored({ ...buildRecord(1, 0, 0), amount }).split('\u001f')[3]).toBe(stored);
  });
});

describe('the files of the benchmark', () => {
  test.each([
    { name: 'one-percent', changed: ROWS / 100 },
    { name: 'changed', changed: ROWS },
  ] as const)('$name changes $changed of the records', ({ name, changed }) => {
    const first = recordsOf('first');
    const differing = recordsOf(name).filter(
      ({ row, record }) => renderStored(record) !== renderStored(first[row]!.record),
    );
    expect(differing.length).toBe(changed);
  });

  test.each([
    { name: 'duplicates-1', keys: 1990, shared: 20 },
    { name: 'duplicates-100', keys: 1000, shared: 2000 },
  ] as const)('$name has $keys keys, and $shared rows that share theirs', ({ name, keys, shared }) => {
    const byKey = Map.groupBy(recordsOf(name), ({ record }) => record.code);
    expect(byKey.size).toBe(keys);
    const twins = [...byKey.values()].filter((rows) => rows.length > 1);
    expect(twins.flat().length).toBe(shared);
    const variant = buildVariant(name, ROWS);
    for (const rows of byKey.values()) {
      expect(rows.map(({ row }) => variant.isSuperseded(row))).toEqual([...rows.slice(1).map(() => true), false]);
    }
  });

  test('the preview has known and new records in equal parts', () => {
    const known = recordsOf('preview').filter(({ index }) => index < ROWS);
    expect(known.length).toBe(ROWS / 2);
  });
});

describe('writing a file', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'smartconnector-bench-data-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('gives the lines of the variant, and the same file when asked again', async () => {
    const made = await ensureDataFile(directory, 1, ROWS, 'first');
    const lines = (await readFile(made.path, 'utf8')).split('\n');
    expect(lines[0]).toBe(COLUMNS.join(','));
    expect(lines.slice(1, -1)).toEqual(recordsOf('first').map(({ record }) => renderLine(record)));
    expect(made).toMatchObject({ rows: ROWS, loaded: { records: ROWS } });
    expect(await ensureDataFile(directory, 1, ROWS, 'first')).toEqual(made);
  });

  test('expects another table after other values', async () => {
    const [first, changed] = [
      await ensureDataFile(directory, 1, ROWS, 'first'),
      await ensureDataFile(directory, 1, ROWS, 'one-percent'),
    ];
    expect(changed.loaded.records).toBe(first.loaded.records);
    expect(changed.loaded.sum).not.toBe(first.loaded.sum);
  });
});
