import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTableNames } from '../../../runner/intake/sample-names.ts';
import { buildZip } from '../../support/zip-writer.ts';
import { intake, limits, type IntakeOptions } from './harness.ts';

const CSV = 'a,b\n1,2\n';
const ONE_ROW = [{ name: 'p', columns: ['a', 'b'], rows: [['1', '2']] }];

describe('gzip', () => {
  it.each([
    ['a CSV file', 'p.csv.gz', gzipSync(CSV)],
    ['a file that hides it', 'p.csv', gzipSync(CSV)],
    ['several members', 'p.csv.gz', Buffer.concat([gzipSync('a,b\n'), gzipSync('1,2\n')])],
    ['zeros after its end, as tapes have them', 'p.csv.gz', Buffer.concat([gzipSync(CSV), Buffer.alloc(512)])],
    ['UTF-16 in it', 'p.txt.gz', gzipSync(Buffer.from(`\ufeff${CSV}`, 'utf16le'))],
    ['tabs in it', 'p.tsv.gz', gzipSync('a\tb\n1\t2\n')],
  ])('is read: %s', async (_, name, bytes) => {
    const { tables, failure, warnings } = await intake(name, bytes);
    expect([failure, warnings]).toEqual([null, []]);
    expect(tables).toEqual(ONE_ROW);
  });

  it('names its table without .gz, in a sample too', async () => {
    expect(await readTableNames({ fileName: 'Price List.csv.gz', content: gzipSync(CSV) })).toEqual(['price_list']);
  });

  it('counts as what is in it', async () => {
    const options: IntakeOptions = { spreadsheet: { formats: ['XLSX'] } };
    expect((await intake('p.csv.gz', gzipSync(CSV), options)).failure).toMatch(/^FormatNotAccepted: p.csv.gz is CSV/);
  });

  const long = gzipSync('a,b\n' + '1,2\n'.repeat(100_000));
  it.each<[sentence: string, bytes: Uint8Array, failure: RegExp, options?: IntakeOptions]>([
    ['cut short', long.subarray(0, long.length >> 1), /^InvalidArchive: p.csv.gz .*unexpected end of file/],
    ['cut short in a later member', Buffer.concat([gzipSync(CSV), long.subarray(0, 40)]), /^InvalidArchive/],
    ['followed by something else', Buffer.concat([gzipSync(CSV), Buffer.from('rest')]), /^InvalidArchive/],
    ['damaged', Buffer.concat([long.subarray(0, 20), Buffer.from('????'), long.subarray(24)]), /^InvalidArchive/],
    ['a bomb', gzipSync(Buffer.alloc(80 * 1024 * 1024, CSV)), /^UnsafeArchive: .*200 times larger than the file/],
    ['beyond the limit', long, /^UnsafeArchive: .*larger than 100Ki/, limits({ expandedBytes: 102_400 })],
    ['gzip in gzip', gzipSync(gzipSync(CSV)), /^UnsupportedFormat: .*gzip file within/],
    ['a workbook in it', gzipSync(buildZip([])), /^UnsupportedFormat: .*workbook or ZIP file within/],
    ['nothing in it', gzipSync(''), /^EmptyInput/],
    ['an unclosed quote in it', gzipSync('a\n"x'), /^UnclosedQuote: p.csv.gz:2:1/],
  ])('is a failure: %s', async (_, bytes, failure, options) => {
    expect((await intake('p.csv.gz', bytes, options)).failure).toMatch(failure);
  });

  it('names the limit that stopped it', async () => {
    const { result } = await intake('p.csv.gz', long, limits({ expandedBytes: 1000 }));
    expect(result.failure?.details[0]).toMatchObject({ path: 'spec.spreadsheet.limits.expandedBytes' });
  });
});

describe('ZIP files that are odd or hostile', () => {
  const csv = { name: 'p.csv', content: CSV };
  it.each([
    ['data descriptors after the entries', buildZip([{ ...csv, hasDescriptor: true }])],
    ['entries that are not packed', buildZip([{ ...csv, method: 0 }])],
    ['ZIP64', buildZip([csv], { zip64: true })],
    ['a comment', buildZip([csv], { comment: 'from the archive program' })],
  ])('are read: %s', async (_, bytes) => {
    const { tables, failure, warnings } = await intake('z.zip', bytes);
    expect([failure, warnings]).toEqual([null, []]);
    expect(tables).toEqual(ONE_ROW);
  });

  it.each(['p.csv', 'p.xlsx', 'p.dat', 'p'])('are ZIP files also under the name %s', async (name) => {
    expect((await intake(name, buildZip([csv]))).tables).toEqual(ONE_ROW);
  });

  it.each<[sentence: string, bytes: Uint8Array, failure: RegExp, options?: IntakeOptions]>([
    ['two entries of a name', buildZip([csv, { name: 'p.csv', content: 'c\n3\n' }]), /^UnsafeArchive: .*two entries/],
    [
      'a symbolic link',
      buildZip([{ name: 'p.csv', content: '/etc/passwd', mode: 0o120777 }]),
      /^UnsafeArchive: .*link/,
    ],
    [
      'another method',
      buildZip([{ ...csv, method: 12 }]),
      /^UnsupportedFormat: .*\[p.csv\] is packed by a method \(12\)/,
    ],
    ['content that does not fit its checksum', buildZip([{ ...csv, crc: 7 }]), /^InvalidArchive: .*checksum/],
    ['more content than it says', buildZip([{ ...csv, saidBytes: 3 }]), /^InvalidArchive: .*too many bytes/],
    ['less content than it says', buildZip([{ ...csv, saidBytes: 30 }]), /^InvalidArchive: .*not enough bytes/],
    [
      'bytes after the end',
      Buffer.concat([buildZip([csv]), Buffer.from('junk')]),
      /^InvalidArchive: .*bytes after its end/,
    ],
    [
      'bytes before the beginning',
      Buffer.concat([Buffer.from('junk'), buildZip([csv])]),
      /^UnsupportedFormat: .*binary/,
    ],
    ['a ZIP file in it', buildZip([{ name: 'in.zip', content: buildZip([csv]) }]), /^NoTablesInArchive: .* but in.zip/],
    [
      'a ZIP file called .csv',
      buildZip([{ name: 'p.csv', content: buildZip([csv]) }]),
      /^UnsupportedFormat: z.zip\[p.csv\]/,
    ],
    ['a gzip file called .csv', buildZip([{ name: 'p.csv', content: gzipSync(CSV) }]), /^UnsupportedFormat: .*within/],
    ['a path with backslashes that leads out', buildZip([{ name: '..\\p.csv', content: CSV }]), /^UnsafeArchive/],
    ['a drive in the path', buildZip([{ name: 'C:\\p.csv', content: CSV }]), /^UnsafeArchive/],
    ['an entry that is no text', buildZip([{ name: 'p.csv', content: noise() }]), /^UnsupportedFormat: .*binary/],
    [
      'entries beyond the limit',
      buildZip([csv, { name: 'q.csv', content: CSV }]),
      /more than 1 entries/,
      limits({ entries: 1 }),
    ],
    [
      'tables beyond the limit',
      buildZip([csv, { name: 'q.csv', content: CSV }]),
      /^TooManySheets: .*2 tables/,
      limits({ sheets: 1 }),
    ],
    [
      'content beyond the limit',
      buildZip([csv]),
      /^UnsafeArchive: .*larger than 4 bytes/,
      limits({ expandedBytes: 4 }),
    ],
  ])('are a failure: %s', async (_, bytes, failure, options) => {
    expect((await intake('z.zip', bytes, options)).failure).toMatch(failure);
  });

  it('entries that share their bytes are measured by the file', async () => {
    const content = Buffer.alloc(8 * 1024 * 1024, 'a,b\n');
    const bytes = buildZip(
      Array.from({ length: 40 }, (_, index) => ({ name: `${index}.csv`, content, sharesFirst: index > 0 })),
    );
    expect((await intake('z.zip', bytes)).failure).toMatch(/^UnsafeArchive: .*200 times larger/);
  });
});

function noise(): Uint8Array {
  return Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919 + ((index * index) >> 3)) & 0xff);
}
