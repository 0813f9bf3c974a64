import { CFB as untypedCfb, utils, write, type BookType } from '@e965/xlsx';
import { describe, expect, it } from 'vitest';
import { buildZip } from '../../support/zip-writer.ts';
import { intake, limits } from './harness.ts';

/** The package says nothing of its types. */
const CFB = untypedCfb as unknown as {
  readonly utils: { cfb_new(): object; cfb_add(container: object, path: string, content: Buffer): void };
  write(container: object, options: { readonly type: 'buffer' }): Buffer;
};

function workbook(bookType: BookType, sheets: Readonly<Record<string, readonly (readonly unknown[])[]>>): Uint8Array {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    utils.book_append_sheet(book, utils.aoa_to_sheet(rows as unknown[][]), name);
  }
  return new Uint8Array(write(book, { type: 'buffer', bookType }) as Buffer);
}

const SHEETS = {
  'Prices 2026': [
    ['SKU', 'Price', 'On sale', 'Note'],
    ['A-1', 12.5, true, 'Größe 😀'],
    [],
    ['B-2', 0.1 + 0.2, false, ' x '],
  ],
  More: [['a'], [1]],
};

describe('legacy workbooks', () => {
  it.each<[string, BookType]>([
    ['xls', 'biff8'],
    ['xlsb', 'xlsb'],
  ])('.%s is read as XLSX is', async (extension, bookType) => {
    const { tables, warnings, failure } = await intake(`b.${extension}`, workbook(bookType, SHEETS));
    expect(failure).toBeNull();
    expect(tables).toEqual([
      {
        name: 'prices_2026',
        columns: ['sku', 'price', 'on_sale', 'note'],
        rows: [
          ['A-1', '12.5', 'true', 'Größe 😀'],
          ['B-2', '0.3', 'false', 'x'],
        ],
      },
      { name: 'more', columns: ['a'], rows: [['1']] },
    ]);
    expect(warnings).toEqual(['BlankRowsDropped 1']);
  });

  it('is what it is, whatever it is called', async () => {
    expect((await intake('b.csv', workbook('biff8', SHEETS))).tables).toHaveLength(2);
    expect((await intake('b.xlsx', workbook('xlsb', SHEETS))).tables).toHaveLength(2);
  });

  const encrypted = CFB.utils.cfb_new();
  CFB.utils.cfb_add(encrypted, '/EncryptedPackage', Buffer.alloc(5000, 7));
  const document = CFB.utils.cfb_new();
  CFB.utils.cfb_add(document, '/WordDocument', Buffer.alloc(5000, 7));
  const bytesOf = (container: object): Uint8Array => new Uint8Array(CFB.write(container, { type: 'buffer' }));

  it.each([
    [
      'a workbook behind a password',
      'b.xlsx',
      bytesOf(encrypted),
      /^UnsupportedFormat: b.xlsx is protected by a password/,
    ],
    ['a document of another program', 'b.doc', bytesOf(document), /^InvalidWorkbook: b.doc cannot be read/],
    ['a workbook cut short', 'b.xls', workbook('biff8', SHEETS).subarray(0, 700), /^InvalidWorkbook: b.xls/],
  ])('%s is a failure', async (_, name, bytes, failure) => {
    expect((await intake(name, bytes)).failure).toMatch(failure);
  });

  it('is refused where the connector does not take it, and held to the limits', async () => {
    const xls = workbook('biff8', SHEETS);
    const refused = await intake('b.xls', xls, { spreadsheet: { formats: ['XLSX'] } });
    expect(refused.failure).toMatch(/^FormatNotAccepted: b.xls is XLS/);
    expect((await intake('b.xls', xls, limits({ sheets: 1 }))).failure).toMatch(/^TooManySheets/);
    expect((await intake('b.xls', xls, limits({ columns: 3 }))).failure).toMatch(/^TooManyColumns/);
  });

  it('is refused before it is read where it unpacks to more than its reader may hold', async () => {
    // Not so regular that its ratio gives it away.
    const noise = Buffer.alloc(1024 ** 2, 'abcdefghijklmnopqrstuvwxyz').map((byte, at) =>
      at % 97 === 0 ? (at * 2_654_435_761) >>> 24 : byte,
    );
    const pad = { name: 'xl/media/pad.bin', content: Buffer.concat(Array.from({ length: 257 }, () => noise)) };
    const bytes = buildZip([
      { name: '[Content_Types].xml', content: '<Types/>' },
      { name: 'xl/workbook.bin', content: '' },
      pad,
    ]);
    expect((await intake('b.xlsb', bytes)).failure).toMatch(/^InputTooLarge: b.xlsb holds more than 256Mi/);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('damaged at random (seed %i) never breaks intake', async (seed) => {
    const bytes = workbook(seed % 2 === 0 ? 'biff8' : 'xlsb', SHEETS);
    let state = seed * 2654435761;
    for (let edit = 0; edit < 20; edit += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bytes[8 + (state % (bytes.length - 8))] = state >>> 24;
    }
    const { result, tables } = await intake('b.xls', bytes);
    expect(result.failure === null).toBe(tables.length > 0);
  });
});
