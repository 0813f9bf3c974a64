import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { messageOf } from '../../core/errors/app-error.ts';
import { BadInput } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';
import { INTAKE_LIMITS } from './limits.ts';

/** A ZIP file whose directory has been read and judged. Entries are opened one by one; `close` when done. */
export interface ZipArchive {
  readonly label: string;
  /** Files in the order of the directory; folders are left out. */
  readonly names: readonly string[];
  /** The entry's bytes, or undefined where there is no such entry. */
  entry(name: string): ByteSource | undefined;
  close(): void;
}

/** Opens a ZIP file by path or content, and refuses what is damaged, encrypted, too large or unsafe. Throws `BadInput`. */
export async function openZip(from: string | Uint8Array, label: string): Promise<ZipArchive> {
  // autoClose would close the file after the directory, before the entries are read.
  const options = { autoClose: false, lazyEntries: true, strictFileNames: false, validateEntrySizes: true };
  const zip = await reading(label, () =>
    typeof from === 'string' ? yauzl.openPromise(from, options) : yauzl.fromBufferPromise(Buffer.from(from), options),
  );
  try {
    const entries = await reading(label, () => readDirectory(zip, label));
    return {
      label,
      names: [...entries.keys()],
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

async function readDirectory(zip: ZipFile, label: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let packed = 0;
  let unpacked = 0;
  let count = 0;
  for await (const entry of zip.eachEntry()) {
    count += 1;
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    if (count > INTAKE_LIMITS.archiveEntries)
      throw unsafe(label, `it has more than ${INTAKE_LIMITS.archiveEntries} entries`);
    if (unpacked > INTAKE_LIMITS.archiveBytes) {
      throw unsafe(label, `its content is larger than ${INTAKE_LIMITS.archiveBytes / 1024 ** 3} GiB`);
    }
    if (entry.isEncrypted()) {
      throw new BadInput('UnsupportedFormat', `${label}: the entry ${entry.fileName} is encrypted`, {
        file: label,
        hint: 'pack the files without a password',
      });
    }
    if (!entry.fileName.endsWith('/') && !entries.has(entry.fileName)) entries.set(entry.fileName, entry);
  }
  if (unpacked > INTAKE_LIMITS.archiveRatioFromBytes && unpacked > packed * INTAKE_LIMITS.archiveRatio) {
    throw unsafe(label, `its content is more than ${INTAKE_LIMITS.archiveRatio} times larger than the file`);
  }
  return entries;
}

function unsafe(label: string, why: string): BadInput {
  return new BadInput('UnsafeArchive', `${label} is not unpacked: ${why}`, {
    file: label,
    hint: 'send the files in smaller archives',
  });
}

function entrySource(zip: ZipFile, entry: Entry, label: string): ByteSource {
  const entryLabel = `${label}[${entry.fileName}]`;
  return {
    label: entryLabel,
    open: async function* (): AsyncGenerator<Uint8Array> {
      const stream = await reading(entryLabel, () => zip.openReadStreamPromise(entry));
      try {
        for await (const chunk of stream) {
          if (chunk instanceof Uint8Array) yield chunk;
        }
      } catch (error) {
        throw invalidArchive(entryLabel, error);
      }
    },
  };
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
  const reason = messageOf(error);
  const isPath = /invalid relative path|absolute path|invalid characters in fileName/.test(reason);
  return new BadInput(isPath ? 'UnsafeArchive' : 'InvalidArchive', `${label} cannot be unpacked: ${reason}`, {
    file: label,
    hint: isPath
      ? 'pack the files again with plain names'
      : 'the file is damaged or cut short; pack or upload it again',
  });
}
