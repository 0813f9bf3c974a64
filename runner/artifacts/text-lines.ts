/**
 * The lines of UTF-8 text that comes in parts, as many at a time as a part completes. Only `\n` ends a line: `readline` of
 * Node ends one at U+2028 and U+2029 too, which stand inside values.
 */
export async function* readLineBatches(parts: AsyncIterable<unknown>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const part of parts) {
    const text = rest + decoder.decode(part as Uint8Array, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      rest = text;
      continue;
    }
    rest = text.slice(end + 1);
    yield text.slice(0, end).split('\n');
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}

/** As readLineBatches, one line at a time: for text of few lines, since each one is waited for. */
export async function* readLines(parts: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const lines of readLineBatches(parts)) yield* lines;
}
