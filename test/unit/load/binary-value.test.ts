import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnType } from '../../../core/model/object.ts';
import { BINARY_WRITERS, encodeBinary, MOST_ADDED_BYTES } from '../../../runner/load/binary-value.ts';
import { seeded } from '../../support/oracle/seed.ts';

const hexOf = (type: ColumnType, text: string): string | null => {
  const bytes = encodeBinary(type, text);
  return bytes === null ? null : Buffer.from(bytes).toString('hex');
};

/** As `numeric_send`, `timestamptz_send` and the others print them. */
test.each<[ColumnType, string, string]>([
  ['numeric', '0', '0000000a' + '0001' + '0000' + '0000' + '0000' + '0000'],
  ['numeric', '-12345.678', '0000000e' + '0003' + '0001' + '4000' + '0003' + '0001' + '0929' + '1a7c'],
  ['numeric', '1.10', '0000000c' + '0002' + '0000' + '0000' + '0002' + '0001' + '03e8'],
  ['date', '2000-01-01', '00000004' + '00000000'],
  ['date', '1999-12-31', '00000004' + 'ffffffff'],
  ['timestamptz', '2000-01-01T00:00:01.5Z', '00000008' + '000000000016e360'],
  ['timestamptz', '1999-12-31 23:59:59.999999+00', '00000008' + 'ffffffffffffffff'],
  ['boolean', 'true', '00000001' + '01'],
  ['boolean', 'f', '00000001' + '00'],
  ['uuid', '01900000-0000-7000-8000-0000000000Ab', '00000010' + '019000000000700080000000000000ab'],
  ['text', '', '00000000'],
])('%s %s', (type, text, hex) => {
  expect(hexOf(type, text)).toBe(hex);
});

describe('what only the server can say is left to it', () => {
  test.each<[ColumnType, readonly string[]]>([
    [
      'numeric',
      ['', '-', '.5', '1.', '+1', '1e5', 'NaN', 'Infinity', '-Infinity', ' 1', '1 ', '1,5', '1_000', '1.2.3'],
    ],
    ['date', ['', '2026-02-29', '2026-13-01', '2026-00-01', '2026-01-00', '0000-01-01', '10000-01-01', '2026-1-1']],
    ['date', ['0001-01-01 BC', 'infinity', '2026/01/01', '20260131', '2026-01-3x']],
    ['timestamptz', ['', '2026-01-31', '2026-01-31T24:00:00Z', '2026-01-31T23:60:00Z', '2026-01-31T23:59:60Z']],
    ['timestamptz', ['2026-01-31T23:59:59', '2026-01-31T23:59:59+05', '2026-01-31T23:59:59+00:30', 'infinity']],
    ['timestamptz', ['2026-01-31T23:59:59.Z', '2026-01-31T23:59:59.1234567Z', '0001-01-01 00:00:00+00 BC']],
    ['timestamptz', ['2026-02-30T00:00:00Z', '2026-01-31t00:00:00Z', '2026-01-31T00.00.00Z', '2026-01-31T-1:00:00Z']],
    ['boolean', ['', 'yes', '1', 'TRUE', 'to', 'fal', 'tree', 'fancy']],
    ['uuid', ['', '0190000000007000800000000000000a', '{01900000-0000-7000-8000-00000000000a}']],
    ['uuid', ['01900000-0000-7000-8000-00000000000g', '01900000-0000-7000-8000-00000000000']],
  ])('%s %j', (type, texts) => {
    for (const text of texts) expect(hexOf(type, text), text).toBeNull();
  });
});

test('a number of more digits than the format tells behind the point is left to the server', () => {
  expect(hexOf('numeric', '1'.repeat(16_383))).not.toBeNull();
  expect(hexOf('numeric', '1'.repeat(16_384))).toBeNull();
});

test('no text, whatever it holds, takes more room than it is said to', () => {
  const types = (Object.keys(BINARY_WRITERS) as ColumnType[]).filter((type) => BINARY_WRITERS[type] !== null);
  const examples = [
    '-123.4567',
    '2026-01-31',
    '2026-01-31T23:59:59.5Z',
    '01900000-0000-7000-8000-00000000000a',
    'true',
  ];
  const text = fc.oneof(
    fc.constantFrom(...examples),
    fc.stringMatching(/^-?[0-9]{0,40}[.]?[0-9]{0,40}$/),
    fc
      .tuple(fc.constantFrom(...examples), fc.nat(40), fc.stringMatching(/^[-0-9.:+TZa-f ]?$/))
      .map(([example, at, odd]) => example.slice(0, at) + odd + example.slice(at + 1)),
  );
  const UNTOUCHED = 0xa5;
  fc.assert(
    fc.property(fc.constantFrom(...types), text, fc.nat(3), (type, value, before) => {
      const bytes = Buffer.from(`${'\t'.repeat(before)}${value}\n`);
      const to = bytes.length - 1;
      const target = Buffer.alloc(before + value.length + MOST_ADDED_BYTES + 64, UNTOUCHED);
      const end = BINARY_WRITERS[type]?.(bytes, before, to, target, before) ?? -1;
      const most = before + value.length + MOST_ADDED_BYTES;
      expect(target.subarray(0, before).every((byte) => byte === UNTOUCHED)).toBe(true);
      expect(target.subarray(most).every((byte) => byte === UNTOUCHED)).toBe(true);
      if (end >= 0) expect(target.readInt32BE(before)).toBe(end - before - 4);
    }),
    seeded({ numRuns: 5000 }),
  );
});
