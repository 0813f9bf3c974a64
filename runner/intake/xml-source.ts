import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { BadInput } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';

/** What a reader of XML wants to hear. Names come without their namespace prefix. */
export interface XmlHandlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
  /** Where in the content the parser is, for messages, in place of line and column: `row 7`. */
  readonly place?: () => string;
}

/** The parser gathers a text until its element ends; more than this is no cell that a spreadsheet wrote. */
const MAX_TEXT_CHARS = 64 * 1024 * 1024;
/** Attributes are kept until their tag ends, in many times the memory of what is written. */
const MAX_TAG_CHARS = 4 * 1024 * 1024;
/** Every open element is kept until it ends; a workbook nests a few. */
const MAX_DEPTH = 256;

/** A parser of one XML document that gets its bytes in pieces. All of it throws `BadInput`. */
export class XmlFeed {
  readonly #parser: SaxesParser<{ xmlns: false; position: boolean }>;
  readonly #label: string;
  readonly #open: string[] = [];
  #decoder: TextDecoder | null = null;
  #isDecodedPlainly = false;
  #pending = 0;
  /** Characters given to the parser, and how many of them there were at the end of the last tag. */
  #written = 0;
  #lastTagEnd = -1;
  /** Where a tag began that has not ended; -1 where there is none. */
  #tagStart = -1;

  constructor(label: string, handlers: XmlHandlers) {
    this.#label = label;
    const { place } = handlers;
    const parser = new SaxesParser({ xmlns: false, position: place === undefined });
    this.#parser = parser;
    parser.on('error', ({ message }) => {
      throw invalidWorkbook(label, place === undefined ? message : `${message.replace(/\.$/, '')} (${place()})`);
    });
    parser.on('opentagstart', () => {
      this.#tagStart = parser.position;
    });
    parser.on('opentag', (tag) => {
      this.#tagStart = -1;
      this.#passTag();
      if (this.#open.push(tag.name) > MAX_DEPTH) throw invalidWorkbook(label, 'its elements are nested too deeply');
      handlers.open?.(localName(tag.name), tag.attributes);
    });
    parser.on('closetag', (tag) => {
      this.#passTag();
      this.#open.pop();
      handlers.close?.(localName(tag.name));
    });
    if (handlers.text !== undefined) {
      const onText = handlers.text.bind(handlers);
      parser.on('text', onText);
      parser.on('cdata', onText);
    }
  }

  #passTag(): void {
    this.#pending = 0;
    this.#lastTagEnd = this.#parser.position;
  }

  write(bytes: Uint8Array): void {
    if (this.#decoder === null) {
      const encoding = bytes[0] === 0xff ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : 'utf-8';
      this.#decoder = new TextDecoder(encoding);
      this.#isDecodedPlainly = encoding === 'utf-8';
    }
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#pending += text.length;
    this.#parser.write(text);
    this.#written += text.length;
    if (this.#pending > MAX_TEXT_CHARS) throw textTooLong(this.#label);
    if (this.#tagStart >= 0 && this.#written - this.#tagStart > MAX_TAG_CHARS) {
      throw invalidWorkbook(this.#label, 'a tag in it is too long');
    }
  }

  /**
   * The element that is open where a tag was the last that came: whole elements within it may be left out of what is
   * written. Null elsewhere, within comments for example, and in XML 1.1 or UTF-16, in which bytes mean other things.
   */
  standsWithin(): string | null {
    const { xmlDecl } = this.#parser;
    if (this.#lastTagEnd !== this.#written || !this.#isDecodedPlainly || xmlDecl.version === '1.1') return null;
    return this.#open.at(-1) ?? null;
  }

  end(): void {
    this.#parser.write(this.#decoder?.decode() ?? '');
    this.#parser.close();
  }
}

/** Reads XML through the handlers. Throws `BadInput`. */
export async function readWholeXml(source: ByteSource, handlers: XmlHandlers): Promise<void> {
  const parser = new XmlFeed(source.label, handlers);
  for await (const chunk of source.open()) parser.write(chunk);
  parser.end();
}

/** A text of a workbook and its next part. Throws `BadInput` where that is more than a text can be. */
export function joinText(label: string, text: string, part: string): string {
  if (text.length + part.length > MAX_TEXT_CHARS) throw textTooLong(label);
  return text + part;
}

function textTooLong(label: string): BadInput {
  return invalidWorkbook(label, 'a text in it is too long');
}

export function invalidWorkbook(label: string, reason: string): BadInput {
  return new BadInput('InvalidWorkbook', `${label} cannot be read: ${reason}`, {
    file: label,
    hint: 'open the workbook in a spreadsheet program and save it again as XLSX',
  });
}

/** The name of an element or attribute without its namespace prefix. */
export function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
