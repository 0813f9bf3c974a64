import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import type { IntakeLimits } from '../../core/model/connector.ts';
import { messageOf } from '../../core/errors/app-error.ts';
import { BadInput, limitHint, renderBytes } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';
import { RATIO_FROM_BYTES } from './limits.ts';

/**
 * The content of a gzip file, all of its members one after the other. What follows the last member is not read; a file
 * that ends within one is a failure. Throws `BadInput` where it grows beyond the limits.
 */
export function gzipSource(source: ByteSource, limits: IntakeLimits): ByteSource {
  return { label: source.label, open: () => gunzip(source, limits) };
}

async function* gunzip(source: ByteSource, limits: IntakeLimits): AsyncGenerator<Uint8Array> {
  const { label } = source;
  const stream = createGunzip();
  const packed = { bytes: 0 };
  // A rejection is taken up by the loop below, which the end of the stream ends.
  const feeding = feed(source, stream, packed).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(messageOf(error)));
  });
  let unpacked = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) continue;
      unpacked += chunk.length;
      if (unpacked > limits.expandedBytes) {
        throw tooLarge(label, `its content is larger than ${renderBytes(limits.expandedBytes)}`, 'expandedBytes');
      }
      if (unpacked > RATIO_FROM_BYTES && unpacked > packed.bytes * limits.expansionRatio) {
        const why = `its content is more than ${limits.expansionRatio} times larger than the file`;
        throw tooLarge(label, why, 'expansionRatio');
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput('InvalidArchive', `${label} cannot be unpacked: ${messageOf(error)}`, {
      file: label,
      hint: 'the file is damaged or cut short; pack or upload it again',
    });
  } finally {
    stream.destroy();
    await feeding;
  }
}

async function feed(
  source: ByteSource,
  stream: ReturnType<typeof createGunzip>,
  packed: { bytes: number },
): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  for await (const chunk of source.open()) {
    if (stream.destroyed) return;
    packed.bytes += chunk.length;
    // Chunks are views into a buffer that is used again, and the stream keeps them.
    if (!stream.write(new Uint8Array(chunk))) await Promise.race([once(stream, 'drain'), closed]);
  }
  stream.end();
}

function tooLarge(label: string, why: string, limit: keyof IntakeLimits): BadInput {
  return new BadInput('UnsafeArchive', `${label} is not unpacked: ${why}`, { file: label, ...limitHint(limit) });
}
