import { expect, test } from 'vitest';
import type { ColumnType } from '../../../core/model/object.ts';
import { buildIdWriter, buildRecordIds } from '../../../core/planner/record-id.ts';
import { encodeBinary } from '../../../runner/load/binary-value.ts';
import { HeldRecords } from '../../../runner/load/held-records.ts';
import type { PlainCreate, PlainUpdate } from '../../../runner/load/plain-rows.ts';
import { findEnds } from '../../../runner/load/plain-scan.ts';
import { compilePlainTuples, compileUpdateTuples } from '../../../runner/load/plain-tuples.ts';
import type { UpdateColumn } from '../../../runner/load/plain-update.ts';
import { renderCopyColumn } from '../../../runner/load/record-values.ts';
import { BytePool } from '../../../runner/load/row-bytes.ts';
import { TupleBytes } from '../../../runner/load/tuple-bytes.ts';
import { field } from '../../support/oracle/builders.ts';

const ID = '01900000-0000-7000-8000-00000000000a';
const NO_FRAME = { head: [], tail: [] };
const HEAD_BYTES = 19;
const TRAILER_BYTES = 2;

/** The values of a line, as they stand between a tab and an LF. */
function valuesOf(texts: readonly (string | null)[]) {
  const bytes = Buffer.from(`\t${texts.map(renderCopyColumn).join('\t')}\n`);
  const bounds = new Uint32Array(texts.length + 1);
  expect(findEnds(bytes, 1, bounds, 1, texts.length, true)).toBe(true);
  const records = { record: fail, keys: fail, changed: fail };
  return { row: 1, bytes, bounds, boundsFrom: 0, length: bytes.length - 2, place: 0, records };
}

function fail(): never {
  throw new Error('nobody asks for the record');
}

function holding(types: readonly ColumnType[], texts: readonly (string | null)[]) {
  const fields = types.map((columnType, index) => field(`f${index}`, 'Text', { columnType }));
  const line = [ID, 'f', ...texts.map(renderCopyColumn)].join('\t');
  return { fields, held: new HeldRecords(Buffer.from(`${line}\n`), fields, field('f0')) };
}

const tupleOf = (...values: (readonly [ColumnType, string | null])[]): string => {
  const parts = values.map(([type, value]) => encodeBinary(type, value) ?? new Uint8Array(0));
  return Buffer.concat([Buffer.of(0, values.length), ...parts]).toString('hex');
};

const sentBy = (tuples: TupleBytes): string =>
  Buffer.concat([...tuples.parts()])
    .subarray(HEAD_BYTES, -TRAILER_BYTES)
    .toString('hex');

const columnOf = (
  fields: ReturnType<typeof holding>['fields'],
  index: number,
  value: number | string,
): UpdateColumn => {
  const one = fields[index] ?? field('none');
  const source = typeof value === 'number' ? { place: value, constant: '' } : { place: -1, constant: value };
  const shared = { field: one, type: one.columnType, rule: 'OverwriteClearIfBlank', heldColumn: 2 + index } as const;
  return { ...shared, place: source.place, constant: Buffer.from(source.constant) };
};

test('a record takes from the row what the row changes, and keeps the rest as it is held', () => {
  const { fields, held } = holding(
    ['text', 'numeric', 'timestamptz', 'boolean', 'date', 'text'],
    ['k', '1.50', '2026-01-31 23:59:59.5+00', 't', null, 'a\tb\\'],
  );
  const columns = [columnOf(fields, 1, 1), columnOf(fields, 3, 'f'), columnOf(fields, 4, 2), columnOf(fields, 5, 0)];
  const add = compileUpdateTuples(fields, columns, fields, NO_FRAME);
  const tuples = new TupleBytes(new BytePool());
  const changes = Uint8Array.of(1, 1, 1, 0);
  const plan: PlainUpdate = { ...valuesOf(['k', null, '2026-02-01']), held, line: 0, changes, isChanged: true };
  expect(add(plan, tuples)).toBe(0);
  expect(sentBy(tuples)).toBe(
    tupleOf(
      ['uuid', ID],
      ['text', 'k'],
      ['numeric', null],
      ['timestamptz', '2026-01-31T23:59:59.5Z'],
      ['boolean', 'f'],
      ['date', '2026-02-01'],
      ['text', 'a\tb\\'],
    ),
  );
});

const MANY = 500;
const LONG = 'x'.repeat(1 << 20);

test('a held text is given room once, however many other fields its record has', () => {
  const texts = Array.from({ length: MANY }, (_, index) => (index === 1 ? LONG : 'a'));
  const { fields, held } = holding(
    texts.map(() => 'text'),
    texts,
  );
  const add = compileUpdateTuples(fields, [columnOf(fields, 0, 0)], fields, NO_FRAME);
  const tuples = new TupleBytes(new BytePool());
  const plan: PlainUpdate = { ...valuesOf(['b']), held, line: 0, changes: Uint8Array.of(1), isChanged: true };
  expect(add(plan, tuples)).toBe(0);
  expect(tuples.bytes.length).toBeLessThan(2 * LONG.length);
});

test('the values of a row are given room once, and once more for each further field that takes the same one', () => {
  const fields = Array.from({ length: MANY }, (_, index) => field(`f${index}`));
  const values = valuesOf([LONG, ...fields.slice(1).map(() => 'a')]);
  const rest = { decision: { reason: '', rule: null }, hashes: new Float64Array(0), hashesFrom: 0 };
  const plan: PlainCreate = { ...values, ...rest };
  const ids = buildIdWriter(buildRecordIds(0, '123456789', 0));
  const room = (placeOf: (index: number) => number): number => {
    const columns = fields.map((one, index) => {
      return { kind: 'Variable', field: one, place: placeOf(index), takes: null, quick: null } as const;
    });
    const tuples = new TupleBytes(new BytePool());
    expect(compilePlainTuples(fields, columns, ids, NO_FRAME)(plan, tuples)).toBe(0);
    return tuples.bytes.length;
  };
  expect(room((index) => index)).toBeLessThan(2 * LONG.length);
  const twice = room((index) => Math.max(0, index - 1));
  expect(twice).toBeGreaterThan(2 * LONG.length);
  expect(twice).toBeLessThan(3 * LONG.length);
});
