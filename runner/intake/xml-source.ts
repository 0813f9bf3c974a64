import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { messageOf } from '../../core/errors/app-error.ts';
import { BadInput } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';

/** What a reader of XML wants to hear. Names come without their namespace prefix. */
export interface XmlHandlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** The parser gathers a text until its element ends; more than this is no cell that a spreadsheet wrote. */
const MAX_TEXT_CHARS = 64 * 1024 * 1024;

/** Reads XML through the handlers, and yields after each chunk so that the caller can write what has gathered. */
export async function* readXml(source: ByteSource, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let pending = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    pending = 0;
    handlers.open?.(localName(tag.name), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    pending = 0;
    handlers.close?.(localName(tag.name));
  });
  if (handlers.text !== undefined) {
    const onText = handlers.text.bind(handlers);
    parser.on('text', onText);
    parser.on('cdata', onText);
  }
  const parse = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (error instanceof BadInput) throw error;
      throw invalidWorkbook(source.label, messageOf(error));
    }
  };
  let decoder: TextDecoder | null = null;
  for await (const chunk of source.open()) {
    decoder ??= new TextDecoder(chunk[0] === 0xff ? 'utf-16le' : chunk[0] === 0xfe ? 'utf-16be' : 'utf-8');
    const text = decoder.decode(chunk, { stream: true });
    pending += text.length;
    parse(() => parser.write(text));
    if (pending > MAX_TEXT_CHARS) throw invalidWorkbook(source.label, 'a text in it is too long');
    yield;
  }
  parse(() => {
    parser.write(decoder?.decode() ?? '');
    parser.close();
  });
  yield;
}

/** Reads XML to its end where nothing has to be written between chunks. */
export async function readWholeXml(source: ByteSource, handlers: XmlHandlers): Promise<void> {
  const chunks = readXml(source, handlers);
  while ((await chunks.next()).done !== true);
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
