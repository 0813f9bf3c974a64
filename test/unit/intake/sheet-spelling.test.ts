import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../runner/intake/bad-input.ts';
import type { RowSink } from '../../../runner/intake/sheet-rows.ts';
import { sheetsOf } from '../../../runner/intake/sheet-tables.ts';
import type { SheetLosses } from '../../../runner/intake/sheet-values.ts';
import { openWorkbook } from '../../../runner/intake/workbook.ts';
import type { ZipArchive } from '../../../runner/intake/zip-archive.ts';

const STYLES =
  '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/></numFmts>' +
  '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="18"/><xf numFmtId="164"/></cellXfs>';

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PARTS = {
  '[Content_Types].xml': '<Types/>',
  '_rels/.rels': `<Relationships><Relationship Id="a" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `<workbook xmlns:r="${OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `<Relationships>${['worksheet', 'sharedStrings', 'styles']
    .map((type, index) => `<Relationship Id="${'abc'[index] ?? ''}" Type="${OFFICE}/${type}" Target="${type}.xml"/>`)
    .join('')}</Relationships>`,
  'xl/styles.xml': `<styleSheet>${STYLES}</styleSheet>`,
};

/** Bytes in pieces of these sizes, round and round, each in a buffer that is then overwritten. */
async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const chunk = new Uint8Array(bytes.subarray(at, at + (sizes[piece % sizes.length] ?? 1)));
    at += chunk.length;
    await Promise.resolve();
    yield chunk;
    chunk.fill(0x21);
  }
}

interface Said {
  readonly rows: readonly (readonly [number: number, ...cells: string[]])[];
  readonly losses: SheetLosses;
  readonly failure: string | null;
}

/** What the rows of a workbook of these parts are, or that it is refused. */
async function readRows(sheet: Uint8Array, strings: Uint8Array, sizes: readonly number[]): Promise<Said> {
  const parts = { ...PARTS, 'xl/worksheet.xml': sheet, 'xl/sharedStrings.xml': strings };
  const archive: ZipArchive = {
    label: 'f.xlsx',
    names: Object.keys(parts),
    expandedBytes: 0,
    entry: (name) => {
      const content = (parts as Readonly<Record<string, string | Uint8Array>>)[name];
      return content === undefined ? undefined : { label: name, open: () => pieces(Buffer.from(content), sizes) };
    },
    close: () => undefined,
  };
  const rows: [number, ...string[]][] = [];
  const losses: SheetLosses = { errors: 0, errorPlace: '', uncomputed: 0, uncomputedPlace: '' };
  // Full after every other row, which may not be one row more or less.
  const sink: RowSink = {
    take: (row) => rows.push([row.number, ...row.texts()]),
    checkLength: () => undefined,
    isFull: () => rows.length % 2 === 1,
  };
  try {
    const workbook = await openWorkbook(archive);
    if (workbook === null || workbook === 'Binary') throw new Error('it is no workbook');
    const [source] = await sheetsOf(workbook);
    for await (const _ of source?.readRows?.(sink, losses) ?? []);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { rows: [], losses: { ...losses, errors: 0, uncomputed: 0 }, failure: error.failure.code };
  }
  return { rows, losses, failure: null };
}

const sizes = fc.oneof(
  fc.constant([65_536]),
  fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
);

/**
 * Rows and texts in UTF-8, which are read as bytes as far as they are spelled plainly, and in UTF-16, which is read by a parser
 * from end to end. A prefix for the names of elements changes nothing.
 */
async function expectSame(rows: string, strings: string, of: readonly number[], prefix = ''): Promise<Said> {
  const named = (xml: string): string =>
    prefix === '' ? xml : xml.replace(/<(\/?)(?=[a-z])/g, (_, slash: string) => `<${slash}${prefix}`);
  const sheet = named(`<worksheet><dimension ref="A1"/><sheetData>${rows}</sheetData><pageMargins/></worksheet>`);
  const table = named(`<sst count="5">${strings}</sst>`);
  const wide = (xml: string): Buffer => Buffer.from(`\ufeff${xml}`, 'utf16le');
  const parsed = await readRows(wide(sheet), wide(table), [65_536]);
  const bytes = await readRows(Buffer.from(sheet), Buffer.from(table), of);
  if (parsed.failure === null || bytes.failure === null) expect(bytes).toEqual(parsed);
  else expect(bytes.failure).toBe(parsed.failure);
  return bytes;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const unit = fc.constantFrom(
  ...Array.from('aZ09 _x.-+eE\\\t\n'),
  'é',
  '東',
  '😀',
  '\ufeff',
  '\u0085',
  '_x000D_',
  '_x0041_',
  '&',
  '>',
);
const text = fc.string({ unit, maxLength: 6 });
const number = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.integer({ min: 0, max: 3_000_000 }).map(String),
  fc.double({ min: 0, max: 2_958_470, noNaN: true }).map(String),
  fc.double({ min: 0, max: 2_958_470, noNaN: true }).map((value) => value.toPrecision(17)),
  fc.string({ unit: fc.constantFrom(...Array.from('0159.-+eE ')), maxLength: 7 }),
  fc.constantFrom('60', '59', '0', '-0', '1.0', '007', '2958465.9999999995', '2958465.999999', '1é', 'INF', '.5', '5.'),
);
const typed = fc.oneof(
  fc.tuple(number, fc.integer({ min: 0, max: 9 })).map(([value, style]) => ` s="${style}"><v>${value}</v>`),
  fc.tuple(number, fc.nat({ max: 4 })).map(([value, style]) => ` s="${style}" t="n"><f>A1&lt;2</f><v>${value}</v>`),
  text.map((value) => ` t="str"><f t="shared" si="0"/><v>${escaped(value)}</v>`),
  text.map((value) => ` t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is>`),
  text.map((value) => ` t="inlineStr"><is><r><rPr><b/></rPr><t>${escaped(value)}</t></r><r><t>é</t></r></is>`),
  fc.nat({ max: 4 }).map((index) => ` t="s"><v>${index}</v>`),
  fc.constantFrom(
    ...[' t="b"><v>1</v>', ' t="b"><v>0</v>', ' t="b"><v>true</v>', ' t="e"><v>#N/A</v>', ' t="d"><v>2026-01-31</v>'],
    ...['>', '><v></v>', '><v/>', '><f>1+1</f>', '><f>1+1</f><v></v>', ' t="str"><f>""</f><v></v>', ' t="inlineStr">'],
    ...[' t="inlineStr"><is><t/></is>', ' t="str"><v><![CDATA[<x>]]></v>', ' t="s"><v> 1 </v>', ' t="z"><v>1</v>'],
    ...[
      '><!-- <v>7</v> --><v>8</v>',
      ' cm="1" vm="2"><v>3</v>',
      " s='1'><v>4</v>",
      ' ph="1"><v>4</v><extLst><x/></extLst>',
    ],
    ...[' t="str"><v>a\r\nb</v>', ' t="str"><v>&#65;&#x41;&apos;</v>', '><v>1</v><v>2</v>', '><is><t>x</t></is>'],
  ),
);
const row = fc.record({
  number: fc.constantFrom('', ' r="{}"', ' r="{}" spans="1:3" x14ac:dyDescent="0.25"', " ht='15' r='{}'"),
  blank: fc.constantFrom('', '\n ', '<!-- </row> -->'),
  cells: fc.array(fc.record({ referred: fc.boolean(), skip: fc.integer({ min: -3, max: 2 }), cell: typed }), {
    maxLength: 5,
  }),
});
const sheets = fc.array(row, { minLength: 1, maxLength: 6 }).map((rows) => {
  let at = 1;
  const header =
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>';
  return rows.reduce((xml, { number, blank, cells }) => {
    at += 1;
    let column = -1;
    const inner = cells.map(({ referred, skip, cell }) => {
      // Also back, to a column before or one that is there.
      column = Math.max(0, column + 1 + (referred ? skip : 0));
      return `${blank}<c${referred ? ` r="${String.fromCharCode(65 + column)}${at}"` : ''}${cell}</c>`;
    });
    return `${xml}${blank}<row${number.replace('{}', String(at))}>${inner.join('')}${blank}</row>`;
  }, header);
});
const STRINGS =
  '<si><t>b</t></si><si><t xml:space="preserve"> c &amp; d </t></si><si><r><t>bold</t></r><r><t> rest</t></r></si><si><t>_x0041_東&#10;</t></si><si><t/></si>';

describe('rows that are read as bytes say what a parser says', () => {
  it('however they are spelled, and wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(sheets, sizes, fc.constantFrom('', 'x:'), async (rows, of, prefix) => {
        const { failure } = await expectSame(rows, STRINGS, of, prefix);
        expect(failure).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  const letters = fc.constantFrom(
    ...Array.from('<>/="\' &;#![]-acrstvifo:x019.\r\n\t'),
    ...[
      '\u0001',
      '\ufffe',
      'é',
      ']]>',
      '<!--',
      '-->',
      '<sheetData>',
      '</row>',
      '</sheetData>',
      ' r="7"',
      '&#xfffe;',
      '&x;',
    ],
  );
  const edits = fc.array(
    fc.record({ at: fc.nat(), kind: fc.constantFrom('Set', 'Cut', 'Insert'), length: fc.nat({ max: 9 }), letters }),
    { minLength: 1, maxLength: 3 },
  );
  type Edit = typeof edits extends fc.Arbitrary<(infer T)[]> ? T : never;
  const edited = (xml: string, all: readonly Edit[]): string =>
    all.reduce((text, { at, kind, length, letters: put }) => {
      const from = text.length === 0 ? 0 : at % text.length;
      const to = from + (kind === 'Cut' ? length : kind === 'Set' ? 1 : 0);
      return text.slice(0, from) + (kind === 'Cut' ? '' : put) + text.slice(to);
    }, xml);

  it('and are refused where a parser refuses them', async () => {
    await fc.assert(
      fc.asyncProperty(sheets, edits, edits, fc.boolean(), sizes, async (rows, ofRows, ofStrings, both, of) => {
        await expectSame(edited(rows, ofRows), both ? edited(STRINGS, ofStrings) : STRINGS, of);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['rows without cells', '<row r="10000"/>'],
    ['ends of rows with a blank', '<row><c><v>1</v></c></row >'],
  ])('where %s go on for longer than what is kept of a row', async (_, one) => {
    const many = one.repeat(Math.ceil(2_500_000 / one.length));
    const small = '<row><c><v>1</v></c></row>';
    const { rows } = await expectSame(`${small}${many}${small}${many}${small}`, STRINGS, [100_000]);
    expect(rows).toHaveLength(3 + 2 * Math.ceil(2_500_000 / one.length));
  });

  it('where a row is larger than what is kept of one', async () => {
    const cells = Array.from({ length: 3000 }, () => `<c t="inlineStr"><is><t>${'x'.repeat(2000)}</t></is></c>`).join(
      '',
    );
    const small = '<row><c><v>1</v></c></row>';
    const { rows } = await expectSame(`${small}<row>${cells}</row>${small}${small}`, STRINGS, [100_000]);
    expect(rows.map(([number, ...texts]) => [number, texts.length])).toEqual([
      [1, 1],
      [2, 3000],
      [3, 1],
      [4, 1],
    ]);
  });
});

describe('a tag', () => {
  it('is refused where it goes on without end', async () => {
    const attributes = Array.from({ length: 600_000 }, (_, index) => ` a${index}=""`).join('');
    const sheet = Buffer.from(`<worksheet><sheetData><row${attributes}></row></sheetData></worksheet>`);
    const { failure } = await readRows(sheet, Buffer.from('<sst/>'), [100_000]);
    expect(failure).toBe('InvalidWorkbook');
  });
});

describe('a text of many parts', () => {
  const part = `<r><t>${'x'.repeat(9_000_000)}</t></r>`.repeat(8);

  it.each([
    ['in a cell', `<row><c t="inlineStr"><is>${part}</is></c></row>`, STRINGS],
    ['that is shared', '<row/>', `<si>${part}</si>`],
  ])('%s is refused where it is more than a text can be', async (_, rows, strings) => {
    const sheet = Buffer.from(`<worksheet><sheetData>${rows}</sheetData></worksheet>`);
    const { failure } = await readRows(sheet, Buffer.from(`<sst>${strings}</sst>`), [1_000_000]);
    expect(failure).toBe('InvalidWorkbook');
  });
});
