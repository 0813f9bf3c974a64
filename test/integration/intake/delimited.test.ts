import { describe, expect, it } from 'vitest';
import { intake } from './harness.ts';

type Rows = readonly (readonly (string | null)[])[];

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('text files', () => {
  const cases: [
    sentence: string,
    file: string,
    bytes: string | Uint8Array,
    columns: string[],
    rows: Rows,
    warnings?: string[],
  ][] = [
    [
      'a plain CSV',
      'a.csv',
      'Id,Name\n1,x\n2,y\n',
      ['id', 'name'],
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ],
    ['no line end at the end', 'a.csv', 'a,b\n1,2', ['a', 'b'], [['1', '2']]],
    ['a header and no rows', 'a.csv', 'a,b\n', ['a', 'b'], []],
    ['a header without a line end', 'a.csv', 'a,b', ['a', 'b'], []],
    [
      'CRLF, CR and LF mixed',
      'a.csv',
      'a,b\r\n1,2\r3,4\n5,6\r\n',
      ['a', 'b'],
      [
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
      ],
    ],
    ['CR alone', 'a.csv', 'a,b\r1,2\r', ['a', 'b'], [['1', '2']]],
    [
      'quoted delimiters, quotes and line ends',
      'a.csv',
      'a,b\n"x,y","say ""hi""\r\nthere"\n',
      ['a', 'b'],
      [['x,y', 'say "hi"\r\nthere']],
    ],
    ['a quoted line end in the header', 'a.csv', '"a\nb",c\n1,2\n', ['a_b', 'c'], [['1', '2']]],
    ['cells are trimmed, quoted ones too', 'a.csv', 'a,b\n  x  ,"  y "\n', ['a', 'b'], [['x', 'y']]],
    ['blanks around quotes', 'a.csv', 'a,b\n  "x,1"  , "y" \n', ['a', 'b'], [['x,1', 'y']]],
    [
      'empty cells are NULL, also quoted and blank ones',
      'a.csv',
      'a,b,c\n,"",  \n',
      ['a', 'b', 'c'],
      [[null, null, null]],
    ],
    ['an empty quoted cell in a file of one column is a row', 'a.csv', 'a\n""\nx\n', ['a'], [[null], ['x']]],
    ['a quote within a value is text', 'a.csv', 'a,b\n5" pipe,it"s\n', ['a', 'b'], [['5" pipe', 'it"s']]],
    [
      'text after a closing quote is kept and counted',
      'a.csv',
      'a,b\n"x"y,1\n',
      ['a', 'b'],
      [['xy', '1']],
      ['MisplacedQuotes 1'],
    ],
    [
      'short rows are padded',
      'a.csv',
      'a,b,c\n1\n1,2\n',
      ['a', 'b', 'c'],
      [
        ['1', null, null],
        ['1', '2', null],
      ],
      ['ShortRows 2'],
    ],
    [
      'values beyond the header are counted and dropped',
      'a.csv',
      'a,b\n1,2,3,4\n5,6,,\n',
      ['a', 'b'],
      [
        ['1', '2'],
        ['5', '6'],
      ],
      ['ExtraValuesDropped 2'],
    ],
    [
      'blank lines are counted and dropped',
      'a.csv',
      '\na,b\n\n1,2\n   \n',
      ['a', 'b'],
      [['1', '2']],
      ['BlankRowsDropped 3'],
    ],
    ['a line of delimiters is a row', 'a.csv', 'a,b\n,\n', ['a', 'b'], [[null, null]]],
    ['a line of delimiters is a row in a file of one column', 'a.csv', 'a\n,\n', ['a'], [[null]]],
    ['a UTF-8 byte order mark', 'a.csv', '\ufeffé,b\n1,2\n', ['_', 'b'], [['1', '2']]],
    ['UTF-16 with a byte order mark', 'a.csv', Buffer.from('\ufeffa,b\né,😀\n', 'utf16le'), ['a', 'b'], [['é', '😀']]],
    ['UTF-16 big endian', 'a.csv', utf16be('\ufeffa,b\né,😀\n'), ['a', 'b'], [['é', '😀']]],
    ['UTF-16 without a byte order mark', 'a.csv', Buffer.from('a,b\n1,2\n', 'utf16le'), ['a', 'b'], [['1', '2']]],
    [
      'Windows-1252',
      'a.csv',
      latin1('a,b\nM\xfcller,\x80 5\n'),
      ['a', 'b'],
      [['Müller', '€ 5']],
      ['EncodingGuessed 1'],
    ],
    [
      'bytes without a meaning in Windows-1252',
      'a.csv',
      latin1('a,b\n\xe9,\x81\n'),
      ['a', 'b'],
      [['é', '\ufffd']],
      ['EncodingGuessed 1', 'InvalidBytesReplaced 1'],
    ],
    [
      'damaged UTF-8 stays UTF-8',
      'a.csv',
      Buffer.concat([Buffer.from('a,b\né,ü'), latin1('\xff\n')]),
      ['a', 'b'],
      [['é', 'ü\ufffd']],
      ['InvalidBytesReplaced 1'],
    ],
    ['a replacement character that was there already is no damage', 'a.csv', 'a\n\ufffd\n', ['a'], [['\ufffd']]],
    [
      'tabs, backslashes and NUL characters come back',
      'a.csv',
      'a,b\n"x\ty",c:\\new\\t\0\n',
      ['a', 'b'],
      [['x\ty', 'c:\\new\\t\0']],
    ],
    [
      'NUL characters in every other byte are no UTF-16',
      'a.csv',
      'a\0b\0c\0d\0,1\r\nx\0y\0z\0u\0,2\r\n',
      ['a_b_c_d_', '_1'],
      [['x\0y\0z\0u\0', '2']],
    ],
    ['the text \\N is no NULL', 'a.csv', 'a,b\n\\N,1\n', ['a', 'b'], [['\\N', '1']]],
    ['a header that begins like a signature', 'a.csv', 'BZh1,PAR1\n1,2\n', ['bzh1', 'par1'], [['1', '2']]],
    ['TSV', 'a.tsv', 'a\tb\n1\t2,5\n', ['a', 'b'], [['1', '2,5']]],
    [
      'TSV with empty cells',
      'a.dat',
      'a\tb\tc\n\t\t3\n\t\t\n',
      ['a', 'b', 'c'],
      [
        [null, null, '3'],
        [null, null, null],
      ],
    ],
    [
      'semicolons with decimal commas',
      'a.csv',
      'a;b\n1,5;2,5\n3,5;4,5\n',
      ['a', 'b'],
      [
        ['1,5', '2,5'],
        ['3,5', '4,5'],
      ],
    ],
    ['pipes', 'a.txt', 'a|b|c\n1|x, y|z\n', ['a', 'b', 'c'], [['1', 'x, y', 'z']]],
    [
      'one column whose text has commas sometimes',
      'a.csv',
      'name\nSmith\n"Smith, J"\n',
      ['name'],
      [['Smith'], ['Smith, J']],
    ],
    ['delimiters in quotes do not decide', 'a.csv', '"a;b;c",d\n"1;2;3",4\n', ['a_b_c', 'd'], [['1;2;3', '4']]],
    [
      'delimiters in some quotes do not decide, however regular they are',
      'a.csv',
      'id,"lat;lon;height"\n1,"4;5;6"\n2,"7;8;9"\n',
      ['id', 'lat_lon_height'],
      [
        ['1', '4;5;6'],
        ['2', '7;8;9'],
      ],
    ],
    ['one row with tabs in quotes', 'a.csv', ',"\t\t\ta",\r\n', ['_1', 'a', '_2'], [], ['HeadersRenamed 2']],
    [
      'inches in a TSV',
      'a.txt',
      'a\tb\n5" pipe\t1,"\n6" pipe\t2,"\n',
      ['a', 'b'],
      [
        ['5" pipe', '1,"'],
        ['6" pipe', '2,"'],
      ],
    ],
    ['the separator line of spreadsheets', 'a.csv', 'sep=|\na|b\n1|2\n', ['a', 'b'], [['1', '2']]],
    [
      'single quotes where the file clearly uses them',
      'a.csv',
      "'a','b'\n'x,1','it''s'\n",
      ['a', 'b'],
      [['x,1', "it's"]],
    ],
    [
      'single quotes as apostrophes',
      'a.csv',
      "a,b\n'tis,rock'n'roll\n'90s,x\n",
      ['a', 'b'],
      [
        ["'tis", "rock'n'roll"],
        ["'90s", 'x'],
      ],
    ],
    [
      'repeated and empty headers',
      'a.csv',
      'A,a,,2020\n1,2,3,4\n',
      ['a', 'a__duplicate_1__', '_1', '_2020'],
      [['1', '2', '3', '4']],
      ['HeadersRenamed 2'],
    ],
  ];
  it.each(cases)('%s', async (_, file, bytes, columns, rows, warnings = []) => {
    const { tables, failure, warnings: found } = await intake(file, bytes);
    expect(failure).toBeNull();
    expect(tables).toEqual([{ name: 'a', columns, rows }]);
    expect(found.toSorted()).toEqual(warnings.toSorted());
  });

  it('warnings name the first place', async () => {
    const { result } = await intake('p.csv', 'a,b\n\n1,"x\ny"\n2,é,extra,more\n"q"r,\n');
    expect(result.warnings.map(({ message }) => message)).toEqual([
      'blank rows dropped: 1, first in p.csv:2:1',
      'values beyond the header dropped: 2, first in p.csv:5:5',
      expect.stringContaining('first in p.csv:6:4'),
    ]);
  });

  it('a place after a damaged character counts characters', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\né,'), Buffer.from([0xe9]), Buffer.from('\nü,1,2\n')]);
    const { result } = await intake('p.csv', bytes);
    expect(result.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('first in p.csv:2:3'),
      expect.stringContaining('first in p.csv:3:5'),
    ]);
  });

  it('keeps blanks with trim: false', async () => {
    const { tables } = await intake('a.csv', 'a,b\n x ,"  "\n,\n', { spreadsheet: { trim: false } });
    expect(tables[0]?.rows).toEqual([
      [' x ', '  '],
      [null, null],
    ]);
  });

  it('the delimiter of the manifest wins', async () => {
    const { tables } = await intake('a.csv', 'a,b;c\n1,2;3\n', { spreadsheet: { delimiter: ';' } });
    expect(tables[0]).toEqual({ name: 'a', columns: ['a_b', 'c'], rows: [['1,2', '3']] });
  });

  it.each([65_535, 65_536, 131_071, 131_072, 262_143, 262_144])(
    'a character across byte %i stays whole',
    async (boundary) => {
      const head = 'a,b\n1,';
      const long = 'x'.repeat(boundary - head.length - 1);
      const { tables, warnings } = await intake('a.csv', `${head}${long}€é\n2,ü\n`);
      expect(warnings).toEqual([]);
      expect(tables[0]?.rows).toEqual([
        ['1', `${long}€é`],
        ['2', 'ü'],
      ]);
    },
  );

  it('fields of megabytes pass', async () => {
    const long = 'y"\n'.repeat(1_000_000);
    const { tables } = await intake('a.csv', `a,b\n"${long.replaceAll('"', '""')}x",1\n`);
    expect(tables[0]?.rows).toEqual([[`${long}x`, '1']]);
  });

  it('keeps the headers as the file has them', async () => {
    const { result } = await intake('Price List.csv', ' E-mail , 2020 \n1,2\n');
    expect(result.tables).toEqual([
      {
        name: 'price_list',
        sourceName: 'price_list',
        page: 0,
        columns: [
          { name: 'e_mail', type: 'Nullable(String)' },
          { name: '_2020', type: 'Nullable(String)' },
        ],
        headers: [' E-mail ', ' 2020 '],
        written: { delimiter: ',', hasByteOrderMark: false, hasSeparatorLine: false },
        rows: 1,
        file: 'tables/0.tsv',
      },
    ]);
  });

  it('names the table as the manifest, else as the sample does', async () => {
    const sample = { fileName: 'Price List.csv', content: Buffer.from('a\n') };
    expect((await intake('list_w47.csv', 'a\n1\n', { sample })).tables[0]?.name).toBe('price_list');
    const tables = [{ name: 'prices', columns: null }];
    expect((await intake('list_w47.csv', 'a\n1\n', { sample, spreadsheet: { tables } })).tables[0]?.name).toBe(
      'prices',
    );
  });

  it('a file that is not there is a failure', async () => {
    const { failure } = await intake('a.csv', null);
    expect(failure).toMatch(/^InputMissing/);
  });
});
