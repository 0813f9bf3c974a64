import type { FileHandle } from 'node:fs/promises';

const FRAME_MAGIC = 0xfd2fb528;
/** The last four bits are free (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/**
 * Whether a file consists of whole Zstandard frames (RFC 8878, 3.1), by their headers alone: what was cut off by a full
 * disk ends within one.
 */
export async function isWholeZstd(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const read = async (at: number, bytes: number): Promise<Buffer | null> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
    return bytesRead === bytes ? buffer : null;
  };
  let at = 0;
  while (at < size) {
    const end = await endOfFrame(read, at);
    if (end === null || end > size) return false;
    at = end;
  }
  return true;
}

type Read = (at: number, bytes: number) => Promise<Buffer | null>;

/** Where the frame that begins at a byte ends; null where its headers are cut off or are none. */
async function endOfFrame(read: Read, start: number): Promise<number | null> {
  const magic = (await read(start, 4))?.readUInt32LE() ?? 0;
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const length = await read(start + 4, 4);
    return length === null ? null : start + 8 + length.readUInt32LE();
  }
  const descriptor = (await read(start + 4, 1))?.readUInt8();
  if (magic !== FRAME_MAGIC || descriptor === undefined) return null;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentSizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  let at = start + 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 3] ?? 0) + contentSizeBytes;
  for (let isLast = false; !isLast;) {
    const header = (await read(at, BLOCK_HEADER_BYTES))?.readUIntLE(0, BLOCK_HEADER_BYTES);
    if (header === undefined) return null;
    isLast = (header & 1) === 1;
    at += BLOCK_HEADER_BYTES + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES);
}
