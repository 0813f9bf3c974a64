import type { TextSource } from './text-source.ts';

/** Line and column (characters) as an editor counts them, from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

const LF = 10;
const CR = 13;

/**
 * Where byte offsets of the UTF-8 text stand. Reads the text again up to the last of them: places are wanted only in
 * messages, and counting lines and characters while parsing would cost every file.
 */
export async function locateOffsets(
  source: TextSource,
  offsets: readonly number[],
): Promise<ReadonlyMap<number, TextPosition>> {
  const wanted = [...new Set(offsets)].filter((offset) => offset >= 0).sort((left, right) => left - right);
  const found = new Map<number, TextPosition>();
  if (wanted.length === 0) return found;
  let next = 0;
  let offset = 0;
  let line = 1;
  let column = 1;
  let afterCr = false;
  for await (const chunk of source.open()) {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      const isSecondHalf = byte === LF && afterCr;
      while (next < wanted.length && wanted[next]! <= offset) found.set(wanted[next++]!, { line, column });
      if (next === wanted.length) return found;
      afterCr = byte === CR;
      if (byte === CR || (byte === LF && !isSecondHalf)) {
        line += 1;
        column = 1;
      } else if (!isSecondHalf && (byte & 0xc0) !== 0x80) {
        column += 1;
      }
      offset += 1;
    }
  }
  while (next < wanted.length) found.set(wanted[next++]!, { line, column });
  return found;
}
