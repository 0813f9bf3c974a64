import { describe, expect, it } from 'vitest';
import { encodeAs } from '../../support/encode-as.ts';
import { intake } from './harness.ts';

const RUSSIAN = 'номер,имя\n1,Иван Петрович\n2,Пётр\n';
const JAPANESE = '番号,名前\n1,山田太郎\n2,鈴木花子\n';

describe('encodings', () => {
  it.each([
    ['Windows-1251', RUSSIAN],
    ['KOI8-R', RUSSIAN],
    ['Shift_JIS', JAPANESE],
    ['Windows-1250', 'nazwa,miasto\nŁukasz,Łódź\nMichał,Kraków\nŚwiętosław,Gdańsk\n'],
  ])('%s is found, said, and read', async (encoding, text) => {
    const { tables, result } = await intake('a.csv', encodeAs(encoding, text));
    const values = text.trim().split('\n').slice(1);
    expect(tables[0]?.rows.map((row) => row.join(','))).toEqual(values);
    expect(result.warnings[0]).toMatchObject({
      code: 'EncodingGuessed',
      message: expect.stringContaining(`read as ${encoding} (spec.spreadsheet.encoding`),
    });
  });

  it('what the manifest says is no guess', async () => {
    const { tables, warnings } = await intake('a.csv', encodeAs('KOI8-R', 'a\nой\n'), {
      spreadsheet: { encoding: 'koi8-r' },
    });
    expect([tables[0]?.rows, warnings]).toEqual([[['ой']], []]);
  });

  it.each([
    ['IBM437', [0x80, 0x8e, 0xe1, 0xff], 'ÇÄß\u00a0x'],
    ['cp850', [0x9b, 0xd5, 0xe1, 0xf8], 'øıß°x'],
    ['852', [0x9d, 0x88, 0xa5, 0xd8], 'Łłąěx'],
    ['ibm-858', [0xd5, 0x84, 0x94, 0x81], '€äöüx'],
  ])('the code page %s of DOS is read where the manifest says so', async (encoding, bytes, text) => {
    const content = Buffer.concat([Buffer.from('a\n'), Buffer.from(bytes), Buffer.from('x\n')]);
    const { tables, warnings, failure } = await intake('a.csv', content, { spreadsheet: { encoding } });
    expect([failure, tables[0]?.rows, warnings]).toEqual([null, [[text]], []]);
  });

  it('a byte order mark goes before the manifest', async () => {
    const { tables } = await intake('a.csv', '\ufeffa\né\n', { spreadsheet: { encoding: 'Windows-1251' } });
    expect(tables[0]?.rows).toEqual([['é']]);
  });

  it.each(['Shift_JIS', 'GB18030'])('a %s character across a read boundary stays whole', async (encoding) => {
    const filler = 'x'.repeat(262_144 - 'a,b\n1,'.length - 1);
    const text = `a,b\n1,${filler}東京\n2,東京都\n`;
    const { tables, failure } = await intake('a.csv', encodeAs(encoding, text), { spreadsheet: { encoding } });
    expect(failure).toBeNull();
    expect(tables[0]?.rows).toEqual([
      ['1', `${filler}東京`],
      ['2', '東京都'],
    ]);
  });

  it('bytes that mean nothing in it are replaced, counted, and the first is named', async () => {
    const bytes = Buffer.concat([
      encodeAs('Shift_JIS', 'a,b\n1,東京\n2,'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\n'),
    ]);
    const { tables, result } = await intake('a.csv', bytes, { spreadsheet: { encoding: 'Shift_JIS' } });
    expect(tables[0]?.rows[1]).toEqual(['2', '\ufffd\ufffd']);
    expect(result.warnings).toMatchObject([
      { code: 'InvalidBytesReplaced', count: 2, message: expect.stringContaining('a.csv:3:3') },
    ]);
  });

  it('rows written back are read again whatever encoding the manifest says', async () => {
    const options = { spreadsheet: { encoding: 'Windows-1251' } };
    const first = await intake('a.csv', encodeAs('Windows-1251', RUSSIAN), options);
    const second = await intake('a.csv', first.rewritten, options);
    expect(second.tables).toEqual(first.tables);
  });
});
