import type { ByteSource } from './byte-source.ts';
import { localName, XmlFeed, type XmlHandlers } from './xml-source.ts';

/** Elements that come by the million, one after the other, in a container: rows of a sheet, texts of a table. */
export interface XmlItems {
  /** Name of the element around them, without its prefix. */
  readonly container: string;
  /** Name of each. */
  readonly item: string;
  /** A scanner for items whose names have this prefix ('' or, for example, `x:`). */
  readonly scanner: (prefix: string) => ItemScanner;
  /** What the items were turned into should be written out before the next one. */
  readonly isFull: () => boolean;
}

/**
 * Reads one item from bytes of UTF-8.
 *
 * @returns where the item ends; -1 where it is spelled in a way that the scanner does not know, and nothing was taken
 */
export type ItemScanner = (bytes: Buffer, from: number) => number;

/** What goes on for longer without the end of an item goes through the parser, piece by piece, instead of into memory. */
const MOST_ITEM_BYTES = 1024 * 1024;
/** What the parser gets at once where items are not told apart. */
const PIECE_BYTES = 16 * 1024;

/**
 * Reads XML of which nearly all are items of one kind. A scanner takes the items that are spelled plainly; a parser takes
 * everything else, items that the scanner does not know included, through the handlers. To the parser the items that the
 * scanner took were never there, and since each of them is a whole element, that makes no difference to it. Yields where
 * the caller may write what has gathered. Throws `BadInput`.
 */
export async function* readXmlItems(source: ByteSource, handlers: XmlHandlers, items: XmlItems): AsyncGenerator<void> {
  const parser = new XmlFeed(source.label, handlers);
  const container = Buffer.from(items.container);
  const state: State = { scan: null, closing: null };
  let carried: Buffer | null = null;
  for await (const chunk of source.open()) {
    const fresh: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes: Buffer = carried === null ? fresh : Buffer.concat([carried, fresh]);
    carried = null;
    let at = 0;
    while (at < bytes.length) {
      // Each round takes the items up to the last that is whole, or gives the parser one piece.
      const { scan, closing } = state;
      const limit: number = scan === null || closing === null ? 0 : endOfLast(bytes, closing);
      while (scan !== null && at < limit) {
        const next = scan(bytes, at);
        if (next < 0) break;
        at = next;
        if (items.isFull()) yield;
      }
      if (at === bytes.length) break;
      if (scan !== null && at >= limit) {
        const rest = bytes.subarray(at);
        if (rest.length <= MOST_ITEM_BYTES) {
          carried = Buffer.from(rest);
          break;
        }
        // All of it, so that none of it is searched again for what it does not have.
        yield* parsePieces(parser, rest, items);
        settle(parser, items, state);
        break;
      }
      const end: number = closing === null ? endOfOpening(bytes, at, container) : endOfItem(bytes, at, closing);
      parser.write(bytes.subarray(at, end));
      at = end;
      settle(parser, items, state);
      if (items.isFull()) yield;
    }
    yield;
  }
  if (carried !== null) yield* parsePieces(parser, carried, items);
  parser.end();
  yield;
}

function* parsePieces(parser: XmlFeed, bytes: Buffer, { isFull }: XmlItems): Generator<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    parser.write(bytes.subarray(at, at + PIECE_BYTES));
    if (isFull()) yield;
  }
}

interface State {
  /** Null where items are not told apart from all else. */
  scan: ItemScanner | null;
  /** The end of an item, once the container has been met. */
  closing: Buffer | null;
}

/** Between two items the scanner takes over. */
function settle(parser: XmlFeed, { container, item, scanner }: XmlItems, state: State): void {
  const around = parser.standsWithin();
  if (around === null || localName(around) !== container) {
    state.scan = null;
  } else if (state.scan === null) {
    const prefix = around.slice(0, around.length - container.length);
    state.scan = scanner(prefix);
    state.closing = Buffer.from(`</${prefix}${item}>`);
  }
}

const GREATER = 62;

function endOfLast(bytes: Buffer, closing: Buffer): number {
  const at = bytes.lastIndexOf(closing);
  return at < 0 ? 0 : at + closing.length;
}

/** Where the parser's next piece ends: with an item, where one does. */
function endOfItem(bytes: Buffer, from: number, closing: Buffer): number {
  const at = bytes.indexOf(closing, from);
  return pieceEnd(bytes, from, at < 0 ? 0 : at + closing.length);
}

/** Likewise, with the tag that opens the container. */
function endOfOpening(bytes: Buffer, from: number, container: Buffer): number {
  const at = bytes.indexOf(container, from);
  return pieceEnd(bytes, from, at < 0 ? 0 : bytes.indexOf(GREATER, at) + 1);
}

function pieceEnd(bytes: Buffer, from: number, wanted: number): number {
  const most = Math.min(bytes.length, from + PIECE_BYTES);
  return wanted > from && wanted <= most ? wanted : most;
}
