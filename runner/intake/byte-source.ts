import { open } from 'node:fs/promises';

/** Bytes of one file or archive entry that can be read from the beginning more than once. */
export interface ByteSource {
  /** How messages name it: the file as the user sees it, with the entry in brackets for archives. */
  readonly label: string;
  /** A chunk is valid until the next one is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 256 * 1024;

/** A file on disk. `chunkBytes` is the size of the pieces in which it is read. */
export function fileSource(path: string, label: string, chunkBytes: number = CHUNK_BYTES): ByteSource {
  return { label, open: () => readChunks(path, chunkBytes) };
}

/** One buffer for all chunks: garbage of the size of the file would cost more memory than the work itself. */
async function* readChunks(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
