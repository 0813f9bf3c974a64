import fc from 'fast-check';
import type { ClientBase } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnType } from '../../../core/model/object.ts';
import type { PlainColumn } from '../../../core/planner/plain-step.ts';
import { buildIdWriter, buildRecordIds } from '../../../core/planner/record-id.ts';
import { encodeBinary } from '../../../runner/load/binary-value.ts';
import { copyIn } from '../../../runner/load/copy.ts';
import { scanLines } from '../../../runner/load/plain-scan.ts';
import { compilePlainTuples } from '../../../runner/load/plain-tuples.ts';
import { renderCopyColumn } from '../../../runner/load/record-values.ts';
import { BytePool } from '../../../runner/load/row-bytes.ts';
import { TupleBytes } from '../../../runner/load/tuple-bytes.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';
import { field } from '../../support/oracle/builders.ts';
import { blankable } from '../../support/oracle/random-values.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { freshPool } from '../../support/postgres.ts';

const IDS = buildIdWriter(buildRecordIds(Date.UTC(2026, 0, 1), '123456789', 3));

const BINARY_HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

const SCALARS = ['text', 'numeric', 'boolean', 'date', 'timestamptz', 'uuid'] as const;
type Values = readonly (string | null)[];

/** Values that no row brings: what every one shares, of each type. */
const SHARED: readonly (readonly [ColumnType, string | boolean | readonly string[] | null])[] = [
  ['text', 'it\'s\t"odd"\\\v'],
  ['numeric', '-0.0500'],
  ['boolean', true],
  ['date', '9999-12-31'],
  ['timestamptz', '0001-01-01T00:00:00.000001Z'],
  ['uuid', '01900000-0000-7000-8000-00000000000a'],
  ['text[]', ['a', '', 'b "c"', '\\', 'NULL', '{,}', 'é']],
  ['text[]', []],
  ['uuid[]', ['01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-00000000000b']],
  ['text', null],
  ['uuid[]', null],
];

const fields = [...SCALARS, ...SHARED.map(([type]) => type)].map((columnType, index) =>
  field(`f${index}`, 'Text', { columnType }),
);
const columns = fields.map((one, index): PlainColumn => {
  const shared = SHARED[index - SCALARS.length];
  return shared === undefined
    ? { kind: 'Variable', field: one, place: index, takes: null, quick: null }
    : { kind: 'Constant', field: one, value: shared[1] };
});

let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
});

afterAll(async () => {
  await database.drop();
});

/** Rows as the server holds them that got them in one of the forms, to the last bit. */
async function stored(client: ClientBase, form: 'text' | 'binary', rows: readonly Values[]): Promise<unknown[]> {
  const definitions = fields.map(({ name, columnType }) => `, ${name} ${columnType}`).join('');
  await client.query(`CREATE TEMP TABLE forms (id uuid, archived boolean${definitions})`);
  if (form === 'text') await copyIn(client, 'COPY forms FROM STDIN', [Buffer.from(rows.map(renderLine).join(''))]);
  else await copyIn(client, 'COPY forms FROM STDIN (FORMAT binary)', renderTuples(rows).parts());
  const numbers = fields.filter(({ columnType }) => columnType === 'numeric');
  const sent = numbers.map(({ name }) => `numeric_send(${name})`).join(', ');
  const result = await client.query({ text: `SELECT f::text, ${sent} FROM forms f ORDER BY id`, rowMode: 'array' });
  await client.query('DROP TABLE forms');
  return result.rows;
}

function renderLine(values: Values, index: number): string {
  const all = [...values, ...SHARED.map(([, value]) => value)];
  return `${[IDS.of(index + 1), 'f', ...all.map(renderCopyColumn)].join('\t')}\n`;
}

function renderTuples(rows: readonly Values[]): TupleBytes {
  const lines = rows.map((values, index) => {
    const texts = values.map((value) => escapeField(value).replaceAll("'", "\\'"));
    return Buffer.from(`${[index + 1, index + 1, '', '\\N', ...texts].join('\t')}\n`);
  });
  const bytes = Buffer.concat(lines);
  let end = 0;
  const starts = Uint32Array.from([0, ...lines.map(({ length }) => (end += length))]);
  const scanned = scanLines(bytes, starts, SCALARS.length);
  const add = compilePlainTuples(fields, columns, IDS, { head: [['boolean', false]], tail: [] });
  const tuples = new TupleBytes(new BytePool());
  for (let line = 0; line < rows.length; line += 1) {
    const row = scanned.rows[line] ?? 0;
    expect(row, 'a row that the values were found of').toBe(line + 1);
    const boundsFrom = line * (SCALARS.length + 1);
    const length = (starts[line + 1] ?? 0) - (starts[line] ?? 0);
    const values = { row, bytes, bounds: scanned.bounds, boundsFrom, length, place: line };
    const rest = { records: NO_RECORDS, decision: { reason: '', rule: null }, hashes: new Float64Array(0) };
    expect(add({ ...values, ...rest, hashesFrom: 0 }, tuples), rows[line]?.join('|')).toBe(line);
  }
  return tuples;
}

const noRecord = (): never => {
  throw new Error('every value has a binary form');
};
const NO_RECORDS = { record: noRecord, keys: noRecord, changed: noRecord };

async function expectSame(rows: readonly Values[]): Promise<void> {
  await database.pool.withConnection(async ({ pg }) => {
    expect(await stored(pg, 'binary', rows)).toEqual(await stored(pg, 'text', rows));
  });
}

/** For each type what lies at its edges. */
const EDGES: Readonly<Record<(typeof SCALARS)[number], readonly string[]>> = {
  text: ['a', "it's", '\\', '\\N', '\\.', '"', '\t\n\r\b\f', 'é𝒳\u2028', '\u007f', 'x'.repeat(9000)],
  numeric: [
    ...['0', '-0', '0.00', '-0.00', '00012', '1', '9999', '10000', '99999999', '100000000', '0.1', '0.0001', '0.00001'],
    ...['1.1', '1.10', '10.1000', '-1.5', '0.00000000000000000001', `${'9'.repeat(300)}.${'9'.repeat(300)}`],
    ...['9'.repeat(16_000), `-${'0'.repeat(8000)}.${'0'.repeat(7999)}1`],
    ...['12345', '1234567.1234567', '10000.0001', '100000000000000000000', '0001.5000', `0.${'0'.repeat(2000)}1`],
  ],
  boolean: ['true', 'false', 't', 'f'],
  date: [
    '0001-01-01',
    '0004-02-29',
    '1899-12-31',
    '1900-02-28',
    '1970-01-01',
    '1999-12-31',
    '2000-01-01',
    '2000-02-29',
  ],
  timestamptz: [
    ...[
      '0001-01-01T00:00:00Z',
      '0001-01-01 00:00:00.000001+00',
      '1714-06-10T23:59:59.999999Z',
      '1999-12-31T23:59:59.9Z',
    ],
    ...[
      '2000-01-01T00:00:00Z',
      '2026-01-31 23:59:59.123456+00',
      '2285-06-04T23:59:59.999999Z',
      '2286-01-01T00:00:00.1Z',
    ],
    ...['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59Z', '1582-10-15T12:00:00Z'],
  ],
  uuid: ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-ffff-FFFF-ffff-ffffffffffff'],
};

test('a value of each type arrives as it does by text, at the edges of what there is', async () => {
  const most = Math.max(...SCALARS.map((type) => EDGES[type].length));
  await expectSame(Array.from({ length: most + 1 }, (_, index) => SCALARS.map((type) => EDGES[type][index] ?? null)));
});

const digits = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const days = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((day) => day.toISOString());
const VALUES: Readonly<Record<(typeof SCALARS)[number], fc.Arbitrary<string>>> = {
  text: fc.string({ unit: 'grapheme', minLength: 1 }),
  numeric: fc
    .tuple(fc.constantFrom('', '-'), digits(40), fc.option(digits(30)))
    .map(([sign, whole, fraction]) => sign + whole + (fraction === null ? '' : `.${fraction}`)),
  boolean: fc.constantFrom('true', 'false', 't', 'f'),
  date: days.map((day) => day.slice(0, 10)),
  timestamptz: fc.tuple(days, fc.option(digits(6)), fc.boolean()).map(([day, fraction, isHeld]) => {
    const text = day.slice(0, 19) + (fraction === null ? '' : `.${fraction}`);
    return isHeld ? `${text.replace('T', ' ')}+00` : `${text}Z`;
  }),
  uuid: fc.uuid(),
};

test('random values arrive as they do by text', async () => {
  const row = fc.tuple(...SCALARS.map((type) => blankable(VALUES[type])));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200, size: 'max' }), expectSame),
    seeded({ numRuns: 40 }),
  );
});

/** Values that the server holds and no typing makes: it may print them in forms of their own. */
const HELD: readonly (readonly [ColumnType, readonly string[]])[] = [
  ['numeric', ['NaN', 'Infinity', '-Infinity', '1e5', '-1e-7', '1e20000', '1e-16383', '1e131071']],
  ['date', ['infinity', '-infinity', '0001-01-01 BC', '4713-01-01 BC', '10000-01-01', '5874897-12-31', '9999-12-31']],
  ['timestamptz', ['infinity', '-infinity', '0001-01-01 00:00:00+00 BC', '0001-01-01 00:00:00+00']],
  ['timestamptz', ['10000-01-01 00:00:00+00', '294276-12-31 23:59:59.999999+00', '2026-07-31 23:59:59.1+00']],
];

test.each(['UTC', 'Europe/London', 'America/Denver', '+00:30'])(
  'what the server prints in the time zone %s is the same value, or has no binary form',
  async (zone) => {
    await database.pool.withConnection(async ({ pg }) => {
      await pg.query(`SET timezone = '${zone}'`);
      for (const [type, texts] of HELD) {
        for (const text of texts) {
          const printed = await pg.query<{ text: string }>(`SELECT $1::text::${type}::text AS text`, [text]);
          const value = encodeBinary(type, printed.rows[0]?.text ?? null);
          if (value === null) continue;
          await pg.query(`CREATE TEMP TABLE printed (value ${type})`);
          const parts = [BINARY_HEADER, Buffer.of(0, 1), Buffer.from(value), Buffer.of(0xff, 0xff)];
          await copyIn(pg, 'COPY printed FROM STDIN (FORMAT binary)', parts);
          const sent = await pg.query(`SELECT value = $1::text::${type} AS same FROM printed`, [text]);
          await pg.query('DROP TABLE printed');
          expect(sent.rows, `${type} ${text}`).toEqual([{ same: true }]);
        }
      }
      await pg.query('RESET timezone');
    });
  },
);
