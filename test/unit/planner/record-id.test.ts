import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildIdWriter, buildRecordIds, readRecordOrigin } from '../../../core/planner/record-id.ts';
import { seeded } from '../../support/oracle/seed.ts';

const start = fc.integer({ min: 0, max: 2 ** 42 });
const salt = fc.integer({ min: 0, max: 2 ** 36 - 1 }).map((number) => number.toString(16).padStart(9, '0'));
const step = fc.integer({ min: 0, max: 63 });
const row = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.constantFrom(1, 2 ** 18 - 1, 2 ** 18, 2 ** 31, 2 ** 32 - 1),
);

describe('ids of created records', () => {
  it('are version 7 UUIDs that begin with the start of the execution', () => {
    fc.assert(
      fc.property(start, salt, step, row, (startMs, bits, index, number) => {
        const id = buildRecordIds(startMs, bits, index)(number);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(startMs);
      }),
      seeded({}),
    );
  });

  it('tell where they come from, in either case of letters', () => {
    fc.assert(
      fc.property(start, salt, step, row, (startMs, bits, index, number) => {
        const id = buildRecordIds(startMs, bits, index)(number);
        expect(readRecordOrigin(id)).toEqual({ startMs, stepIndex: index, row: number });
        expect(readRecordOrigin(id.toUpperCase())).toEqual({ startMs, stepIndex: index, row: number });
      }),
      seeded({}),
    );
  });

  it('are the same as text, as characters and as bytes', () => {
    fc.assert(
      fc.property(start, salt, step, row, fc.nat({ max: 3 }), (startMs, bits, index, number, at) => {
        const idOf = buildRecordIds(startMs, bits, index);
        const ids = buildIdWriter(idOf);
        const characters = Buffer.alloc(40, '.');
        const bytes = Buffer.alloc(20, 0xff);
        ids.writeText(number, characters, at);
        ids.writeBytes(number, bytes, at);
        expect(ids.of(number)).toBe(idOf(number));
        expect(characters.toString('latin1')).toBe(`${'.'.repeat(at)}${idOf(number)}${'.'.repeat(4 - at)}`);
        const hex = idOf(number).replaceAll('-', '');
        expect(bytes.toString('hex')).toBe(`${'ff'.repeat(at)}${hex}${'ff'.repeat(4 - at)}`);
      }),
      seeded({}),
    );
  });

  it('of another version tell nothing', () => {
    expect(readRecordOrigin('7c9e6679-7425-40de-944b-e07fc1f90ae7')).toBeNull();
    expect(readRecordOrigin('0198c5a2-7b1e-7000-c000-000000000000')).toBeNull();
    expect(readRecordOrigin('nothing')).toBeNull();
  });

  it('grow with the rows, and are the same for the same row', () => {
    fc.assert(
      fc.property(start, salt, step, row, row, (startMs, bits, index, left, right) => {
        const idOf = buildRecordIds(startMs, bits, index);
        expect(Math.sign(left - right)).toBe(idOf(left) < idOf(right) ? -1 : idOf(left) > idOf(right) ? 1 : 0);
        expect(buildRecordIds(startMs, bits, index)(left)).toBe(idOf(left));
      }),
      seeded({}),
    );
  });

  it('differ between steps, rows and salts', () => {
    const salts = ['000000000', '000000001', '040000000', '03fffffff', 'fffffffff', '400000000'];
    const ids = salts.flatMap((bits) =>
      [0, 1, 62, 63].flatMap((index) =>
        [1, 2, 2 ** 18, 2 ** 32 - 1].map(buildRecordIds(1_700_000_000_000, bits, index)),
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('differ between any two salts of 36 bits', () => {
    fc.assert(
      fc.property(salt, salt, (left, right) => {
        fc.pre(left !== right);
        expect(buildRecordIds(0, left, 3)(7)).not.toBe(buildRecordIds(0, right, 3)(7));
      }),
      seeded({
        examples: [
          ['3ffffffff', 'fffffffff'],
          ['040000000', '000000000'],
        ],
      }),
    );
  });

  it.each([0, -1, 2 ** 32])('refuse the row number %s', (number) => {
    expect(() => buildRecordIds(0, '000000000', 0)(number)).toThrow(RangeError);
  });
});
