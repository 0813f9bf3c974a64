import { isAscii, isUtf8 } from 'node:buffer';
import { decodeDosText, dosCodePageOf } from '../../core/intake/dos-code-pages.ts';
import { isUndefinedInWindows1252, utf8FromWindows1252 } from '../../core/intake/text-encoding.ts';
import type { TextEncodingName } from '../../core/intake/text-encoding.ts';
import { incompleteTail, takeUtf8Census } from '../../core/intake/utf8.ts';

/** Bytes that meant nothing in the encoding and were replaced by U+FFFD. Filled in while the text is read. */
export interface TextDamage {
  replaced: number;
  /** In bytes of the UTF-8 text; -1: none. */
  firstOffset: number;
}

export function newDamage(): TextDamage {
  return { replaced: 0, firstOffset: -1 };
}

/** Text of an encoding as UTF-8, without the `bomBytes` at its beginning. Chunks may be cut anywhere. */
export async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncodingName,
  bomBytes: number,
  damage: TextDamage,
): AsyncGenerator<Uint8Array> {
  const rest = skipBytes(chunks, bomBytes);
  if (encoding === 'UTF-8') yield* decodeUtf8(rest, damage);
  else if (encoding === 'Windows-1252') yield* decodeWindows1252(rest, damage);
  else yield* decodeOther(rest, encoding, damage);
}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>, damage: TextDamage): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let carry: Uint8Array = new Uint8Array(0);
  const repair = (bytes: Uint8Array): Uint8Array => {
    if (isUtf8(bytes)) return bytes;
    const out = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), 'utf8');
    damage.replaced += takeUtf8Census(bytes).broken;
    if (damage.firstOffset < 0) damage.firstOffset = offset + firstDifference(bytes, out);
    return out;
  };
  for await (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const tail = incompleteTail(bytes);
    carry = copyOf(bytes.subarray(bytes.length - tail));
    if (tail === bytes.length) continue;
    const out = repair(bytes.subarray(0, bytes.length - tail));
    yield out;
    offset += out.length;
  }
  if (carry.length > 0) yield repair(carry);
}

async function* decodeWindows1252(chunks: AsyncIterable<Uint8Array>, damage: TextDamage): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const chunk of chunks) {
    if (isAscii(chunk)) {
      offset += chunk.length;
      yield chunk;
      continue;
    }
    chunk.forEach((byte, index) => {
      if (!isUndefinedInWindows1252(byte)) return;
      damage.replaced += 1;
      if (damage.firstOffset < 0) damage.firstOffset = offset + utf8FromWindows1252(chunk.subarray(0, index)).length;
    });
    const out = utf8FromWindows1252(chunk);
    offset += out.length;
    yield out;
  }
}

async function* decodeOther(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncodingName,
  damage: TextDamage,
): AsyncGenerator<Uint8Array> {
  const isOfDos = dosCodePageOf(encoding) !== null;
  const decoder = isOfDos ? null : new TextDecoder(encoding, { ignoreBOM: true });
  let offset = 0;
  const emit = (text: string): Uint8Array => {
    const out = Buffer.from(text, 'utf8');
    for (let at = out.indexOf('\ufffd'); at >= 0; at = out.indexOf('\ufffd', at + 3)) {
      damage.replaced += 1;
      if (damage.firstOffset < 0) damage.firstOffset = offset + at;
    }
    offset += out.length;
    return out;
  };
  for await (const chunk of chunks) {
    yield emit(decoder === null ? decodeDosText(chunk, encoding) : decoder.decode(chunk, { stream: true }));
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield emit(rest);
}

/** Chunks are views into buffers that are used again. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}
