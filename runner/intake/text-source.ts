import { Readable } from 'node:stream';
import { isAscii, isUtf8 } from 'node:buffer';
import {
  encodingOfCensus,
  encodingOfPrefix,
  isUndefinedInWindows1252,
  utf8FromWindows1252,
} from '../../core/intake/text-encoding.ts';
import type { TextEncodingName } from '../../core/intake/text-encoding.ts';
import { incompleteTail, takeUtf8Census } from '../../core/intake/utf8.ts';
import type { ByteSource } from './byte-source.ts';

/** Text of a known encoding, read as UTF-8 without its byte order mark. */
export interface TextSource {
  readonly label: string;
  readonly encoding: TextEncodingName;
  /** No byte order mark and not UTF-8: the encoding is the best guess. */
  readonly isGuessed: boolean;
  readonly hasByteOrderMark: boolean;
  /** The first bytes, as UTF-8, and whether they are all there is. */
  readonly sample: Uint8Array;
  readonly isWhole: boolean;
  /** A chunk is valid until the next one is asked for. */
  open(damage?: TextDamage): AsyncGenerator<Uint8Array>;
}

/** Bytes that meant nothing in the encoding and were replaced by U+FFFD. Filled in while the text is read. */
export interface TextDamage {
  replaced: number;
  /** In bytes of the UTF-8 text; -1: none. */
  firstOffset: number;
}

const SAMPLE_BYTES = 128 * 1024;
/** After this many sound characters of several bytes their exact number decides nothing. */
const ENOUGH_MULTIBYTE = 20_000;

/**
 * Tells the encoding of a source. Without a byte order mark the whole of it is looked at: a decision on the first
 * kilobytes would garble a file whose first accent comes late.
 */
export async function openText(source: ByteSource): Promise<TextSource> {
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let total = 0;
  let multibyte = 0;
  let broken = 0;
  let said: ReturnType<typeof encodingOfPrefix> = null;
  let carry: Uint8Array = new Uint8Array(0);
  for await (const chunk of source.open()) {
    total += chunk.length;
    if (headBytes < SAMPLE_BYTES) {
      head.push(copyOf(chunk.subarray(0, SAMPLE_BYTES - headBytes)));
      headBytes += Math.min(chunk.length, SAMPLE_BYTES - headBytes);
      said = encodingOfPrefix(Buffer.concat(head));
    }
    if (said !== null) {
      if (headBytes >= SAMPLE_BYTES) break;
      continue;
    }
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const tail = incompleteTail(bytes);
    carry = copyOf(bytes.subarray(bytes.length - tail));
    const whole = bytes.subarray(0, bytes.length - tail);
    if (isAscii(whole) || (multibyte > ENOUGH_MULTIBYTE && isUtf8(whole))) continue;
    const census = takeUtf8Census(whole);
    multibyte += census.multibyte;
    broken += census.broken;
  }
  if (carry.length > 0) broken += takeUtf8Census(carry).broken;
  const encoding = said?.encoding ?? encodingOfCensus({ multibyte, broken });
  const bomBytes = said?.bomBytes ?? 0;
  const prefix = Buffer.concat(head);
  const isWhole = total < SAMPLE_BYTES;
  const cut = isWhole || encoding !== 'UTF-8' ? 0 : incompleteTail(prefix);
  const sample: Uint8Array[] = [];
  for await (const part of decode(
    Readable.from([prefix.subarray(0, prefix.length - cut)]),
    encoding,
    bomBytes,
    newDamage(),
  )) {
    sample.push(part);
  }
  return {
    label: source.label,
    encoding,
    isGuessed: said === null && encoding !== 'UTF-8',
    hasByteOrderMark: bomBytes > 0,
    sample: Buffer.concat(sample),
    isWhole,
    open: (damage = newDamage()) => decode(source.open(), encoding, bomBytes, damage),
  };
}

export function newDamage(): TextDamage {
  return { replaced: 0, firstOffset: -1 };
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncodingName,
  bomBytes: number,
  damage: TextDamage,
): AsyncGenerator<Uint8Array> {
  const rest = skipBytes(chunks, bomBytes);
  if (encoding === 'UTF-8') yield* decodeUtf8(rest, damage);
  else if (encoding === 'Windows-1252') yield* decodeWindows1252(rest, damage);
  else yield* decodeUtf16(rest, encoding, damage);
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

async function* decodeUtf16(
  chunks: AsyncIterable<Uint8Array>,
  encoding: 'UTF-16LE' | 'UTF-16BE',
  damage: TextDamage,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
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
  for await (const chunk of chunks) yield emit(decoder.decode(chunk, { stream: true }));
  const rest = decoder.decode();
  if (rest !== '') yield emit(rest);
}

/** Chunks are views into buffers that are used again. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}
