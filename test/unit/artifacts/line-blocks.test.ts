import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLineBlocks } from '../../../runner/artifacts/line-blocks.ts';

async function* inParts(bytes: Buffer, partBytes: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += partBytes) {
    yield await Promise.resolve(bytes.subarray(from, from + partBytes));
  }
}

async function read(bytes: Buffer, partBytes: number): Promise<string[]> {
  const blocks: string[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const block of readLineBlocks(inParts(bytes, partBytes))) blocks.push(decoder.decode(block));
  return blocks;
}

const piece = fc.constantFrom('a', '\n', '\r', '\u2028', 'é', '🔩', '\ufeff', Buffer.from([0xff]), Buffer.from([0xc3]));

it('gives whole lines of valid text, whatever the bytes and the parts that they come in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.integer({ min: 1, max: 9 }), async (pieces, partBytes) => {
      const bytes = Buffer.concat(pieces.map((one) => Buffer.from(one as string)));
      const blocks = await read(bytes, partBytes);
      for (const block of blocks) expect(block.endsWith('\n')).toBe(true);
      const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      expect(blocks.join('')).toBe(whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`);
    }),
    { numRuns: 500 },
  );
});
