import { CFB as untypedCfb, utils, write, type BookType } from '@e965/xlsx';
import { describe, expect, it } from 'vitest';
import { buildZip } from '../../support/zip-writer.ts';
import { intake, limits } from './harness.ts';

/** The package says nothing of its types. */
const CFB = untypedCfb as unknown as {
  readonly utils: { cfb_new(): object; cfb_add(container: object, path: string, content: Buffer): void };
  read(bytes: Uint8Array, options: { readonly type: 'buffer' }): object;
  find(container: object, path: string): { content: Buffer; size: number };
  write(container: object, options: { readonly type: 'buffer'; readonly fileType?: 'zip' }): Buffer;
};

function workbook(bookType: BookType, sheets: Readonly<Record<string, readonly (readonly unknown[])[]>>): Uint8Array {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    utils.book_append_sheet(book, utils.aoa_to_sheet(rows as unknown[][]), name);
  }
  return new Uint8Array(write(book, { type: 'buffer', bookType, bookSST: true }) as Buffer);
}

/** An .xlsb workbook whose cells refer to texts that are not there. */
function withoutTexts(bytes: Uint8Array): Uint8Array {
  const container = CFB.read(bytes, { type: 'buffer' });
  const texts = CFB.find(container, '/xl/sharedStrings.bin');
  texts.content = Buffer.alloc(0);
  texts.size = 0;
  return new Uint8Array(CFB.write(container, { type: 'buffer', fileType: 'zip' }));
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

  it('has the values of formulas, also of those that its reader does not know', async () => {
    const sheet = utils.aoa_to_sheet([['a'], [null]]);
    // The token of labels in formulas, as Excel 97 to 2003 wrote `=Jan Sales`.
    const unknown = [0x18, 0x02, 0, 0, 0, 0];
    sheet['A2'] = { t: 'n', v: 42, f: 'Jan', bf: Buffer.from([unknown.length, 0, ...unknown]) };
    const bytes = write(utils.book_new(sheet, 'S'), { type: 'buffer', bookType: 'biff8' }) as Buffer;
    const { tables, failure } = await intake('b.xls', new Uint8Array(bytes));
    expect(failure).toBeNull();
    expect(tables[0]?.rows).toEqual([['42']]);
  });

  it('has blanks for errors and for numbers that are none, and counts them', async () => {
    const sheet = utils.aoa_to_sheet([
      ['a', 'b', 'c'],
      ['x', null, null],
    ]);
    sheet['B2'] = { t: 'n', v: Number.NaN };
    sheet['C2'] = { t: 'e', v: 42 };
    const bytes = write(utils.book_new(sheet, 'S'), { type: 'buffer', bookType: 'xlsb' }) as Buffer;
    const { tables, warnings } = await intake('b.xlsb', new Uint8Array(bytes));
    expect(tables[0]?.rows).toEqual([['x', null, null]]);
    expect(warnings).toEqual(['ErrorCellsBlanked 2']);
  });

  const encrypted = CFB.utils.cfb_new();
  CFB.utils.cfb_add(encrypted, '/EncryptedPackage', Buffer.alloc(5000, 7));
  const document = CFB.utils.cfb_new();
  CFB.utils.cfb_add(document, '/WordDocument', Buffer.alloc(5000, 7));
  const thumbnails = CFB.utils.cfb_new();
  CFB.utils.cfb_add(thumbnails, '/Catalog', Buffer.alloc(5000, 7));
  const old = CFB.utils.cfb_new();
  // The beginning of a workbook of Excel 97 with a password: BOF, FilePass, EOF.
  const records = [
    0x09,
    0x08,
    16,
    0,
    0,
    6,
    5,
    0,
    ...Array<number>(12).fill(0),
    0x2f,
    0,
    6,
    0,
    0,
    0,
    1,
    2,
    3,
    4,
    10,
    0,
    0,
    0,
  ];
  CFB.utils.cfb_add(old, '/Workbook', Buffer.from(records));
  const bytesOf = (container: object): Uint8Array => new Uint8Array(CFB.write(container, { type: 'buffer' }));

  it.each([
    [
      'a workbook behind a password',
      'b.xlsx',
      bytesOf(encrypted),
      /^UnsupportedFormat: b.xlsx is protected by a password/,
    ],
    [
      'a workbook of Excel 97 behind a password',
      'b.xls',
      bytesOf(old),
      /^UnsupportedFormat: b.xls is protected by a password/,
    ],
    ['a Word document', 'b.doc', bytesOf(document), /^UnsupportedFormat: b.doc is a Word document, which is not read$/],
    [
      'a file of another program',
      'b.db',
      bytesOf(thumbnails),
      /^UnsupportedFormat: b.db is a file of another program than Excel, which is not read$/,
    ],
    [
      'a workbook cut short',
      'b.xls',
      workbook('biff8', SHEETS).subarray(0, 700),
      /^InvalidWorkbook: b.xls cannot be read: it is damaged, or was cut short on its way$/,
    ],
    [
      'a workbook with a sheet that cannot be taken apart',
      'b.xlsb',
      withoutTexts(workbook('xlsb', SHEETS)),
      /^InvalidWorkbook: b.xlsb cannot be read: its sheet "Prices 2026" is not there or damaged$/,
    ],
  ])('%s is a failure', async (_, name, bytes, failure) => {
    expect((await intake(name, bytes)).failure).toMatch(failure);
  });

  it('is refused where a part of it does not fit its checksum', async () => {
    const good = workbook('xlsb', SHEETS);
    const container = CFB.read(good, { type: 'buffer' });
    const parts = (container as { readonly FullPaths: readonly string[] }).FullPaths.filter(
      (path) => !path.endsWith('/'),
    );
    const entries = parts.map((path) => ({
      name: path.replace('Root Entry/', ''),
      content: CFB.find(container, path.replace('Root Entry', '')).content,
      ...(path.endsWith('sheet2.bin') ? { crc: 1 } : {}),
    }));
    expect((await intake('b.xlsb', buildZip(entries))).failure).toMatch(/^InvalidArchive: b.xlsb/);
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
