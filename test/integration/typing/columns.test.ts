import { afterAll, describe, expect, test } from 'vitest';
import type { VariableModel, VariableType } from '../../../core/model/connector.ts';
import { EngineTyping } from './engine-typing.ts';

const engine = new EngineTyping();
afterAll(() => engine.close());

describe('the format of a column is detected from its values', () => {
  test.each<[VariableType, readonly string[], string, readonly (string | null)[], number]>([
    ['Date', ['01/02/2024', '05/05/2024', ''], 'detected:MM/DD/YYYY', ['2024-01-02', '2024-05-05', null], 1],
    ['Date', ['01/02/2024', '13/02/2024'], 'detected:DD/MM/YYYY', ['2024-02-01', '2024-02-13'], 0],
    ['Date', ['2024/1/2', '2024.01.31 10:00'], 'detected:YYYY-MM-DD', ['2024-01-02', '2024-01-31'], 0],
    ['Date', ['45322', '45323.5'], 'ExcelEpoch', ['2024-01-31', '2024-02-01'], 0],
    ['DateTime', ['1706695200', '1706695200.25'], 'UnixEpoch', ['2024-01-31T10:00:00Z', '2024-01-31T10:00:00.25Z'], 0],
    ['DateTime', ['1706695200123'], 'UnixEpochMillis', ['2024-01-31T10:00:00.123Z'], 0],
    ['Number', ['1,5', '1.234'], 'DecimalComma', ['1.5', '1234'], 1],
    ['Number', ['1,234', '5'], 'DecimalPoint', ['1234', '5'], 0],
    ['Number', ['0,123', '-0,500'], 'DecimalComma', ['0.123', '-0.500'], 0],
    ['Number', ['0,123', '1.5', '01,000'], 'DecimalPoint', [null, '1.5', null], 0],
    ['Boolean', ['on', 'OFF', 'yes'], 'OnOff', ['true', 'false', null], 0],
  ])('%s %j: %s', (type, texts, format, values, ambiguous) => {
    expect(engine.read(type, texts)).toMatchObject({ format, values, ambiguous });
  });
});

describe('columns of other types than text are taken as they are', () => {
  test.each<[VariableType, string, string | null]>([
    ['Number', `toFloat64(1e30)`, '1000000000000000000000000000000'],
    ['Number', `0.1 + 0.2`, '0.30000000000000004'],
    ['Number', `toDecimal128('1.10', 4)`, '1.1000'],
    ['Number', `toInt256('-1234567890123456789012345678901234567890')`, '-1234567890123456789012345678901234567890'],
    ['Number', `CAST(true, 'Bool')`, '1'],
    ['Number', `nan`, null],
    ['Boolean', `CAST(NULL, 'Nullable(Bool)')`, null],
    ['Boolean', `CAST(1, 'UInt8')`, 'true'],
    ['Boolean', `CAST(false, 'Bool')`, 'false'],
    ['Date', `toDate32('1950-01-10')`, '1950-01-10'],
    ['Date', `toDateTime('2024-01-31 23:00:00', 'America/Denver')`, '2024-01-31'],
    ['DateTime', `toDateTime64('2024-01-31 10:00:00.120', 9, 'America/Denver')`, '2024-01-31T17:00:00.12Z'],
    ['DateTime', `toDate('2024-01-31')`, '2024-01-31T00:00:00Z'],
    ['String', `toLowCardinality(CAST(' a ', 'Nullable(String)'))`, 'a'],
    ['String', `tuple(1, 'x')`, '[1,"x"]'],
    ['String', `map('k', [1])`, '{"k":[1]}'],
    ['String', `toFixedString('ab', 4)`, 'ab'],
    ['String', `CAST('b', 'Enum(\\'a\\' = 1, \\'b\\' = 2)')`, 'b'],
    ['UUID', `toUUID('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['String', `CAST('{"a":{"b":"x"}}', 'JSON').a.b`, 'x'],
    ['Number', `CAST('{"a":{"b":1.5}}', 'JSON').a.b`, '1.5'],
    ['String', `CAST('{"a":["x",1]}', 'JSON').a`, '["x",1]'],
    ['String', `CAST('{"a":1}', 'JSON').nothing`, null],
    ['Number', `CAST(7, 'Variant(UInt8, String)')`, '7'],
  ])('%s from %s', (type, expression, value) => {
    expect(engine.read(type, [], { query: `SELECT ${expression} AS c` }).values).toEqual([value]);
  });
});

describe('lists', () => {
  const list = (arrayDelimiter: VariableModel['arrayDelimiter']): Partial<VariableModel> => ({ arrayDelimiter });
  test.each<[VariableType, VariableModel['arrayDelimiter'], string, string | null, number]>([
    ['Number', ';', '1; x;;-02 ', '["1","-2"]', 1],
    ['String', '\t', 'a\t b', '["a","b"]', 0],
    ['String', '|', ' | ', null, 0],
    ['String', '{}', '{a, "b"}', '["a","b"]', 0],
    ['Date', '[]', '[2024-01-31,2024-02-30]', '["2024-01-31"]', 1],
    ['DateTime', ',', '2024-01-31 10:00,2024-01-31T10:00Z', '["2024-01-31T10:00:00Z","2024-01-31T10:00:00Z"]', 0],
  ])('%s split at %j: %j', (type, delimiter, text, value, failed) => {
    const reading = engine.read(type, [text], { variable: list(delimiter) });
    expect(reading.values).toEqual([value]);
    expect(reading.failed).toEqual([failed]);
    expect(reading.problems[0]).toHaveLength(failed);
  });

  test('a column of lists keeps its elements', () => {
    const query = `SELECT CAST([1.5, NULL], 'Array(Nullable(Float64))') AS c`;
    expect(engine.read('Number', [], { query, variable: list(',') }).values).toEqual(['["1.5"]']);
    const json = `SELECT CAST('{"a":["x, y","z"]}', 'JSON').a AS c`;
    expect(engine.read('String', [], { query: json, variable: list(',') }).values).toEqual(['["x, y","z"]']);
  });
});

describe('problems and rejections', () => {
  test('a message names variable, value and what was expected; a long value is cut', () => {
    const { problems, values } = engine.read('Number', [`it's "${'é'.repeat(100)}"`]);
    expect(values).toEqual([null]);
    expect(problems[0]).toEqual([
      {
        code: 'InvalidNumber',
        variable: 'x',
        message: `x: 'it's "${'é'.repeat(74)}…' is not a Number (expected a number such as 1,234.56)`,
      },
    ]);
  });

  test('a required variable that is missing or failed rejects the row', () => {
    const { problems, rejected } = engine.read('Date', ['', '2024-02-30', '2024-02-29'], {
      variable: { required: true },
    });
    expect(rejected).toEqual([true, true, false]);
    expect(problems.map((row) => row.map(({ code }) => code))).toEqual([
      ['RequiredMissing'],
      ['InvalidDate', 'RequiredMissing'],
      [],
    ]);
  });

  test('NUL characters are removed and said', () => {
    const { problems, values } = engine.read('String', ['a\0b', '\0']);
    expect(values).toEqual(['ab', null]);
    expect(problems.map((row) => row[0]?.code)).toEqual(['NulRemoved', 'NulRemoved']);
  });

  test('white space stays where the connector does not trim', () => {
    expect(engine.read('String', [' a ', ' ', ''], { trim: false }).values).toEqual([' a ', ' ', null]);
    expect(engine.read('Number', [' 1 ', ' '], { trim: false })).toMatchObject({ values: ['1', null], failed: [0, 0] });
  });

  test('hashes tell blanks, texts and lists apart and follow the values alone', () => {
    const { hashes } = engine.read('String', [null, 'a', 'ab', ' a']);
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[1]).toBe(hashes[3]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a column may have any name, those of the typing query included', () => {
    const query = `SELECT '1' AS c, 2 AS n, 3 AS v0_raw, 4 AS s, 5 AS v0_s`;
    expect(engine.read('Number', [], { query }).values).toEqual(['1']);
  });
});
