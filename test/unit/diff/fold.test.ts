import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROW_STATUSES } from '../../../core/model/outcome.ts';
import { foldExecution } from '../../../runner/diff/fold.ts';
import { totalsOf, type FoldScope } from '../../../runner/diff/fold-request.ts';
import { foldReference, type Entry, type Past, type Scope, type State } from './fold-reference.ts';

const directory = mkdtempSync(join(tmpdir(), 'fold-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Sixteen bytes that tell two numbers apart in the first and in the last of them only. */
function key(number: number): Buffer {
  const bytes = Buffer.alloc(16, 0xfe);
  bytes.writeUInt32LE(number);
  bytes.writeUInt32BE(number, 12);
  return bytes;
}
const numberOf = (bytes: Buffer): number => bytes.readUInt32LE();

let files = 0;
function write(parts: readonly Buffer[]): string {
  const path = join(directory, `${(files += 1)}.bin`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

function rowBytes(row: number, ...rest: readonly number[]): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, ...rest]);
  bytes.writeUInt32LE(row);
  return bytes;
}

function writeState({ row, status, record, unresolved }: State): Buffer {
  const flags = (record === null ? 0 : 1) | (unresolved ? 2 : 0);
  return Buffer.concat([rowBytes(row, ROW_STATUSES.indexOf(status), flags), key(record ?? 0)]);
}

const writeScope = ({ baseline, rowHashes, steps }: Scope): FoldScope => ({
  baseline:
    baseline &&
    write(baseline.map(({ hash, step, record }) => Buffer.concat([key(hash), Buffer.from([step]), key(record)]))),
  rowHashes:
    rowHashes &&
    write(rowHashes.map(({ row, unchanged, hash }) => Buffer.concat([rowBytes(row, unchanged ? 1 : 0), key(hash)]))),
  steps: steps.map((states, step) => ({ step, path: write(states.map(writeState)) })),
});

const textOf = ({ hash, step, record }: Entry): string => `${hash}/${step}/${record}`;

function slices(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: bytes.length / length }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}

/** What a fold writes: the entries in no order, and the hashes with their totals. */
function fold(past: Past, partitionBytes?: number): { entries: string[]; hashes: number[]; totals: unknown } {
  const output = join(directory, 'output.bin');
  const hashes = join(directory, 'hashes.bin');
  const between = join(directory, 'between');
  const request = { ...writeScope(past), others: past.others.map(writeScope), ended: past.ended, output, hashes };
  foldExecution(request, between, partitionBytes);
  expect(readdirSync(between)).toEqual([]);
  const entries = slices(readFileSync(output), 33).map((bytes) =>
    textOf({ hash: numberOf(bytes), step: bytes[16] ?? -1, record: numberOf(bytes.subarray(17)) }),
  );
  const totals = JSON.parse(readFileSync(totalsOf(hashes), 'utf8')) as unknown;
  return { entries: entries.sort(), hashes: slices(readFileSync(hashes), 16).map(numberOf), totals };
}

/** As ClickHouse adds hashes up. */
function totalsOfHashes(hashes: readonly number[]): unknown {
  const sum = hashes.reduce((before, hash) => before + BigInt(`0x${key(hash).reverse().toString('hex')}`), 0n);
  return { count: hashes.length, sum: String(BigInt.asUintN(128, sum)) };
}

function expectReference(past: Past, partitionBytes?: number): void {
  const { entries, hashes, totals } = fold(past, partitionBytes);
  const expected = foldReference(past);
  expect(entries).toEqual(expected.map(textOf).sort());
  expect([...hashes].sort((a, b) => a - b)).toEqual(
    [...new Set(expected.map(({ hash }) => hash))].sort((a, b) => a - b),
  );
  expect(totals).toEqual(totalsOfHashes(hashes));
}

const KEYS = fc.nat({ max: 12 });
const ROWS = 8;
const entry = fc.record({ hash: KEYS, step: fc.nat({ max: 1 }), record: KEYS });
const stateOf = (row: number): fc.Arbitrary<State> =>
  fc.record({
    row: fc.constant(row),
    status: fc.constantFrom('Created', 'Updated', 'Unarchived', 'Unchanged', 'SkippedByRule', 'Failed'),
    record: fc.option(KEYS, { freq: 6 }),
    unresolved: fc.integer({ max: 4, min: 0 }).map((one) => one === 0),
  });
const rowNumbers = Array.from({ length: ROWS }, (_, index) => index + 1);
const step = fc.subarray(rowNumbers).chain((rows) => fc.tuple(...rows.map(stateOf)));
const rowHashes = fc
  .subarray(rowNumbers)
  .chain((rows) =>
    fc.tuple(...rows.map((row) => fc.record({ row: fc.constant(row), unchanged: fc.boolean(), hash: KEYS }))),
  );
const scope = fc.record({
  baseline: fc.option(fc.array(entry, { maxLength: 10 }), { freq: 4 }),
  rowHashes: fc.option(rowHashes, { freq: 6 }),
  steps: fc.array(step, { maxLength: 2 }),
});
const past = fc
  .tuple(scope, fc.array(scope, { maxLength: 2 }), fc.boolean())
  .map(([own, others, ended]): Past => ({ ...own, others, ended }));

describe('a fold is what its rules say, entry by entry', () => {
  test.each([
    ['in one partition', undefined],
    ['in many partitions', 16],
  ])('%s', (_, partitionBytes) => {
    fc.assert(
      fc.property(past, (one) => expectReference(one, partitionBytes)),
      { numRuns: 300 },
    );
  });
});

const NO_SCOPE: Past = { baseline: null, rowHashes: null, steps: [], others: [], ended: true };
const created = (row: number, record: number): State => ({ row, status: 'Created', record, unresolved: false });

describe('rows that do not fit in memory', () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => index + 1);
  const hashed = rows.map((row) => ({ row, unchanged: false, hash: row * 3 }));

  test.each([8 * 1024, 1024 * 1024])('enter the baseline, each by its hash, by partitions of %d bytes', (bytes) => {
    const run = { ...NO_SCOPE, rowHashes: hashed, steps: [rows.map((row) => created(row, row * 7))] };
    const { entries, hashes, totals } = fold(run, bytes);
    expect(entries).toEqual(rows.map((row) => textOf({ hash: row * 3, step: 0, record: row * 7 })).sort());
    expect(totals).toEqual(totalsOfHashes(hashes));
    expect(hashes).toHaveLength(rows.length);
  });

  test('do not enter where they all reach one record', () => {
    const run = { ...NO_SCOPE, rowHashes: hashed, steps: [rows.map((row) => created(row, 1))] };
    expect(fold(run, 8 * 1024)).toEqual({ entries: [], hashes: [], totals: { count: 0, sum: '0' } });
  });

  test('stay where they were left out, and leave where they were not seen', () => {
    const baseline = rows.map((row) => ({ hash: row * 3, step: 0, record: row * 7 }));
    const seen = hashed.filter(({ row }) => row % 2 === 0).map((row) => ({ ...row, unchanged: true }));
    const { hashes } = fold({ ...NO_SCOPE, baseline, rowHashes: seen, steps: [[]] }, 8 * 1024);
    expect(hashes.sort((a, b) => a - b)).toEqual(seen.map(({ hash }) => hash));
  });
});

test('a file that ends within a row is an error, not a shorter baseline', () => {
  const baseline = write([key(1), Buffer.from([0]), key(2), key(3)]);
  const request = { baseline, rowHashes: null, steps: [], others: [], ended: false, hashes: null };
  expect(() => foldExecution({ ...request, output: join(directory, 'cut.bin') }, join(directory, 'cut'))).toThrow(
    `${baseline}: it ends within a row`,
  );
});
