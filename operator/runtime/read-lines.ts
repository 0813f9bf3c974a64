import type { Readable } from 'node:stream';

/** Lines of UTF-8 text as they come, without their ends. A last line that is not whole is left out: its rest was lost. */
export async function* readLines(source: Readable): AsyncGenerator<string> {
  source.setEncoding('utf8');
  let rest = '';
  for await (const part of source as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}
