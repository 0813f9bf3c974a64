import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { messageOf } from '../../core/errors/app-error.ts';
import type { IntakeLimits } from '../../core/model/connector.ts';
import { BadInput, limitHint, renderBytes } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';
import { RATIO_FROM_BYTES } from './limits.ts';

/** A ZIP file whose directory has been read and judged. Entries are opened one by one; `close` when done. */
export interface ZipArchive {
  readonly label: string;
  /** Files in the order of the directory; folders are left out. */
  readonly names: readonly string[];
  /** What all entries come to, unpacked. */
  readonly expandedBytes: number;
  /** The entry's bytes, or undefined where there is no such entry. */
  entry(name: string): ByteSource | undefined;
  close(): void;
}

/** Opens a ZIP file by path or content, and refuses what is damaged, encrypted, too large or unsafe. Throws `BadInput`. */
export async function openZip(from: string | Uint8Array, label: string, limits: IntakeLimits): Promise<ZipArchive> {
  // autoClose would close the file after the directory, before the entries are read.
  const options = { autoClose: false, lazyEntries: true, strictFileNames: false, validateEntrySizes: true };
  const zip = await reading(label, () =>
    typeof from === 'string' ? yauzl.openPromise(from, options) : yauzl.fromBufferPromise(Buffer.from(from), options),
  );
  try {
    const entries = await reading(label, () => readDirectory(zip, label, limits));
    return {
      label,
      names: [...entries.keys()],
      expandedBytes: Array.from(entries.values()).reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
      entry: (name): ByteSource | undefined => {
        const entry = entries.get(name);
        return entry === undefined ? undefined : entrySource(zip, entry, label);
      },
      close: (): void => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function readDirectory(zip: ZipFile, label: string, limits: IntakeLimits): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  let count = 0;
  for await (const entry of zip.eachEntry()) {
    count += 1;
    unpacked += entry.uncompressedSize;
    if (count > limits.entries) throw tooLarge(label, `it has more than ${limits.entries} entries`, 'entries');
    if (unpacked > limits.expandedBytes) {
      throw tooLarge(label, `its content is larger than ${renderBytes(limits.expandedBytes)}`, 'expandedBytes');
    }
    checkEntry(entry, label);
    if (entry.fileName.endsWith('/')) continue;
    if (entries.has(entry.fileName)) {
      throw unsafe(label, `it has two entries of the name ${entry.fileName}`, 'pack the files again');
    }
    entries.set(entry.fileName, entry);
  }
  // Of the file, and not of what its entries say: entries may share the same bytes.
  if (unpacked > RATIO_FROM_BYTES && unpacked > zip.fileSize * limits.expansionRatio) {
    const why = `its content is more than ${limits.expansionRatio} times larger than the file`;
    throw tooLarge(label, why, 'expansionRatio');
  }
  return entries;
}

/** Upper half of the external attributes: the mode of a file under Unix. */
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

function checkEntry(entry: Entry, label: string): void {
  if (entry.isEncrypted()) {
    throw new BadInput('UnsupportedFormat', `${label}: the entry ${entry.fileName} is encrypted`, {
      file: label,
      hint: 'pack the files without a password',
    });
  }
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) {
    throw unsafe(label, `the entry ${entry.fileName} is a symbolic link`, 'pack the file that it points to');
  }
}

function tooLarge(label: string, why: string, limit: keyof IntakeLimits): BadInput {
  return new BadInput('UnsafeArchive', `${label} is not unpacked: ${why}`, {
    file: label,
    ...limitHint(limit, 'send the files in smaller archives'),
  });
}

function unsafe(label: string, why: string, hint: string): BadInput {
  return new BadInput('UnsafeArchive', `${label} is not unpacked: ${why}`, { file: label, hint });
}

const STORED = 0;
const DEFLATED = 8;

function entrySource(zip: ZipFile, entry: Entry, label: string): ByteSource {
  const entryLabel = `${label}[${entry.fileName}]`;
  return {
    label: entryLabel,
    open: async function* (): AsyncGenerator<Uint8Array> {
      if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
        const what = `packed by a method (${entry.compressionMethod}) that is not read`;
        throw new BadInput('UnsupportedFormat', `${entryLabel} is ${what}`, {
          file: label,
          hint: 'pack the files again, with the method that every program has (deflate)',
        });
      }
      const packed = await reading(entryLabel, () => zip.openReadStreamPromise(entry, { decodeFileData: false }));
      try {
        let checksum = 0;
        let bytes = 0;
        for await (const chunk of entry.compressionMethod === DEFLATED ? inflated(packed) : packed) {
          if (!(chunk instanceof Uint8Array)) continue;
          bytes += chunk.length;
          if (bytes > entry.uncompressedSize) throw new Error('there are too many bytes in it');
          checksum = crc32(chunk, checksum);
          yield chunk;
        }
        if (bytes < entry.uncompressedSize) throw new Error('there are not enough bytes in it');
        if (checksum !== entry.crc32) throw new Error('its content does not fit its checksum');
      } catch (error) {
        throw error instanceof BadInput ? error : invalidArchive(entryLabel, error);
      }
    },
  };
}

/** In large pieces, a few of them ahead of the reader: the small ones of a stream's defaults cost more than unpacking them. */
const INFLATE = { chunkSize: 128 * 1024, readableObjectMode: true, readableHighWaterMark: 2 };

function inflated(packed: Readable): Readable {
  // Faults of either go to the end of the chain; leaving the loop that reads it closes both.
  return pipeline(packed, createInflateRaw(INFLATE), () => undefined);
}

/** Whatever yauzl and zlib object to is a fault of the file. */
async function reading<T>(label: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof BadInput ? error : invalidArchive(label, error);
  }
}

function invalidArchive(label: string, error: unknown): BadInput {
  const said = messageOf(error);
  const reason = said.startsWith('Invalid comment length') ? 'there are bytes after its end' : said;
  const isPath = /invalid relative path|absolute path|invalid characters in fileName/.test(reason);
  return new BadInput(isPath ? 'UnsafeArchive' : 'InvalidArchive', `${label} cannot be unpacked: ${reason}`, {
    file: label,
    hint: isPath
      ? 'pack the files again with plain names'
      : 'the file is damaged or cut short; pack or upload it again',
  });
}
