import type { QuickTest } from '../../core/planner/convert.ts';
import { hashBytes, hashKey } from '../../core/hashing/key-hash.ts';
import type { ScopeLines } from '../sql/scope-lines.ts';
import { PlainChunk } from './plain-chunk.ts';
import { readText, type PlainHash, type PlainRows } from './plain-rows.ts';
import { isNull, scanLines } from './plain-scan.ts';

const POINT = 46;

/** Finds the rows of a chunk that can be planned so. */
export function scanChunk(plain: PlainRows, lines: ScopeLines): PlainChunk {
  const { keys, recordKeys, columns, variables } = plain;
  const { bytes, starts } = lines;
  const scanned = scanLines(bytes, starts, variables);
  const { rows, bounds } = scanned;
  const keyHashes = new Float64Array(rows.length * keys.length);
  const recordHashes = new Float64Array(rows.length * recordKeys.length);
  const tested = columns.flatMap((column) => (column.kind === 'Constant' || column.takes === null ? [] : [column]));
  // Where a record is found by the key that its row was matched by, the hash is the same.
  const sameAs = recordKeys.map((record) =>
    keys.findIndex((key) => key.place === record.place && key.isExact && record.isExact),
  );
  for (let line = 0; line < rows.length; line += 1) {
    if (rows[line] === 0) continue;
    const first = line * (variables + 1);
    const fromOf = (place: number): number => (bounds[first + place] ?? 0) + 1;
    const toOf = (place: number): number => bounds[first + place + 1] ?? 0;
    let isTaken = true;
    for (const { place, takes, quick } of tested) {
      isTaken = takesValue(bytes, fromOf(place), toOf(place), quick, takes);
      if (!isTaken) break;
    }
    if (!isTaken) {
      rows[line] = 0;
      continue;
    }
    for (let rule = 0; rule < keys.length; rule += 1) {
      const key = keys[rule];
      if (key === undefined) continue;
      keyHashes[line * keys.length + rule] = hashValue(bytes, fromOf(key.place), toOf(key.place), key);
    }
    for (let field = 0; field < recordKeys.length; field += 1) {
      const key = recordKeys[field];
      if (key === undefined || key.place < 0) continue;
      const same = sameAs[field] ?? -1;
      recordHashes[line * recordKeys.length + field] =
        same >= 0
          ? (keyHashes[line * keys.length + same] ?? 0)
          : hashValue(bytes, fromOf(key.place), toOf(key.place), key);
    }
  }
  return new PlainChunk(plain, lines, scanned, keyHashes, recordHashes);
}

function takesValue(
  bytes: Buffer,
  from: number,
  to: number,
  quick: QuickTest | null,
  takes: ((text: string) => boolean) | null,
): boolean {
  if (isNull(bytes, from, to)) return true;
  if (quick !== null && passesTest(quick, bytes, from, to)) return true;
  return takes === null || takes(readText(bytes, from, to));
}

function passesTest(test: QuickTest, bytes: Buffer, from: number, to: number): boolean {
  if (test.kind === 'Length') return to - from <= test.most;
  for (let at = from; at < to; at += 1) {
    if (bytes[at] === POINT) return test.kind === 'FractionDigits' && to - at - 1 <= test.most;
  }
  return true;
}

/** The hash of a key; 0 where the value is blank. */
function hashValue(bytes: Buffer, from: number, to: number, { isExact, keyOf }: PlainHash): number {
  if (isNull(bytes, from, to)) return 0;
  const hash = isExact ? hashBytes(bytes, from, to) : 0;
  if (hash !== 0) return hash;
  const key = keyOf(readText(bytes, from, to));
  return key === null ? 0 : hashKey(key);
}
