import { createReadStream } from 'node:fs';

/** Bytes of one file or archive entry that can be read from the beginning more than once. */
export interface ByteSource {
  /** How messages name it: the file as the user sees it, with the entry in brackets for archives. */
  readonly label: string;
  open(): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 256 * 1024;

/** A file on disk. `chunkBytes` is the size of the pieces in which it is read. */
export function fileSource(path: string, label: string, chunkBytes: number = CHUNK_BYTES): ByteSource {
  return {
    label,
    open: (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: chunkBytes }),
  };
}
