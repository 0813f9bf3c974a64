import { buffer } from 'node:stream/consumers';
import { fromBuffer, type Entry, type ZipFile as ReadZip } from 'yauzl';
import { ZipFile } from 'yazl';

/** Zip entries carry local time without a zone: made of local parts, it is the same everywhere. */
const ENTRY_TIME = new Date(2026, 0, 1);

function openZip(content: Uint8Array): Promise<ReadZip> {
  return new Promise((resolve, reject) => {
    fromBuffer(Buffer.from(content), { lazyEntries: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function readEntry(zip: ReadZip, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error === null) resolve(buffer(stream));
      else reject(error);
    });
  });
}

/** The files of an archive, by name. */
export async function unpackZip(content: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await openZip(content);
  const files = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      readEntry(zip, entry).then((bytes) => {
        if (!entry.fileName.endsWith('/')) files.set(entry.fileName, bytes);
        zip.readEntry();
      }, reject);
    });
    zip.on('end', resolve);
    zip.on('error', reject);
    zip.readEntry();
  });
  return files;
}

/** The same archive without the time at which it was made. */
export async function repackZip(content: Uint8Array): Promise<Uint8Array> {
  const target = new ZipFile();
  for (const [name, bytes] of await unpackZip(content)) {
    target.addBuffer(bytes, name, { mtime: ENTRY_TIME, forceDosTimestamp: true, compress: true });
  }
  target.end();
  return new Uint8Array(await buffer(target.outputStream));
}
