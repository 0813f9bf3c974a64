import { describe, expect, test } from 'vitest';
import { runStage, variable } from './stage-fixture.ts';

const sku = variable('sku');
const price = variable('price', { type: 'Number' });

describe('without SQL', () => {
  test('the input table is the scope; columns that no variable reads are listed', async () => {
    const result = await runStage({ scopes: { '': [variable('price', { type: 'Number', required: true })] } });
    expect(result.failure).toBeNull();
    expect(result.rows['items']?.map(({ row, rejected, values }) => [row, rejected, values])).toEqual([
      [1, false, ['1.50']],
      [2, true, [null]],
      [3, false, ['3']],
    ]);
    expect(result.rows['items']?.[1]?.problems.map(({ code }) => code)).toEqual(['InvalidNumber', 'RequiredMissing']);
    expect(result.scopes[0]).toMatchObject({ name: 'items', rows: 3, rejected: 1, formats: { price: 'DecimalPoint' } });
    const codes = result.warnings.map(({ code, count }) => [code, count]);
    expect(codes).toEqual(
      expect.arrayContaining([
        ['ConversionFailed', 1],
        ['UndeclaredColumnsIgnored', 1],
      ]),
    );
    expect(result.samples['items']).toBe('["a", "1.50"]\n["b", "x"]\n[null, "3"]\n');
  });

  test('a table may have more columns than the limit of an input file is by default', async () => {
    const columns = Array.from({ length: 15_000 }, (_, column) => `a_column_with_a_long_name_${column}`);
    const result = await runStage({
      tables: { wide: [columns, columns.map((_, column) => String(column))] },
      scopes: { '': [variable('last', { column: columns.at(-1) ?? '' })] },
    });
    expect(result.failure).toBeNull();
    expect(result.rows['wide']?.map(({ values }) => values)).toEqual([['14999']]);
  });

  test('several tables need SQL', async () => {
    const result = await runStage({ tables: { a: [['x']], b: [['x']] } });
    expect(result.failure).toMatchObject({ code: 'SqlRequired', message: expect.stringContaining('(a, b)') as string });
  });
});

describe('a script', () => {
  test('reads input, reference data and meta, and keeps the order and the numbers of rows', async () => {
    const result = await runStage({
      script: `CREATE TABLE connector.step AS SELECT _row, sku FROM input.page_idx_0 WHERE sku IS NOT NULL;
        CREATE VIEW output.items AS
        SELECT s._row, s.sku, k.kizen_id, (SELECT value FROM meta.parameters) AS region,
          (SELECT execution_id FROM meta.current_execution) AS execution
        FROM step s LEFT JOIN kizen.product k ON k.sku = s.sku;`,
      scopes: { items: [sku, variable('kizen_id', { type: 'UUID' }), variable('region'), variable('execution')] },
      referenceData: [
        {
          table: 'product',
          file: 'reference.tsv',
          columns: [
            { name: 'kizen_id', type: 'UUID' },
            { name: 'sku', type: 'Nullable(String)' },
          ],
        },
      ],
      execution: { execution_id: 'e1' },
      prepare: async (workspace) => {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(`${workspace}/reference.tsv`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\ta\n');
      },
    });
    expect(result.failure).toBeNull();
    expect(result.rows['items']?.map(({ row, values }) => [row, ...values])).toEqual([
      [1, 'a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'west', 'e1'],
      [2, 'b', null, 'west', 'e1'],
    ]);
  });

  test('on several threads rows are ordered by _row, without it by all columns', async () => {
    const header = [['n', 'k']];
    const rows = Array.from({ length: 5000 }, (_, index) => [String(index), String((index * 7919) % 5000)]);
    const result = await runStage({
      tables: { t: [...header, ...rows] },
      script: `CREATE TABLE output.a AS SELECT _row, n FROM input.t ORDER BY k; CREATE TABLE output.b AS SELECT k FROM input.t;`,
      scopes: { a: [variable('n')], b: [variable('k')] },
      limits: { threads: 2 },
    });
    expect(result.failure).toBeNull();
    expect(result.rows['a']?.map(({ values }) => values[0])).toEqual(rows.map(([n]) => n));
    expect(result.rows['b']?.map(({ values }) => values[0])).toEqual(rows.map(([, k]) => k).toSorted());
  });

  test('date-times without an offset belong to the zone of the connector, in the script as well', async () => {
    const result = await runStage({
      script: `CREATE TABLE output.t AS SELECT toDateTime('2024-07-01 10:00:00') AS a, '2024-01-31 10:00' AS b`,
      scopes: { t: [variable('a', { type: 'DateTime' }), variable('b', { type: 'DateTime' })] },
      change: { timeZone: 'America/Denver' },
    });
    expect(result.rows['t']?.[0]?.values).toEqual(['2024-07-01T16:00:00Z', '2024-01-31T17:00:00Z']);
  });

  test('phone numbers are read in their region, or say that they have none', async () => {
    const phone = (name: string, phoneRegion: string | null) =>
      variable(name, { type: 'PhoneNumber', column: 'phone', phoneRegion });
    const result = await runStage({
      tables: { t: [['phone'], ['030 1234567'], ['+1 213 373 4253'], ['none'], [null]] },
      scopes: { '': [phone('german', 'DE'), phone('any', null)] },
    });
    expect(result.rows['t']?.map(({ values }) => values)).toEqual([
      ['+49301234567', null],
      ['+12133734253', '+12133734253'],
      [null, null],
      [null, null],
    ]);
    expect(result.rows['t']?.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      ['PhoneRegionMissing'],
      [],
      ['InvalidPhoneNumber', 'InvalidPhoneNumber'],
      [],
    ]);
  });
});

describe('faults are results with a place', () => {
  const scopes = { items: [sku, price] };
  const first = 'CREATE TABLE output.items AS SELECT sku, price FROM input.items;';
  test.each<[string, string, string, number, number]>([
    [
      'a name that is not there',
      `${first}\nCREATE TABLE output.x AS\n  SELECT nothing FROM input.items`,
      'SqlFailed',
      12,
      14,
    ],
    ['a statement that is refused', `${first}\n  SYSTEM SHUTDOWN`, 'SqlRefused', 11, 7],
    ['a fault of syntax', `${first}\nSELECT a\n  b c FROM input.items`, 'SqlSyntax', 12, 9],
  ])('%s', async (_, script, code, line, column) => {
    const result = await runStage({ script, scopes });
    expect(result.failure?.code).toBe(code);
    expect(result.failure?.details[0]).toMatchObject({ file: 'connector.yaml', path: 'spec.sql.script', line, column });
    // What was made before the fault is kept; what is refused is refused before anything runs.
    expect(result.scopes.map(({ name, rows }) => [name, rows])).toEqual(code === 'SqlFailed' ? [['items', 3]] : []);
  });

  test('a column that is not declared prints its declaration; _row needs none', async () => {
    const script = `CREATE TABLE output.items AS SELECT _row, sku, price, now() AS at, [1.5] AS list FROM input.items`;
    const { failure, scopes: kept } = await runStage({ script, scopes });
    expect(failure?.code).toBe('UndeclaredColumn');
    expect(failure?.message).toContain('- {name: at, scope: "items", type: DateTime}');
    expect(failure?.message).toContain(`- {name: list, scope: "items", type: Number, array: {delimiter: ','}}`);
    expect(failure?.message).not.toContain('_row');
    expect(kept).toHaveLength(1);
  });

  test('a declared column that is not there names column, scope and what was there', async () => {
    const { failure } = await runStage({
      script: 'CREATE TABLE output.items AS SELECT sku, 1 AS cost FROM input.items',
      scopes,
    });
    expect(failure?.code).toBe('MissingColumn');
    expect(failure?.message).toBe(`scope items has no column 'price'; there are sku, cost`);
  });

  test('a scope that was not made names what there is', async () => {
    const { failure } = await runStage({
      script: 'CREATE TABLE output.things AS SELECT sku, price FROM input.items',
      scopes,
    });
    expect(failure).toMatchObject({ code: 'MissingScope', message: `no scope 'items'; there is things` });
  });

  test('no table at all', async () => {
    expect((await runStage({ script: 'SELECT 1', scopes })).failure?.code).toBe('NoOutput');
  });
});

test('rows that the engine keeps in many parts stay in their order', async () => {
  const count = 250_000;
  const script = `CREATE TABLE output.t AS SELECT number AS x, concat(toString(number), repeat('-', 90)) AS y FROM numbers(${count})`;
  const { rows } = await runStage({ script, scopes: { t: [variable('x', { type: 'Number' }), variable('y')] } });
  const faults = rows['t']?.filter(
    ({ row, values: [x, y] }, index) => row !== index + 1 || x !== String(index) || y?.slice(0, -90) !== x,
  );
  expect([rows['t']?.length, faults]).toEqual([count, []]);
});

describe('limits', () => {
  const scopes = { t: [variable('x')] };
  test.each<[string, string, object, string]>([
    [
      'time',
      'CREATE TABLE output.t AS SELECT sum(cityHash64(number)) x FROM numbers(1000000000000)',
      { seconds: 2 },
      'TimeLimit',
    ],
    [
      'memory',
      'CREATE TABLE output.t AS SELECT length(groupArray(number)) x FROM numbers(100000000000)',
      { memoryBytes: 600 * 2 ** 20 },
      'MemoryLimit',
    ],
    ['rows', 'CREATE TABLE output.t AS SELECT number AS x FROM numbers(1001)', { rows: 1000 }, 'RowLimit'],
  ])('%s', async (_, script, limits, code) => {
    const { failure, scopes: kept } = await runStage({ script, scopes, limits });
    expect(failure?.code).toBe(code);
    expect(kept).toEqual([]);
  });
});

describe('what does not fit into the memory goes to the disk', () => {
  // 160 MB where a query has 128 MiB; keys in no order.
  const wide = `CREATE TABLE connector.wide AS SELECT number + 1 AS n, number * 7919 % 400000 AS k,
    concat(toString(k), repeat('-', 400)) AS s FROM numbers(400000);`;
  const limits = { memoryBytes: 528 * 2 ** 20 };
  test.each<[string, string, string[]]>([
    [
      'sorting',
      'SELECT min(x = k) AS x FROM (SELECT k, rowNumberInAllBlocks() AS x FROM (SELECT k, s FROM wide ORDER BY k, s))',
      ['1'],
    ],
    ['grouping', `SELECT count() AS x FROM (SELECT s, count() AS c FROM wide GROUP BY s HAVING c = 1)`, ['400000']],
    [
      'windows',
      `SELECT sum(r) AS x FROM (SELECT row_number() OVER (PARTITION BY s ORDER BY n) AS r FROM wide)`,
      ['400000'],
    ],
  ])('%s', async (_, query, expected) => {
    const script = `${wide} CREATE TABLE output.t AS ${query}`;
    const { failure, rows, warnings } = await runStage({ script, scopes: { t: [variable('x')] }, limits });
    expect([failure, warnings.filter(({ code }) => code === 'JoinSpilled')]).toEqual([null, []]);
    expect(rows['t']?.map(({ values }) => values[0])).toEqual(expected);
  });

  test.each<[string, string, number[]]>([
    ['a join, whose rows are put back into the order of _row', '', [1, 2, 3]],
    ['a join, whose rows are as an ORDER BY has them', 'ORDER BY _row DESC', [400000, 399999, 399998]],
  ])('%s', async (_, order, first) => {
    const query = `SELECT a.n AS _row, toInt64(a.n) - toInt64(b.n) AS x FROM wide a LEFT JOIN wide b ON a.s = b.s ${order}`;
    const script = `${wide} CREATE TABLE output.t AS ${query}`;
    const { failure, rows, warnings } = await runStage({ script, scopes: { t: [variable('x')] }, limits });
    expect(failure).toBeNull();
    expect(warnings.map(({ code }) => code)).toEqual(order === '' ? ['JoinSpilled'] : []);
    expect(rows['t']?.length).toBe(400000);
    expect(rows['t']?.slice(0, 3).map(({ inputRow }) => inputRow)).toEqual(first);
    const step = first[1]! - first[0]!;
    const faults = rows['t']?.filter(
      ({ inputRow, values }, at) => inputRow !== first[0]! + at * step || values[0] !== '0',
    );
    expect(faults).toEqual([]);
  });
});

test('a script that is stopped from outside is a fault of the statement that was running', async () => {
  // The engine does not look at the clock while it compiles this pattern.
  const script = `CREATE TABLE output.t AS SELECT 1 AS x;\n  SELECT match('a', concat('(', repeat('a?', 200000), ')'))`;
  const { failure } = await runStage({ script, scopes: { t: [variable('x')] }, limits: { seconds: 1 } });
  expect(failure).toMatchObject({ code: 'TimeLimit', details: [{ line: 11, column: 7, path: 'spec.sql.script' }] });
});

const littleEndian = (hex: string): bigint => BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`);

describe('the diff check', () => {
  test('rows of the baseline are unchanged, rejected ones are not', async () => {
    const scopes = { '': [variable('sku', { required: true }), price] };
    const before = await runStage({ scopes });
    const hashes = before.hashes['items']?.map(([, , hash]) => hash) ?? [];
    const gone = 'ffffffffffffffffffffffffffffffff';
    const after = await runStage({
      scopes,
      tables: {
        items: [
          ['sku', 'price'],
          ['b', 'x'],
          ['a', '2.50'],
          [null, '3'],
          ['a', '1.50'],
        ],
      },
      baselines: { '': [...hashes, gone] },
    });
    expect(after.hashes['items']?.map(([row, unchanged]) => [row, unchanged])).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, true],
    ]);
    // The file holds what is to be loaded.
    expect(after.rows['items']?.map(({ row, rejected }) => [row, rejected])).toEqual([
      [2, false],
      [3, true],
    ]);
    const sum = [hashes[1], hashes[0]].reduce((total, hash) => total + littleEndian(hash ?? ''), 0n);
    expect(after.scopes[0]?.unchangedHashSum).toBe(String(sum % 2n ** 128n));
    expect(after.scopes[0]).toMatchObject({ rows: 4, rejected: 1, unchangedByDiff: 2 });
  });

  test('literals are part of the hash, facts of the run are not', async () => {
    const literal = { name: 'l', type: 'String', isArray: false, outputFormat: null } as const;
    const hashOf = async (value: string | null, from: 'ExecutionId' | null): Promise<string | undefined> =>
      (await runStage({ literals: [{ ...literal, value, from }] })).hashes['items']?.[0]?.[2];
    const [one, other, fact] = [await hashOf('x', null), await hashOf('y', null), await hashOf(null, 'ExecutionId')];
    expect(one).not.toBe(other);
    expect(fact).toBe((await runStage({})).hashes['items']?.[0]?.[2]);
  });
});
