import { afterAll, describe, expect, test } from 'vitest';
import { splitStatements } from '../../../core/sql/statements.ts';
import { readCorpus } from './corpus.ts';
import { FencedEngine, judge } from './engine.ts';

const SOURCES = [
  { name: 'erp', kind: 'PostgreSQL' },
  { name: 'lake', kind: 'S3' },
  { name: 'api', kind: 'HTTP' },
];

const engine = new FencedEngine();
afterAll(() => engine.close());

describe('the fence refuses, with line and column, a script that', () => {
  test.each(readCorpus('refused.sql', { file: '/tmp/canary', port: '9' }))('$name', ({ script }) => {
    const lines = script.split('\n');
    for (const verdict of judge(engine, script, SOURCES)) {
      if (verdict.syntaxError !== null) {
        expect(verdict.syntaxError).toMatch(/SYNTAX_ERROR/u);
        continue;
      }
      expect(verdict.faults, verdict.text).not.toEqual([]);
      for (const fault of verdict.faults) {
        expect(fault.message).not.toBe('');
        expect(fault.hint).toBeTypeOf('string');
        expect((lines[(fault.line ?? 0) - 1] ?? '').length).toBeGreaterThanOrEqual(fault.column ?? Infinity);
      }
    }
  });
});

describe('the fence lets pass and the engine runs', () => {
  test.each(readCorpus('accepted.sql'))('$name', ({ script }) => {
    expect(splitStatements(script).faults).toEqual([]);
    for (const statement of splitStatements(script).statements) {
      expect(judge(engine, statement.text, SOURCES), statement.text).toEqual([
        { text: statement.text, faults: [], syntaxError: null },
      ]);
      engine.run(statement.text);
    }
  });
});

describe('declared external sources', () => {
  test.each([
    ["SELECT * FROM postgresql(erp, table = 'customers', schema = 'public')"],
    ["SELECT * FROM s3(lake, filename = 'a/b*.csv', format = 'CSVWithNames', structure = 'a Int32')"],
    ["SELECT * FROM url(api, format = 'JSONEachRow')"],
  ])('%s passes', (script) => {
    expect(judge(engine, script, SOURCES)).toEqual([{ text: script, faults: [], syntaxError: null }]);
    expect(judge(engine, script, [])[0]?.faults).toHaveLength(1);
  });
});

test('the fence names the place of every fault', () => {
  const script = "SELECT 1;\n  SELECT upper('x'),\n    file('/x'), hostName();\nSELECT * FROM system.one";
  expect(
    judge(engine, script, SOURCES).map((verdict) =>
      verdict.faults.map(({ line, column, message }) => [line, column, message]),
    ),
  ).toEqual([
    [],
    [
      [3, 5, 'The function file is not allowed.'],
      [3, 17, 'The function hostName is not allowed.'],
    ],
    [[4, 22, 'The database system is not open to reading.']],
  ]);
});

test('explaining a statement runs nothing of it', () => {
  engine.run('CREATE TABLE output.kept ENGINE = Memory AS SELECT 1 AS a');
  const started = performance.now();
  for (const text of [
    'CREATE TABLE output.explained AS SELECT 1 AS a',
    'INSERT INTO output.kept VALUES (2)',
    'INSERT INTO output.kept SELECT 3',
    'ALTER TABLE output.kept DELETE WHERE 1',
    'TRUNCATE TABLE output.kept',
    'DROP TABLE output.kept',
    'SELECT (SELECT sleep(3))',
    'WITH (SELECT sleep(3)) AS x SELECT x, sleep(3)',
  ]) {
    engine.run(`EXPLAIN AST ${text}`);
  }
  expect(performance.now() - started).toBeLessThan(3000);
  expect(engine.run('SELECT count() FROM output.kept')).toBe('1\n');
  expect(engine.run('EXISTS TABLE output.explained')).toBe('0\n');
});
