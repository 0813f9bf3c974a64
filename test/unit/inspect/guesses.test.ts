import { describe, expect, it } from 'vitest';
import { planInit } from '../../../core/init/plan.ts';
import { ColumnProfile } from '../../../core/inspect/column-profile.ts';
import { DistinctCount } from '../../../core/inspect/distinct-count.ts';
import { guessKey, type KeyCandidate } from '../../../core/inspect/guess-key.ts';
import { guessType } from '../../../core/inspect/guess-type.ts';
import { TableProfile } from '../../../core/inspect/inspection.ts';
import { pairCandidates, PairSearch } from '../../../core/inspect/key-pair.ts';

function profileOf(values: readonly (string | null)[], phoneRegion: string | null = null): ColumnProfile {
  const profile = new ColumnProfile(phoneRegion);
  values.forEach((value, index) => {
    profile.add(index + 1, value);
  });
  return profile;
}

const repeated = (value: string, count: number): string[] => Array.from({ length: count }, () => value);

describe('the type of a column', () => {
  const cases: [sentence: string, name: string, values: (string | null)[], type: string, phoneRegion?: string][] = [
    ['whole numbers', 'count', ['1', '20', '-3'], 'Number'],
    ['numbers with a decimal point', 'price', ['1.50', '1,234.75'], 'Number'],
    ['numbers with a decimal comma', 'preis', ['1,50', '1.234,75'], 'Number DecimalComma'],
    ['numbers that could have either are read with a point', 'n', ['1.234', '5.678'], 'Number'],
    ['a leading zero is part of what a thing is called', 'n', ['007', '12'], 'String'],
    ['more digits than a number keeps are no number', 'n', ['12345678901234567890', '1'], 'String'],
    ['digits by which things are called', 'zip', ['12345', '80331'], 'String'],
    ['a year is a number', 'year', ['2024', '2025'], 'Number'],
    ['a few words where there is no value', 'n', ['1', '2', 'n/a', '-', 'NULL', '?'], 'Number'],
    ['a word among many numbers', 'n', [...repeated('5', 30), 'on request'], 'Number'],
    ['words among few numbers', 'n', ['5', '6', 'on request'], 'String'],
    ['ISO dates', 'd', ['2026-01-31', '2026-02-28'], 'Date YYYY-MM-DD'],
    ['ISO times', 'd', ['2026-01-31T10:00:00Z', '2026-02-28 11:30'], 'DateTime YYYY-MM-DD'],
    ['German dates', 'd', ['31.01.2026', '01.02.2026'], 'Date DD.MM.YYYY'],
    ['American dates', 'd', ['01/31/2026', '2/1/2026'], 'Date MM/DD/YYYY'],
    ['British dates', 'd', ['31/01/2026', '1/2/2026'], 'Date DD/MM/YYYY'],
    ['dates that are both', 'd', ['01/02/2026', '03/04/2026'], 'Date or DD/MM/YYYY'],
    ['dates that are none', 'd', ['31.02.2026', '99.01.2026'], 'String'],
    ['dates without signs, called a date', 'order_date', ['20260131', '20260228'], 'Date YYYYMMDD'],
    ['the same digits, called something else', 'amount', ['20260131', '20260228'], 'Number'],
    ['seconds since 1970, called a time', 'created_at', ['1700000000', '1700000060'], 'Date UnixEpoch'],
    ['small numbers, called a time', 'time', ['1', '2'], 'Number'],
    ['yes and no', 'x', ['Yes', 'no'], 'Boolean YesNo'],
    ['true and false', 'x', ['true', 'FALSE', null], 'Boolean TrueFalse'],
    ['one and zero, called a flag', 'is_active', ['1', '0', '1'], 'Boolean OneZero'],
    ['one and zero, called a number', 'children', ['1', '0', '1'], 'Number'],
    ['T alone', 'size', ['T', 'T'], 'String'],
    ['addresses', 'x', ['a@example.com', 'b@example.org'], 'Email'],
    ['UUIDs', 'x', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'], 'UUID'],
    ['phones with their country', 'x', ['+1 646 203 6222', '+49 89 636 48018'], 'PhoneNumber'],
    ['phones of a region', 'phone', ['(646) 203-6222', '646-203-6223'], 'PhoneNumber', 'US'],
    ['phones of no region', 'phone', ['(646) 203-6222', '646-203-6223'], 'String'],
    ['nothing at all', 'x', [null, null], 'String'],
    ['placeholders only', 'x', ['n/a', '-'], 'String'],
    ['no rows', 'x', [], 'String'],
  ];
  it.each(cases)('%s', (_, name, values, type, phoneRegion) => {
    const guess = guessType(profileOf(values, phoneRegion ?? null), name);
    const format = guess.otherFormat === null ? guess.inputFormat : `or ${guess.otherFormat}`;
    expect([guess.type, format].filter((part) => part !== null).join(' ')).toBe(type);
  });

  it('says which values do not fit, and in which rows', () => {
    const guess = guessType(profileOf([...repeated('5', 60), 'on request', null, 'n/a']), 'price');
    expect(guess).toMatchObject({
      type: 'Number',
      fits: 60,
      misfits: 2,
      isWhole: true,
      firstMisfits: [
        { row: 61, value: 'on request' },
        { row: 63, value: 'n/a' },
      ],
    });
  });

  it('holds for values that come late', () => {
    const late = [...repeated('5', 2000), ...repeated('five', 2000)];
    expect(guessType(profileOf(late), 'n').type).toBe('String');
    expect(guessType(profileOf([...repeated('five', 2000), ...repeated('5', 60_000)]), 'n').type).toBe('String');
  });
});

describe('the key of a table', () => {
  const column = (name: string, facts: Partial<KeyCandidate> = {}): KeyCandidate => ({
    name,
    type: 'String',
    isWhole: false,
    rows: 100,
    blanks: 0,
    distinct: 100,
    longest: 10,
    ...facts,
  });
  it.each<[sentence: string, columns: KeyCandidate[], key: object | null]>([
    ['the one that is called a key', [column('name'), column('sku')], { column: 'sku', isUnique: true }],
    ['id before a number', [column('order_no'), column('id')], { column: 'id' }],
    [
      'the first that is unique',
      [column('name', { distinct: 99 }), column('title'), column('text')],
      { column: 'title' },
    ],
    [
      'no column with blanks, where another is unique',
      [column('id', { blanks: 1, distinct: 99 }), column('name')],
      { column: 'name', isUnique: true },
    ],
    [
      'a column that is nearly unique and called a key',
      [column('sku', { distinct: 95 }), column('price', { type: 'Number' })],
      { column: 'sku', isUnique: false, exceptions: 5 },
    ],
    ['no amounts and times', [column('price', { type: 'Number' }), column('at', { type: 'DateTime' })], null],
    ['no long texts', [column('id', { longest: 500 })], null],
    ['none where all repeat', [column('a', { distinct: 3 }), column('id', { distinct: null })], null],
    [
      'the name alone, where there are no rows',
      [column('name', { rows: 0, distinct: 0 }), column('sku', { rows: 0, distinct: 0 })],
      { column: 'sku', isUnique: false },
    ],
  ])('%s', (_, columns, key) => {
    if (key === null) expect(guessKey(columns)).toBeNull();
    else expect(guessKey(columns)).toMatchObject(key);
  });
});

describe('the count of distinct texts', () => {
  it('is right, also where it has to grow', () => {
    const count = new DistinctCount(1_000_000);
    for (let round = 0; round < 2; round += 1)
      for (let value = 0; value < 50_000; value += 1) count.add(`value ${value}`);
    expect(count.distinct).toBe(50_000);
  });

  it('is given up beyond the most', () => {
    const count = new DistinctCount(10);
    for (let value = 0; value < 11; value += 1) count.add(String(value));
    expect([count.isGivenUp, count.distinct]).toEqual([true, null]);
  });
});

describe('two columns that tell rows apart together', () => {
  /** The names of the pair that is found among these rows. */
  function findPair(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string[] | null {
    const profile = new TableProfile(names.length, null);
    rows.forEach((cells, index) => {
      profile.add(index + 1, cells);
    });
    const table = profile.conclude({ name: 't', rows: rows.length, delimiter: ',', columns: names, headers: names });
    const candidates = table.columns.map((column) => ({ ...column, rows: rows.length }));
    const search = new PairSearch(pairCandidates(candidates, table.key));
    for (const cells of rows) search.add(cells);
    return search.best?.map((index) => names[index] ?? '') ?? null;
  }

  it.each<[sentence: string, names: string[], rows: (string | null)[][], pair: string[] | null]>([
    [
      'an order and its lines, although an article comes once an order as well',
      ['sku', 'line', 'order_no'],
      [
        ['a', '1', '7'],
        ['b', '2', '7'],
        ['a', '1', '8'],
      ],
      ['order_no', 'line'],
    ],
    [
      'columns whose names say nothing',
      ['colour', 'shape'],
      [
        ['red', 'round'],
        ['red', 'square'],
        ['blue', 'round'],
      ],
      ['colour', 'shape'],
    ],
    [
      'a thing and a day',
      ['rate', 'day', 'currency_code'],
      [
        ['1.5', '2026-01-01', 'EUR'],
        ['1.5', '2026-01-01', 'USD'],
        ['1.5', '2026-01-02', 'USD'],
      ],
      ['day', 'currency_code'],
    ],
    [
      'a number that nearly tells them apart, and the lines that it has twice',
      ['line', 'order_no', 'note'],
      [...Array.from({ length: 20 }, (_, row) => ['1', String(row), 'x']), ['2', '3', 'x']],
      ['order_no', 'line'],
    ],
    [
      'an order and its lines, where the quantities happen to differ',
      ['order_no', 'line', 'qty'],
      [
        ['7', '1', '5'],
        ['7', '2', '6'],
        ['8', '1', '4'],
      ],
      ['order_no', 'line'],
    ],
    [
      'no two columns',
      ['a', 'b'],
      [
        ['x', '1'],
        ['x', '1'],
        ['y', '1'],
      ],
      null,
    ],
    [
      'a column with blanks',
      ['order_no', 'line'],
      [
        ['7', '1'],
        ['7', null],
        ['8', '1'],
      ],
      null,
    ],
    [
      'values that are the same only when written together',
      ['a', 'b'],
      [
        ['1', '11'],
        ['11', '1'],
        ['1', '1'],
        ['11', '11'],
      ],
      ['a', 'b'],
    ],
    [
      'one column that does alone',
      ['id', 'line'],
      [
        ['1', '1'],
        ['2', '1'],
      ],
      null,
    ],
  ])('%s', (_, names, rows, pair) => {
    expect(findPair(names, rows)).toEqual(pair);
  });
});

describe('a table of many columns', () => {
  const COLUMNS = 20_000;

  it('has each of them guessed by less: the first phone numbers speak for the others', () => {
    const profile = new TableProfile(COLUMNS, null);
    const phones = repeated('+49 30 901820', 20);
    [...phones, 'none of these'].forEach((phone, index) => {
      profile.add(index + 1, [String(index), phone]);
    });
    const columns = Array.from({ length: COLUMNS }, (_, index) => (index === 1 ? 'phone' : `c${index}`));
    const table = profile.conclude({ name: 't', rows: 21, delimiter: ',', columns, headers: columns });
    expect(table.columns.slice(0, 3)).toMatchObject([
      { type: 'Number', distinct: 21 },
      { type: 'PhoneNumber', fits: 21 },
      { type: 'String', values: 0 },
    ]);
    expect(table.columns).toHaveLength(COLUMNS);
    expect(table.key).toMatchObject({ column: 'c0', isUnique: true });
  });

  it('of one column is looked at to the end', () => {
    const phones = [...repeated('+49 30 901820', 20), 'none of these', 'nor these'];
    expect(guessType(profileOf(phones), 'phone')).toMatchObject({ type: 'String' });
  });
});

describe('the plan of manifests', () => {
  const inspect = (file: string, tables: readonly (readonly [name: string, columns: readonly string[]])[]) => ({
    file,
    warnings: [],
    tables: tables.map(([name, columns]) => {
      const profile = new TableProfile(columns.length, null);
      for (const row of [1, 2])
        profile.add(
          row,
          columns.map((_, index) => `${row}${index}`),
        );
      return { ...profile.conclude({ name, rows: 2, delimiter: ',', columns, headers: columns }), keyPair: null };
    }),
  });

  it.each([
    ['a date goes from the name', 'price_list_2026_11_02', 'price-list', 'price_list'],
    ['a number alone stays', '2026', '2026', '2026'],
    ['what is no letter leaves nothing', '____', 'records', '____'],
  ])('%s', (_, table, connector, scope) => {
    const plan = planInit(inspect('f.csv', [[table, ['a']]]), null);
    expect([plan?.connector, plan?.tables[0]?.scope]).toEqual([connector, scope]);
  });

  it('keeps names of several tables apart', () => {
    const plan = planInit(
      inspect('Book 1.xlsx', [
        ['a_b', ['a']],
        ['a__b', ['b']],
      ]),
      null,
    );
    expect([plan?.connector, plan?.tables.map(({ object }) => object)]).toEqual(['book-1', ['a-b', 'a-b-2']]);
  });

  it('takes the key along, however many columns stand before it', () => {
    const columns = [...Array.from({ length: 400 }, (_, index) => `c${index}`), 'sku'];
    const [table] = planInit(inspect('f.csv', [['t', columns]]), null)?.tables ?? [];
    expect([table?.columns.length, table?.keys[0].name, table?.leftOut.length]).toEqual([256, 'sku', 145]);
  });

  it('gives fields names that objects may have, each once', () => {
    const columns = ['id', 'id_value', 'x'.repeat(100), 'constructor', 'created_at'];
    const names = planInit(inspect('f.csv', [['t', columns]]), null)?.tables[0]?.columns.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(5);
    expect(names).toEqual(['id_2', 'id_value', `${'x'.repeat(55)}_value`, 'constructor_value', 'created_at_value']);
  });
});
