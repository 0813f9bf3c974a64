import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBinary } from '../../../runner/load/binary-value.ts';
import { BytePool } from '../../../runner/load/row-bytes.ts';
import { TupleBytes } from '../../../runner/load/tuple-bytes.ts';

const HEADER = '5047434f50590aff0d0a000000000000000000';

function addTuple(tuples: TupleBytes, values: readonly (string | null)[]): string {
  const fields = values.map((value) => encodeBinary('text', value) ?? new Uint8Array(0));
  const bytes = Buffer.concat([Buffer.of(0, values.length), ...fields]);
  tuples.reserve(bytes.length);
  bytes.copy(tuples.bytes, tuples.end);
  tuples.close(tuples.end + bytes.length);
  return bytes.toString('hex');
}

test('rows come in their order without those that were dropped, between header and trailer', () => {
  const row = fc.array(fc.option(fc.string()), { minLength: 1, maxLength: 4 });
  const rows = fc.array(fc.record({ row, isDropped: fc.boolean() }), { maxLength: 300, size: 'max' });
  const pool = new BytePool();
  fc.assert(
    fc.property(rows, (given) => {
      const tuples = new TupleBytes(pool);
      const kept = given.flatMap(({ row: values, isDropped }, place) => {
        const hex = addTuple(tuples, values);
        if (isDropped) tuples.drop(place);
        return isDropped ? [] : [hex];
      });
      expect(tuples.kept).toBe(kept.length);
      expect(Buffer.concat([...tuples.parts()]).toString('hex')).toBe(`${HEADER}${kept.join('')}ffff`);
      tuples.release();
    }),
    { numRuns: 60 },
  );
});
