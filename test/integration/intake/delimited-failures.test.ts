import { describe, expect, it } from 'vitest';
import { intake, limits, type IntakeOptions } from './harness.ts';

describe('text files', () => {
  const failures: [
    sentence: string,
    file: string,
    bytes: string | Uint8Array,
    failure: RegExp,
    place: object,
    options?: IntakeOptions,
  ][] = [
    ['an empty file', 'a.csv', '', /^EmptyInput: a.csv/, { file: 'a.csv' }],
    ['blank lines only', 'a.csv', '\n  \r\n', /^EmptyInput/, {}],
    ['a byte order mark only', 'a.csv', '\ufeff', /^EmptyInput/, {}],
    [
      'an unclosed quote',
      'a.csv',
      'a,b\n1,"é"\n2, "open\nx,y\n',
      /^UnclosedQuote: a.csv:3:4: /,
      { file: 'a.csv', line: 3, column: 4 },
    ],
    [
      'an unclosed quote after characters of several bytes',
      'a.csv',
      'a,b\nüé,"open',
      /^UnclosedQuote: a.csv:2:4: /,
      { line: 2, column: 4 },
    ],
    [
      'headers that clash',
      'a.csv',
      'A,a,A__Duplicate_1__\n1,2,3\n',
      /^HeaderClash: a.csv:1:5: .*a__duplicate_1__/,
      { line: 1, column: 5 },
    ],
    [
      'too large a file',
      'a.csv',
      'a,b\n1,2\n',
      /^InputTooLarge: a.csv has 8 bytes, and at most 7/,
      { path: 'spec.spreadsheet.maxBytes' },
      { spreadsheet: { maxBytes: 7 } },
    ],
    [
      'a format not accepted',
      'a.csv',
      'a,b\n1,2\n',
      /^FormatNotAccepted: a.csv is CSV, and this connector accepts TSV, XLSX/,
      { path: 'spec.spreadsheet.formats' },
      { spreadsheet: { formats: ['TSV', 'XLSX'] } },
    ],
    [
      'a delimiter that cannot be one',
      'a.csv',
      'a,b\n',
      /^InvalidDelimiter/,
      { path: 'spec.spreadsheet.delimiter' },
      { spreadsheet: { delimiter: '§' } },
    ],
    [
      'the beginning of a legacy workbook under another name',
      'a.csv',
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      /^InvalidWorkbook: a.csv cannot be read/,
      { hint: expect.stringContaining('XLSX') },
    ],
    ['a web page called a workbook', 'a.xls', '<html><table>', /^UnsupportedFormat: a.xls is an HTML document/, {}],
    ['JSON under another name', 'a.csv', '{"a":1}\n', /^UnsupportedFormat: a.csv is a JSON file/, {}],
    [
      'a tar archive',
      'a.csv',
      `${'x'.repeat(257)}ustar${'x'.repeat(300)}`,
      /^UnsupportedFormat: a.csv is a tar archive/,
      {},
    ],
    [
      'a binary file',
      'a.csv',
      Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919 + ((index * index) >> 3)) & 0xff),
      /^UnsupportedFormat: a.csv is no text but a binary file/,
      {},
    ],
    [
      'UTF-32',
      'a.csv',
      Buffer.from('\xff\xfe\0\0a\0\0\0', 'latin1'),
      /^UnsupportedFormat: a.csv is text in UTF-32/,
      { hint: 'save it as UTF-8' },
    ],
    [
      'more columns than the limit',
      'a.csv',
      'a,b,c\n',
      /^TooManyColumns: a.csv has more than 2 columns/,
      { path: 'spec.spreadsheet.limits.columns', line: 1 },
      limits({ columns: 2 }),
    ],
    [
      'a cell longer than the limit',
      'a.csv',
      'a,b\n1,2\n1,éé\n',
      /^CellTooLong: a.csv:3:3: this cell is longer than 3 bytes/,
      { path: 'spec.spreadsheet.limits.cellBytes', line: 3, column: 3 },
      limits({ cellBytes: 3 }),
    ],
    [
      'a header longer than the limit',
      'a.csv',
      'a,bcde\n1,2\n',
      /^CellTooLong: a.csv:1:3/,
      { path: 'spec.spreadsheet.limits.cellBytes' },
      limits({ cellBytes: 3 }),
    ],
    [
      'a row longer than the limit',
      'a.csv',
      `a,b\n${'x'.repeat(300_000)}\n`,
      /^RowTooLong: a.csv:2:1: this row is longer than 100Ki/,
      { path: 'spec.spreadsheet.limits.rowBytes' },
      limits({ rowBytes: 102_400 }),
    ],
    [
      'a quote that is not closed within the longest row',
      'a.csv',
      `a,b\n1,"${'x\n'.repeat(300_000)}`,
      /^UnclosedQuote: a.csv:2:3: the quote that opens here is not closed within 100Ki/,
      { line: 2, column: 3 },
      limits({ rowBytes: 102_400 }),
    ],
    ['JSON', 'a.json', '[{"a":1}]', /^UnsupportedFormat: a.json is a JSON file/, {}],
  ];
  it.each(failures)('%s is a failure', async (_, file, bytes, failure, place, options = {}) => {
    const { result, failure: found } = await intake(file, bytes, options);
    expect(found).toMatch(failure);
    expect(result.tables).toEqual([]);
    expect(result.failure?.details[0]).toMatchObject(place);
  });
});
