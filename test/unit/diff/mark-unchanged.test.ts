import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { markUnchanged } from '../../../runner/diff/mark-unchanged.ts';

const folder = mkdtempSync(join(tmpdir(), 'mark-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Sixteen bytes that tell two numbers apart in the first and in the last of them only. */
function hashOf(number: number): Buffer {
  const bytes = Buffer.alloc(16, 0xfe);
  bytes.writeUInt32LE(number);
  bytes.writeUInt32BE(number, 12);
  return bytes;
}

interface Row {
  readonly hash: number;
  readonly rejected: boolean;
}

interface Marked {
  readonly unchanged: readonly boolean[];
  readonly count: number;
  readonly sum: string;
}

const rowBytes = (row: number, { hash, rejected }: Row): Buffer => {
  const head = Buffer.from([0, 0, 0, 0, rejected ? 1 : 0]);
  head.writeUInt32LE(row);
  return Buffer.concat([head, hashOf(hash)]);
};

/** Marks the rows of a file, and looks at all that is left in it. */
function mark(rows: readonly Row[], baseline: readonly number[], partitionBytes?: number): Marked {
  const rowHashes = join(folder, 'rows.bin');
  const hashes = join(folder, 'baseline.bin');
  const directory = join(folder, 'between');
  const before = rows.map((row, index) => rowBytes(index + 1, row));
  writeFileSync(rowHashes, Buffer.concat(before));
  writeFileSync(hashes, Buffer.concat(baseline.map(hashOf)));
  const totals = markUnchanged({ rowHashes, baseline: hashes, directory }, partitionBytes);
  const after = readFileSync(rowHashes);
  const unchanged = rows.map((_, index) => after[index * 21 + 4] === 1);
  const expected = rows.map(({ hash }, index) => rowBytes(index + 1, { hash, rejected: unchanged[index] === true }));
  expect(after.equals(Buffer.concat(expected))).toBe(true);
  expect(readdirSync(directory)).toEqual([]);
  return { unchanged, ...totals };
}

/** The same, row by row. */
function reference(rows: readonly Row[], baseline: readonly number[]): Marked {
  const unchanged = rows.map(({ hash, rejected }) => !rejected && baseline.includes(hash));
  const hashes = rows.filter((_, index) => unchanged[index] === true).map(({ hash }) => hashOf(hash));
  const numbers = hashes.map((bytes) => BigInt(`0x${bytes.reverse().toString('hex')}`));
  const sum = BigInt.asUintN(
    128,
    numbers.reduce((total, number) => total + number, 0n),
  );
  return { unchanged, count: hashes.length, sum: String(sum) };
}

test('marks what a plain search finds, whatever the number of partitions', () => {
  const row = fc.record({ hash: fc.nat(40), rejected: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 60 }),
      fc.uniqueArray(fc.nat(40)),
      fc.constantFrom(16, 64, 2 ** 21),
      (rows, baseline, bytes) => {
        expect(mark(rows, baseline, bytes)).toEqual(reference(rows, baseline));
      },
    ),
  );
});

test('marks the rows of files that are longer than what is read of them at once', () => {
  const rows = Array.from({ length: 70_000 }, (_, index) => ({ hash: index, rejected: index % 10 === 9 }));
  const baseline = Array.from({ length: 50_000 }, (_, index) => 99_998 - index * 2);
  const { unchanged, count } = mark(rows, baseline, 64 * 1024);
  const expected = rows.map(({ hash, rejected }) => !rejected && hash % 2 === 0);
  expect(unchanged).toEqual(expected);
  expect(count).toBe(expected.filter(Boolean).length);
});

test('a file that ends within a row is refused', () => {
  const rowHashes = join(folder, 'cut.bin');
  const baseline = join(folder, 'none.bin');
  writeFileSync(rowHashes, rowBytes(1, { hash: 1, rejected: false }).subarray(1));
  writeFileSync(baseline, '');
  const marking = (): unknown => markUnchanged({ rowHashes, baseline, directory: join(folder, 'cut') });
  expect(marking).toThrow('it ends within a row');
});
