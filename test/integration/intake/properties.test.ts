import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_INTAKE_LIMITS } from '../../../core/intake/reading.ts';
import { detectDialect } from '../../../core/intake/dialect.ts';
import type { ByteSource } from '../../../runner/intake/byte-source.ts';
import { writeDelimitedTable } from '../../../runner/intake/delimited-table.ts';
import { readInputRows } from '../../../runner/intake/input-rows.ts';
import { IntakeWarnings } from '../../../runner/intake/intake-warnings.ts';
import { openText } from '../../../runner/intake/text-source.ts';
import { intake } from './harness.ts';
import { buildWorkbook } from '../../support/zip-writer.ts';

let workspace = '';
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'intake-'));
});
afterAll(async () => {
  await rm(workspace, { recursive: true, force: true });
});

interface Shape {
  readonly delimiter: string;
  readonly quote: '"' | "'";
  readonly quoteAll: boolean;
  readonly newlines: readonly string[];
  readonly encoding: 'utf8' | 'utf8-bom' | 'utf16le';
  readonly finalNewline: boolean;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', '^', ' '),
  quote: fc.constantFrom('"', "'"),
  quoteAll: fc.boolean(),
  newlines: fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 3 }),
  encoding: fc.constantFrom('utf8', 'utf8-bom', 'utf16le'),
  finalNewline: fc.boolean(),
});
const cell = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom('"', "'", ',', ';', '\t', '\n', '\r', ' ', '\\', 'N', 'é', '€', '😀', '\0'),
    maxLength: 8,
  }),
);
const grids = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc
      .array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 12 })
      .map((rows) => ({ columns, rows })),
  );

function render(rows: readonly (readonly string[])[], shape: Shape): Buffer {
  const { delimiter, quote, quoteAll, newlines, encoding } = shape;
  const field = (value: string, isOnly: boolean): string => {
    const special = value.includes(quote) || value.includes(delimiter) || /[\r\n]/.test(value);
    // Blank cells of a single column would be blank lines.
    const needsQuotes = quoteAll || special || (isOnly && trimmed(value) === null);
    return needsQuotes ? quote + value.replaceAll(quote, quote + quote) + quote : value;
  };
  const lines = rows.map((row) => row.map((value) => field(value, row.length === 1)).join(delimiter));
  const text = lines
    .map(
      (line, index) =>
        line + (index < lines.length - 1 || shape.finalNewline ? newlines[index % newlines.length]! : ''),
    )
    .join('');
  if (encoding === 'utf16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  return Buffer.from(encoding === 'utf8-bom' ? `\ufeff${text}` : text, 'utf8');
}

function trimmed(value: string): string | null {
  const text = value.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '');
  return text === '' ? null : text;
}

/** Gives out its bytes in pieces of the given sizes, round and round, each in a buffer that is then overwritten. */
function piecewise(bytes: Uint8Array, sizes: readonly number[]): ByteSource {
  return {
    label: 'f.csv',
    open: async function* (): AsyncGenerator<Uint8Array> {
      let at = 0;
      for (let piece = 0; at < bytes.length; piece += 1) {
        const chunk = new Uint8Array(bytes.subarray(at, at + (sizes[piece % sizes.length] ?? 1)));
        at += chunk.length;
        await Promise.resolve();
        yield chunk;
        chunk.fill(0x21);
      }
    },
  };
}

describe('any table', () => {
  it('comes back from text in any delimiter, quoting, line ends, encoding and chunk sizes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(grids, shapes, sizes, async ({ columns, rows }, shape, pieces) => {
        const headers = Array.from({ length: columns }, (_, index) => `c${index}`);
        const bytes = render([headers, ...rows], shape);
        const warnings = new IntakeWarnings();
        const source = await openText(piecewise(bytes, pieces));
        const dialect = { delimiter: shape.delimiter, quote: shape.quote, skipBytes: 0 };
        const table = await writeDelimitedTable(source, dialect, join(workspace, 'p.tsv'), {
          trim: true,
          limits: DEFAULT_INTAKE_LIMITS,
          warnings,
        });
        expect(warnings.list()).toEqual([]);
        expect(table).toMatchObject({ columns: headers, headers, rows: rows.length });
        const written = {
          name: 'p',
          sourceName: 'p',
          page: 0,
          columns: [],
          headers,
          written: null,
          rows: rows.length,
          file: 'p.tsv',
        };
        const read: (readonly (string | null)[])[] = [];
        for await (const row of readInputRows(written, workspace, () => true)) read.push(row.cells);
        expect(read).toEqual(rows.map((row) => row.map(trimmed)));
      }),
      { numRuns: 300 },
    );
  });

  it('of words and numbers has its delimiter and quote detected', () => {
    const word = fc
      .string({ unit: fc.constantFrom('a', 'b', 'é', '1', '9', '.', ' ', '-', "'"), minLength: 1, maxLength: 6 })
      .filter((text) => !text.trimStart().startsWith("'"));
    const rows = fc
      .integer({ min: 2, max: 5 })
      .chain((columns) =>
        fc.array(fc.array(word, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 10 }),
      );
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t', '|'), fc.boolean(), (grid, delimiter, quoteAll) => {
        const shape: Shape = {
          delimiter,
          quote: '"',
          quoteAll,
          newlines: ['\n'],
          encoding: 'utf8',
          finalNewline: true,
        };
        const options = { isWhole: true, declared: null, preferred: null };
        expect(detectDialect(render(grid, shape), options)).toEqual({ delimiter, quote: '"', skipBytes: 0 });
      }),
      { numRuns: 300 },
    );
  });
});

const ACCOUNTED = ['a', 'b', ',', ';', '\t', ' ', '\n', '\r', '|'];

describe('any bytes', () => {
  it('without quotes: every line is a row, the header, or counted as blank', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...ACCOUNTED), minLength: 1, maxLength: 200 }),
        async (text) => {
          const lines = text.split(/\r\n|\r|\n/);
          if (lines.at(-1) === '') lines.pop();
          const { tables, result, failure } = await intake('f.csv', text, { spreadsheet: { delimiter: ',' } });
          const blank = result.warnings.find(({ code }) => code === 'BlankRowsDropped')?.count ?? 0;
          if (failure !== null && !failure.startsWith('EmptyInput')) throw new Error(failure);
          const filled = lines.filter((line) => !/^[ \t]*$/.test(line)).length;
          if (failure === null) expect([tables[0]?.rows.length, blank]).toEqual([filled - 1, lines.length - filled]);
          else expect(filled).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each(['f.csv', 'f.tsv', 'f.xlsx', 'f.zip', 'f'])('never crash intake as %s', async (fileName) => {
    const prefixes = fc.constantFrom('', '\ufeff', 'PK\x03\x04', 'a,b\n"', 'sep=;\n');
    await fc.assert(
      fc.asyncProperty(prefixes, fc.uint8Array({ maxLength: 300 }), async (prefix, bytes) => {
        const { result, tables } = await intake(fileName, Buffer.concat([Buffer.from(prefix), bytes]));
        expect(result.failure === null).toBe(tables.length > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('never crash intake as events', async () => {
    const seed = '[{"timestamp":1,"body":{"a":[1,"x\\u00e9"]}},{"b":null}]';
    await fc.assert(
      fc.asyncProperty(mutations(Buffer.from(seed)), async (bytes) => {
        const { result, tables } = await intake('f.json', bytes, { type: 'Webhook' });
        expect(result.failure === null).toBe(tables.length === 2);
      }),
      { numRuns: 200 },
    );
  });

  it('of a workbook with one of them changed are the same tables or a failure, never other values', async () => {
    const styles =
      '<numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>';
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2" s="1"><v>45000</v></c><c r="B2"><v>1.25</v></c></row>';
    const book = buildWorkbook([{ name: 'S', rows }], { strings: '<si><t>a</t></si>', styles });
    const whole = await intake('f.xlsx', book);
    expect(whole.tables[0]?.rows).toEqual([['2023-03-15', '1.25']]);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: book.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(book);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const { tables, failure } = await intake('f.xlsx', bytes);
        if (failure === null) expect(tables).toEqual(whole.tables);
      }),
      { numRuns: 400 },
    );
  });

  it('never crash intake as a workbook, damaged outside or inside', async () => {
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2" s="1"><v>45000.5</v></c></row>';
    const book = buildWorkbook([{ name: 'S', rows }], { strings: '<si><t>a</t></si>' });
    await fc.assert(
      fc.asyncProperty(mutations(book), async (bytes) => {
        await intake('f.xlsx', bytes);
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(mutations(Buffer.from(rows)), async (bytes) => {
        const { result } = await intake(
          'f.xlsx',
          buildWorkbook([{ name: 'S', rows: bytes.toString('latin1') }], { strings: '<si><t>a</t></si>' }),
        );
        expect(result.failure?.code ?? 'none').toMatch(/^(none|InvalidWorkbook|EmptyInput|HeaderClash)$/);
      }),
      { numRuns: 150 },
    );
  });
});

/** The bytes with a few of them overwritten, cut out or doubled. */
function mutations(bytes: Buffer): fc.Arbitrary<Buffer> {
  const edit = fc.record({
    at: fc.nat({ max: bytes.length - 1 }),
    kind: fc.constantFrom('Set', 'Cut', 'Double'),
    value: fc.nat({ max: 255 }),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let out = Buffer.from(bytes);
    for (const { at, kind, value } of edits) {
      const length = kind === 'Cut' ? 1 + (value % 8) : 1;
      const middle =
        kind === 'Set'
          ? Buffer.from([value])
          : kind === 'Cut'
            ? Buffer.alloc(0)
            : out.subarray(at, at + 1 + (value % 8));
      out = Buffer.concat([out.subarray(0, at), middle, out.subarray(kind === 'Double' ? at : at + length)]);
    }
    return out;
  });
}
