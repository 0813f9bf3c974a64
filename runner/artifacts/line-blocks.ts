import { isUtf8 } from 'node:buffer';

const LF = 10;
const END_OF_LINE = Buffer.from([LF]);

/**
 * The lines of text that comes in parts, as blocks of whole lines in valid UTF-8, each line with its LF: for readers that look
 * at bytes, since a text made of every line would cost more than what is read of it. What is no UTF-8 becomes U+FFFD, as a
 * `TextDecoder` does it; a last line without an LF gets one.
 */
export async function* readLineBlocks(parts: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const part of parts as AsyncIterable<Buffer>) {
    // A line that began in an earlier part is a block of its own, so that the others need not be copied.
    const first = rest.length === 0 ? 0 : part.indexOf(LF) + 1;
    const end = part.lastIndexOf(LF) + 1;
    if (end === 0) {
      rest.push(part);
      continue;
    }
    if (first > 0) yield validText(Buffer.concat([...rest, part.subarray(0, first)]));
    if (end > first) yield validText(part.subarray(first, end));
    rest = end === part.length ? [] : [part.subarray(end)];
  }
  if (rest.length > 0) yield validText(Buffer.concat([...rest, END_OF_LINE]));
}

function validText(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8'), 'utf8');
}
