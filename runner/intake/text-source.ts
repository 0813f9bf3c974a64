import { Readable } from 'node:stream';
import { isAscii, isUtf8 } from 'node:buffer';
import { ForeignLines } from '../../core/intake/foreign-lines.ts';
import { dosCodePageOf } from '../../core/intake/dos-code-pages.ts';
import { guessEncoding } from '../../core/intake/guess-encoding.ts';
import { encodingOfPrefix, isUtf8Census } from '../../core/intake/text-encoding.ts';
import type { TextEncodingName } from '../../core/intake/text-encoding.ts';
import { incompleteTail, takeUtf8Census } from '../../core/intake/utf8.ts';
import { BadInput } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';
import { copyOf, decode, newDamage, type TextDamage } from './text-decoding.ts';

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

const SAMPLE_BYTES = 128 * 1024;
/** After this many sound characters of several bytes their exact number decides nothing. */
const ENOUGH_MULTIBYTE = 20_000;

/**
 * Tells the encoding of a source. Without a byte order mark the whole of it is looked at: a decision on the first
 * kilobytes would garble a file whose first accent comes late. `declared` (a label of the WHATWG Encoding Standard) goes
 * before everything but a byte order mark.
 */
export async function openText(source: ByteSource, declared: string | null = null): Promise<TextSource> {
  const { prefix, total, said, census, foreign } = await examine(source, declared !== null);
  if (said?.encoding === 'UTF-32') {
    throw new BadInput('UnsupportedFormat', `${source.label} is text in UTF-32, which is not read`, {
      file: source.label,
      hint: 'save it as UTF-8',
    });
  }
  const bomBytes = said?.bomBytes ?? 0;
  const sure = bomBytes > 0 ? said?.encoding : (declared ?? said?.encoding);
  const encoding = canonical(sure ?? (isUtf8Census(census) ? 'UTF-8' : guessEncoding(foreign.all())));
  const isWhole = total < SAMPLE_BYTES;
  const cut = isWhole || encoding !== 'UTF-8' ? 0 : incompleteTail(prefix);
  const head = Readable.from([prefix.subarray(0, prefix.length - cut)]);
  const sample: Uint8Array[] = [];
  for await (const part of decode(head, encoding, bomBytes, newDamage())) sample.push(copyOf(part));
  return {
    label: source.label,
    encoding,
    isGuessed: sure === undefined && encoding !== 'UTF-8',
    hasByteOrderMark: bomBytes > 0,
    sample: Buffer.concat(sample),
    isWhole,
    open: (damage = newDamage()) => decode(source.open(), encoding, bomBytes, damage),
  };
}

interface Examination {
  readonly prefix: Buffer;
  /** Bytes of the source, or as many as were needed. */
  readonly total: number;
  readonly said: ReturnType<typeof encodingOfPrefix>;
  readonly census: { readonly multibyte: number; readonly broken: number };
  readonly foreign: ForeignLines;
}

async function examine(source: ByteSource, isDeclared: boolean): Promise<Examination> {
  const head: Uint8Array[] = [];
  const foreign = new ForeignLines();
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
    if (said !== null || isDeclared) {
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
    if (census.broken > 0) foreign.take(whole);
  }
  if (carry.length > 0) {
    broken += takeUtf8Census(carry).broken;
    foreign.take(carry);
  }
  return { prefix: Buffer.concat(head), total, said, census: { multibyte, broken }, foreign };
}

/** The names that the decoders go by; every label of Windows-1252 (ISO-8859-1, Latin1) is that. */
function canonical(label: string): string {
  const ofDos = dosCodePageOf(label);
  if (ofDos !== null) return ofDos;
  const { encoding } = new TextDecoder(label);
  const known = ['UTF-8', 'UTF-16LE', 'UTF-16BE', 'Windows-1252'].find((name) => name.toLowerCase() === encoding);
  return known ?? label;
}
