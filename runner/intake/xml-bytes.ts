/* eslint-disable @typescript-eslint/no-non-null-assertion -- bytes beyond the end are undefined, which no comparison takes for a sign, and a check for each byte is what this file must not cost */
import { isUtf8 } from 'node:buffer';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const AMPERSAND = 38;
const SLASH = 47;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;

/** What a byte is within text: nothing special, or one of these. */
const PLAIN = 0;
const STOP = 1;
const ENTITY = 2;
const WIDE = 3;
const UNDERSCORE = 4;
const OTHER = 5;
const CLASSES = new Uint8Array(256);
CLASSES.fill(OTHER, 0, SPACE).fill(WIDE, 128);
CLASSES[TAB] = PLAIN;
CLASSES[LF] = PLAIN;
CLASSES[LESS] = STOP;
CLASSES[AMPERSAND] = ENTITY;
CLASSES[GREATER] = OTHER;
CLASSES['_'.charCodeAt(0)] = UNDERSCORE;

const NAME_STARTS = new Uint8Array(256);
const NAME_SIGNS = new Uint8Array(256);
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:') NAME_STARTS[sign.charCodeAt(0)] = 1;
NAME_SIGNS.set(NAME_STARTS);
for (const sign of '0123456789.-') NAME_SIGNS[sign.charCodeAt(0)] = 1;

const R = 'r'.charCodeAt(0);
const S = 's'.charCodeAt(0);
const T = 't'.charCodeAt(0);
const MOST_ATTRIBUTES = 16;

/**
 * Reads markup from bytes of UTF-8, as far as it is spelled in the way in which programs spell it. Every method takes the
 * offset to read from and returns the one after what it read, or -1 where the markup is not well-formed XML 1.0 or merely
 * spelled in a way that is not known here (comments, CDATA, single quotes, CR …): then a full parser has to see it. What
 * it does take means the same to a full parser. Names are compared with the namespace prefix of the elements, if any.
 */
export class XmlBytes {
  bytes: Buffer;
  /** Values of the attributes `r`, `s` and `t`: where each begins and ends; -1 where it is not there. */
  rBegin = -1;
  rEnd = -1;
  sBegin = -1;
  sEnd = -1;
  tBegin = -1;
  tEnd = -1;
  /** The last `text`, and whether it has entities, or an underscore, to be decoded. */
  textBegin = 0;
  textEnd = 0;
  hasEntities = false;
  hasUnderscore = false;
  /** It is more than ASCII. */
  isWide = false;
  #selfClosed = false;
  readonly #prefix: Uint8Array;
  readonly #names = new Int32Array(2 * MOST_ATTRIBUTES);

  /** @param prefix of element names: '' or, for example, `x:` */
  constructor(prefix: string) {
    this.bytes = Buffer.alloc(0);
    this.#prefix = Buffer.from(prefix);
  }

  blanks(from: number): number {
    const { bytes } = this;
    let at = from;
    for (;;) {
      const byte = bytes[at];
      if (byte !== SPACE && byte !== LF && byte !== TAB && byte !== CR) return at;
      at += 1;
    }
  }

  /** `<name`, before its attributes. */
  open(from: number, name: Uint8Array): number {
    return this.bytes[from] === LESS ? this.#name(from + 1, name) : -1;
  }

  /** `</name>` */
  close(from: number, name: Uint8Array): number {
    if (this.bytes[from] !== LESS || this.bytes[from + 1] !== SLASH) return -1;
    const at = this.#name(from + 2, name);
    return at >= 0 && this.bytes[at] === GREATER ? at + 1 : -1;
  }

  isClosing(at: number): boolean {
    return this.bytes[at] === LESS && this.bytes[at + 1] === SLASH;
  }

  #name(from: number, name: Uint8Array): number {
    const prefix = this.#prefix;
    const at = prefix.length === 0 ? from : this.#same(from, prefix);
    return at < 0 ? -1 : this.#same(at, name);
  }

  #same(from: number, wanted: Uint8Array): number {
    const { bytes } = this;
    let at = from;
    for (const byte of wanted) if (bytes[at++] !== byte) return -1;
    return at;
  }

  /** The rest of a tag after its name, up to and with its `>`. */
  attributes(from: number): number {
    const { bytes } = this;
    this.rBegin = -1;
    this.sBegin = -1;
    this.tBegin = -1;
    let others = 0;
    let at = from;
    for (;;) {
      let byte = bytes[at];
      if (byte === GREATER) {
        this.#selfClosed = false;
        return at + 1;
      }
      if (byte === SLASH) {
        this.#selfClosed = true;
        return bytes[at + 1] === GREATER ? at + 2 : -1;
      }
      if (byte !== SPACE && byte !== LF && byte !== TAB && byte !== CR) return -1;
      at = this.blanks(at + 1);
      byte = bytes[at];
      if (byte === GREATER || byte === SLASH) continue;
      const name = at;
      if (NAME_STARTS[byte!] !== 1) return -1;
      do at += 1;
      while (NAME_SIGNS[bytes[at]!] === 1);
      const nameEnd = at;
      if (bytes[at] !== EQUALS || bytes[at + 1] !== QUOTE) return -1;
      at += 2;
      const begin = at;
      for (byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
        // ASCII without control characters; line ends and tabs would be spaces.
        if (byte === undefined || byte < SPACE || byte > 126 || byte === LESS || byte === AMPERSAND) return -1;
        at += 1;
      }
      const end = at;
      at += 1;
      if (nameEnd - name === 1 && (bytes[name] === R || bytes[name] === S || bytes[name] === T)) {
        if (!this.#keep(bytes[name], begin, end)) return -1;
      } else if (!this.#isNew(name, nameEnd, others++)) return -1;
    }
  }

  /** Whether the last `attributes` ended in `/>`. */
  isSelfClosed(): boolean {
    return this.#selfClosed;
  }

  #keep(name: number, begin: number, end: number): boolean {
    if (name === R) {
      if (this.rBegin >= 0) return false;
      this.rBegin = begin;
      this.rEnd = end;
    } else if (name === S) {
      if (this.sBegin >= 0) return false;
      this.sBegin = begin;
      this.sEnd = end;
    } else {
      if (this.tBegin >= 0) return false;
      this.tBegin = begin;
      this.tEnd = end;
    }
    return true;
  }

  /** No attribute may stand twice in a tag. */
  #isNew(begin: number, end: number, others: number): boolean {
    if (others === MOST_ATTRIBUTES) return false;
    const { bytes } = this;
    const names = this.#names;
    for (let other = 0; other < others; other += 1) {
      const otherBegin = names[2 * other]!;
      if (names[2 * other + 1]! - otherBegin !== end - begin) continue;
      let at = 0;
      while (at < end - begin && bytes[otherBegin + at] === bytes[begin + at]) at += 1;
      if (at === end - begin) return false;
    }
    names[2 * others] = begin;
    names[2 * others + 1] = end;
    return true;
  }

  /** Text up to the next `<`. */
  text(from: number): number {
    const { bytes } = this;
    let at = from;
    this.isWide = false;
    this.hasEntities = false;
    this.hasUnderscore = false;
    for (;;) {
      const kind = CLASSES[bytes[at]!];
      if (kind === PLAIN) {
        at += 1;
        continue;
      }
      if (kind === STOP) break;
      if (kind === WIDE) this.isWide = true;
      else if (kind === UNDERSCORE) this.hasUnderscore = true;
      else if (kind === ENTITY) this.hasEntities = true;
      else return -1;
      at += 1;
    }
    this.textBegin = from;
    this.textEnd = at;
    return this.isWide && !isXmlText(bytes.subarray(from, at)) ? -1 : at;
  }

  /** The last text, decoded; null where it has an entity that is not known here. */
  decodeText(): string | null {
    const raw = this.bytes.toString('utf8', this.textBegin, this.textEnd);
    return this.hasEntities ? decodeEntities(raw) : raw;
  }
}

/** U+FFFE and U+FFFF, EF BF BE and EF BF BF, are the only ones beyond ASCII that valid UTF-8 may hold and XML may not. */
function isXmlText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !NO_CHARACTERS.some((signs) => bytes.includes(signs));
}

const NO_CHARACTERS = [Buffer.from('\ufffe'), Buffer.from('\uffff')];

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string | null {
  const [first = '', ...others] = text.split('&');
  let decoded = first;
  for (const other of others) {
    const end = other.indexOf(';');
    const character = end < 0 ? null : characterOf(other.slice(0, end));
    if (character === null) return null;
    decoded += character + other.slice(end + 1);
  }
  return decoded;
}

/** `amp`, `#10` or `#xA`; null where it is none. */
function characterOf(entity: string): string | null {
  if (Object.hasOwn(ENTITIES, entity)) return ENTITIES[entity] ?? null;
  const [, decimal, hex] = /^#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}))$/.exec(entity) ?? [];
  const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? parseInt(hex, 16) : Number.NaN;
  return isXmlCharacter(code) ? String.fromCodePoint(code) : null;
}

function isXmlCharacter(code: number): boolean {
  if (code < SPACE) return code === TAB || code === LF || code === CR;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
