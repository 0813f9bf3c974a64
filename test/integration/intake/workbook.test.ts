import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import { readTableNames } from '../../../runner/intake/sample-names.ts';
import { intake, limits } from './harness.ts';
import { buildWorkbook, buildZip } from '../../support/zip-writer.ts';

/** Cells as `<c>` elements without references; a text is an inline string. */
const row = (...cells: string[]): string => `<row>${cells.join('')}</row>`;
const text = (value: string): string => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
const number = (value: string, style = 0): string => `<c s="${style}"><v>${value}</v></c>`;
const header = (...names: string[]): string => row(...names.map(text));

const STYLES =
  '<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/><numFmt numFmtId="165" formatCode="0.0&quot; d&quot;"/></numFmts>' +
  '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>';

describe('workbooks written by hand', () => {
  const cases: [sentence: string, rows: string, table: (string | null)[][], warnings?: string[]][] = [
    [
      'cells without references',
      header('a', 'b') + row(text('x'), number('1')),
      [
        ['a', 'b'],
        ['x', '1'],
      ],
    ],
    [
      'cells with references and holes',
      `${header('a', 'b', 'c')}<row r="2"><c r="C2"><v>3</v></c></row>`,
      [
        ['a', 'b', 'c'],
        [null, null, '3'],
      ],
    ],
    [
      'a numeric header',
      row(number('2020'), number('0'), text('x')) + row(number('1'), number('2'), number('3')),
      [
        ['_2020', '_0', 'x'],
        ['1', '2', '3'],
      ],
    ],
    [
      'shared strings, rich text and phonetic readings',
      header('a', 'b', 'c') + row('<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>', '<c t="s"><v>2</v></c>'),
      [
        ['a', 'b', 'c'],
        ['plain', 'bold rest', '東京'],
      ],
    ],
    [
      'booleans',
      header('a', 'b') + row('<c t="b"><v>1</v></c>', '<c t="b"><v>0</v></c>'),
      [
        ['a', 'b'],
        ['true', 'false'],
      ],
    ],
    [
      'numbers',
      header('a', 'b', 'c') + row(number('1.0'), number('0.30000000000000004'), number('12345678901234567890')),
      [
        ['a', 'b', 'c'],
        ['1', '0.3', '12345678901234567890'],
      ],
    ],
    [
      'dates by style',
      header('a', 'b', 'c') + row(number('45292', 1), number('45292.5', 2), number('45292.5', 3)),
      [
        ['a', 'b', 'c'],
        ['2024-01-01', '2024-01-01T12:00:00', '45292.5'],
      ],
    ],
    ['dates as text', header('a') + row('<c t="d"><v>2024-01-01T00:00:00</v></c>'), [['a'], ['2024-01-01T00:00:00']]],
    [
      'formulas with a stored value',
      header('a', 'b') + row('<c t="str"><f>A1</f><v>x</v></c>', '<c><f>1+1</f><v>2</v></c>'),
      [
        ['a', 'b'],
        ['x', '2'],
      ],
    ],
    [
      'formulas without a stored value, and one whose value is an empty text',
      header('a', 'b', 'c', 'd') +
        row(text('x'), '<c><f>1+1</f></c>', '<c><f>1+1</f><v></v></c>', '<c t="str"><f>""</f><v></v></c>'),
      [
        ['a', 'b', 'c', 'd'],
        ['x', null, null, null],
      ],
      ['FormulasWithoutValue 2'],
    ],
    [
      'error values',
      header('a', 'b') + row(text('x'), '<c t="e"><v>#N/A</v></c>'),
      [
        ['a', 'b'],
        ['x', null],
      ],
      ['ErrorCellsBlanked 1'],
    ],
    [
      'blank rows, written out and left away',
      `${header('a')}<row/><row r="5"><c r="A5"><v>1</v></c></row><row r="6"/>`,
      [['a'], ['1']],
      ['BlankRowsDropped 3'],
    ],
    ['blank rows before the header', `<row/>${header('a')}${row(number('1'))}`, [['a'], ['1']], ['BlankRowsDropped 1']],
    [
      'values beyond the header',
      header('a') + row(number('1'), text(' '), text('x')),
      [['a'], ['1']],
      ['ExtraValuesDropped 1'],
    ],
    [
      'texts are trimmed and blank texts are NULL',
      header('a', 'b') + row(text('  x '), text('   ')),
      [
        ['a', 'b'],
        ['x', null],
      ],
    ],
    ['line ends, tabs and escapes in texts', header('a') + row(text('x&#10;y&#9;z\\ _x000D_')), [['a'], ['x\ny\tz\\']]],
    ['CDATA', header('a') + row('<c t="str"><v><![CDATA[<x>]]></v></c>'), [['a'], ['<x>']]],
    [
      'names with a namespace prefix',
      `${header('a')}<x:row xmlns:x="y"><x:c><x:v>1</x:v></x:c></x:row>`,
      [['a'], ['1']],
    ],
  ];
  it.each(cases)('%s', async (_, rows, [columns = [], ...values], warnings = []) => {
    const strings =
      '<si><t>plain</t></si><si><r><t>bold</t></r><r><t xml:space="preserve"> rest</t></r></si><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>';
    const book = buildWorkbook([{ name: 'Sheet 1', rows }], { strings, styles: STYLES });
    const { tables, failure, warnings: found } = await intake('b.xlsx', book);
    expect(failure).toBeNull();
    expect(tables).toEqual([{ name: 'sheet_1', columns, rows: values }]);
    expect(found).toEqual(warnings);
  });

  it('dates of the 1904 system', async () => {
    const book = buildWorkbook([{ name: 'S', rows: header('a') + row(number('43830', 1)) }], {
      styles: STYLES,
      date1904: true,
    });
    expect((await intake('b.xlsx', book)).tables[0]?.rows).toEqual([['2024-01-01']]);
  });

  it('dates of the 1904 system where an extension has properties of its own, as from Excel for Mac', async () => {
    const book = buildWorkbook([{ name: 'S', rows: header('a') + row(number('43830', 1)) }], {
      styles: STYLES,
      date1904: true,
      extensions: '<ext uri="{79F54976}"><x14:workbookPr defaultImageDpi="32767"/></ext>',
    });
    expect((await intake('b.xlsx', book)).tables[0]?.rows).toEqual([['2024-01-01']]);
  });

  it('every sheet is a table, hidden ones too; empty ones keep their position, at the end they are left out', async () => {
    const data = header('a') + row(number('1'));
    const book = buildWorkbook([
      { name: 'Cover', rows: '' },
      { name: 'Data 1', rows: data },
      { name: 'data-1', rows: data, state: 'hidden' },
      { name: 'Sheet4', rows: '<row/>' },
    ]);
    const { result, tables, warnings } = await intake('b.xlsx', book);
    expect(tables.map(({ name, columns, rows }) => [name, columns, rows.length])).toEqual([
      ['cover', ['_1'], 0],
      ['data_1', ['a'], 1],
      ['data_1__duplicate_1__', ['a'], 1],
    ]);
    expect(result.tables.map(({ page, file }) => `${page} ${file}`)).toEqual([
      '0 tables/0.tsv',
      '1 tables/1.tsv',
      '2 tables/2.tsv',
    ]);
    expect(warnings).toEqual(['TablesRenamed 1']);
    const declared = ['a', 'b', 'c', 'd'].map((name) => ({ name, columns: null }));
    expect(
      (await intake('b.xlsx', book, { spreadsheet: { tables: declared } })).tables.map(({ name }) => name),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has parts whose names are written in another case than where they are referred to', async () => {
    const relationship = (type: string, target: string): string =>
      `<Relationships><Relationship Id="a" Type="http://purl/${type}" Target="${target}"/></Relationships>`;
    const book = buildZip([
      { name: '[content_types].xml', content: '<Types/>' },
      { name: '_rels/.rels', content: relationship('officeDocument', 'xl/Workbook.xml') },
      { name: 'xl/workbook.xml', content: '<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>' },
      { name: 'xl/_rels/workbook.xml.rels', content: relationship('worksheet', 'worksheets/Sheet1.xml') },
      {
        name: 'xl/worksheets/sheet1.xml',
        content: `<worksheet><sheetData>${header('a')}${row(number('1'))}</sheetData></worksheet>`,
      },
    ]);
    const { tables, failure } = await intake('b.xlsx', book);
    expect(failure).toBeNull();
    expect(tables).toEqual([{ name: 's', columns: ['a'], rows: [['1']] }]);
  });

  it('names sheets by the sample', async () => {
    const data = header('a') + row(number('1'));
    const sample = {
      fileName: 's.xlsx',
      content: buildWorkbook([
        { name: 'Vendors', rows: data },
        { name: 'Products', rows: data },
      ]),
    };
    const book = buildWorkbook([
      { name: 'Week 47', rows: data },
      { name: 'Vendors', rows: data },
    ]);
    expect((await intake('b.xlsx', book, { sample })).tables.map(({ name }) => name)).toEqual(['products', 'vendors']);
  });

  const failures: [sentence: string, bytes: Uint8Array, failure: RegExp][] = [
    ['no values at all', buildWorkbook([{ name: 'S', rows: '<row/>' }]), /^EmptyInput: b.xlsx/],
    [
      'headers that clash',
      buildWorkbook([{ name: 'S', rows: header('a', 'A', 'a__duplicate_1__') }]),
      /^HeaderClash: b.xlsx\[S\]:1:3: /,
    ],
    [
      'damaged XML',
      buildWorkbook([{ name: 'S', rows: '<row><c></row>' }]),
      /^InvalidWorkbook: b.xlsx\[S\] cannot be read/,
    ],
    [
      'a shared string that is not there',
      buildWorkbook([{ name: 'S', rows: row('<c t="s"><v>7</v></c>') }]),
      /^InvalidWorkbook.*the text 7/,
    ],
    [
      'a reference that is none',
      buildWorkbook([{ name: 'S', rows: '<row><c r="ZZZZ1"><v>7</v></c></row>' }]),
      /^InvalidWorkbook.*ZZZZ1/,
    ],
    [
      'elements without end in each other',
      buildWorkbook([{ name: 'S', rows: '<a>'.repeat(1_000_000) }]),
      /^InvalidWorkbook: b.xlsx\[S\] cannot be read: its elements are nested too deeply/,
    ],
    [
      'an OpenDocument sheet',
      buildZip([
        { name: 'mimetype', content: 'x' },
        { name: 'content.xml', content: '' },
      ]),
      /^UnsupportedFormat: b.xlsx is an OpenDocument file/,
    ],
    [
      'one long text in every cell',
      buildWorkbook([{ name: 'S', rows: header('a') + row('<c t="s"><v>0</v></c>').repeat(700) }], {
        strings: `<si><t>${'x'.repeat(100_000)}</t></si>`,
      }),
      /^UnsafeArchive: b.xlsx is not read: its tables are far larger than the file/,
    ],
    ['a workbook cut short', buildWorkbook([{ name: 'S', rows: header('a') }]).subarray(0, 300), /^InvalidArchive/],
  ];
  it.each(failures)('%s is a failure', async (_, bytes, failure) => {
    expect((await intake('b.xlsx', bytes)).failure).toMatch(failure);
  });

  const shared = '<c t="s"><v>0</v></c>';
  it.each([
    ['of shared texts', `<row>${shared.repeat(5)}</row>`],
    ['that is read by a parser', `<row>${shared.repeat(5)}<!-- --></row>`],
    ['that never ends', `<row><!-- -->${`<c r="A2"${shared.slice(2)}`.repeat(5)}`],
  ])('a row longer than the limit, %s, is a failure', async (_, long) => {
    const rows = header('a', 'b', 'c', 'd', 'e') + row('<c/>', shared.repeat(4)) + long;
    const book = buildWorkbook([{ name: 'S', rows }], { strings: `<si><t>${'x'.repeat(1000)}</t></si>` });
    const { failure } = await intake('b.xlsx', book, limits({ rowBytes: 4096 }));
    expect(failure).toBe('RowTooLong: b.xlsx[S]:3: this row is longer than 4Ki');
  });

  it('long rows that a parser gets many of at once are a failure, and not all held in memory', async () => {
    const rows = header('a', 'b', 'c') + `<row>${shared.repeat(3)}</row >`.repeat(3);
    const book = buildWorkbook([{ name: 'S', rows }], { strings: `<si><t>${'x'.repeat(15_000_000)}</t></si>` });
    const { failure } = await intake('b.xlsx', book, limits({ expansionRatio: 1_000_000 }));
    expect(failure).toMatch(/^UnsafeArchive: b.xlsx is not read: its tables are far larger than the file/);
  });
});

describe('workbooks written by exceljs', () => {
  it('come back with texts, numbers, dates, formulas and rich text', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('Prices 2026');
    sheet.addRow(['SKU', 'Price', 'Since', 'Total', 'Note', 2020, 'Link']);
    sheet.addRow([
      'A-1',
      12.5,
      new Date(Date.UTC(2026, 0, 31)),
      { formula: 'B2*2', result: 25 },
      { richText: [{ text: 'very ' }, { font: { bold: true }, text: 'good' }] },
      true,
      { text: 'site', hyperlink: 'https://example.com' },
    ]);
    sheet.addRow([]);
    sheet.addRow([
      'B-2',
      1.1 + 2.2,
      new Date(Date.UTC(2026, 0, 31, 12, 30)),
      { error: '#DIV/0!' },
      'Größe\nzwei',
      null,
      null,
    ]);
    book.addWorksheet('Empty');
    const bytes = new Uint8Array(await book.xlsx.writeBuffer());
    const { tables, warnings, failure } = await intake('Prices.xlsm', bytes);
    expect(failure).toBeNull();
    expect(tables).toEqual([
      {
        name: 'prices_2026',
        columns: ['sku', 'price', 'since', 'total', 'note', '_2020', 'link'],
        rows: [
          ['A-1', '12.5', '2026-01-31', '25', 'very good', 'true', 'site'],
          ['B-2', '3.3', '2026-01-31T12:30:00', null, 'Größe\nzwei', null, null],
        ],
      },
    ]);
    expect(warnings).toEqual(['BlankRowsDropped 1', 'ErrorCellsBlanked 1']);
    expect(await readTableNames({ fileName: 'Prices.xlsx', content: bytes })).toEqual(['prices_2026', 'empty']);
  });
});

describe('ZIP files', () => {
  it('hold a table for each CSV file, each with its own encoding, delimiter and line ends', async () => {
    const zip = buildZip([
      { name: 'Vendors.csv', content: '\ufeffid;name\r\n1;é\r\n' },
      { name: 'week/products.csv', content: Buffer.from('"i\nd",name\n1,\xe9\n', 'latin1') },
      { name: 'more.tsv', content: 'a\tb\n1\t2\n' },
      { name: '__MACOSX/._x.csv', content: 'x' },
      { name: 'readme.txt', content: 'x' },
    ]);
    const { tables, warnings } = await intake('week.zip', zip);
    expect(tables).toEqual([
      { name: 'vendors', columns: ['id', 'name'], rows: [['1', 'é']] },
      { name: 'products', columns: ['i_d', 'name'], rows: [['1', 'é']] },
      { name: 'more', columns: ['a', 'b'], rows: [['1', '2']] },
    ]);
    expect(warnings).toEqual(['ArchiveEntriesIgnored 1', 'EncodingGuessed 1']);
  });

  const failures: [sentence: string, bytes: Uint8Array, failure: RegExp][] = [
    ['no table in it', buildZip([{ name: 'deep/a.csv', content: 'a' }]), /^NoTablesInArchive: z.zip/],
    ['nothing in it', buildZip([]), /^NoTablesInArchive/],
    ['a path that leads out', buildZip([{ name: '../a.csv', content: 'a' }]), /^UnsafeArchive/],
    ['an absolute path', buildZip([{ name: '/etc/a.csv', content: 'a' }]), /^UnsafeArchive/],
    [
      'an encrypted entry',
      buildZip([{ name: 'a.csv', content: 'a', isEncrypted: true }]),
      /^UnsupportedFormat: z.zip: the entry a.csv is encrypted/,
    ],
    [
      'far more content than file',
      buildZip([{ name: 'a.csv', content: Buffer.alloc(80 * 1024 * 1024, 'a') }]),
      /^UnsafeArchive: .*200 times larger/,
    ],
    [
      'more entries than sense',
      buildZip(Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}.csv`, content: '' }))),
      /^UnsafeArchive: .*10000 entries/,
    ],
    [
      'an unclosed quote in an entry',
      buildZip([{ name: 'a.csv', content: 'a\n"x' }]),
      /^UnclosedQuote: z.zip\[a.csv\]:2:1: /,
    ],
    [
      'a damaged entry',
      damage(buildZip([{ name: 'a.csv', content: 'a,b\n'.repeat(1000) }])),
      /^InvalidArchive: z.zip\[a.csv\]/,
    ],
    ['no archive after the signature', Buffer.from('PK\x03\x04 and nothing else'), /^InvalidArchive/],
  ];
  it.each(failures)('%s is a failure', async (_, bytes, failure) => {
    expect((await intake('z.zip', bytes)).failure).toMatch(failure);
  });
});

function damage(zip: Buffer): Buffer {
  const copy = Buffer.from(zip);
  copy.fill(0xff, 36, 44);
  return copy;
}
