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
  let target = wanted[0] ?? 0;
  let offset = 0;
  let line = 1;
  let column = 1;
  let afterCr = false;
  for await (const chunk of source.open()) {
    for (const byte of chunk) {
      const isSecondHalf = byte === LF && afterCr;
      if (offset === target) {
        found.set(target, { line, column });
        const following = wanted[(next += 1)];
        if (following === undefined) return found;
        target = following;
      }
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
  for (const beyond of wanted.slice(next)) found.set(beyond, { line, column });
  return found;
}
