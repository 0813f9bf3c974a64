import { afterAll, describe, expect, test } from 'vitest';
import { ALLOWED_ENGINES, REFUSED_ENGINES } from '../../../core/sql/engines.ts';
import { ALLOWED_AGGREGATES, ALLOWED_FUNCTIONS, REFUSED_FUNCTIONS } from '../../../core/sql/function-lists.ts';
import { isAllowedAggregate, isAllowedFunction } from '../../../core/sql/function-names.ts';
import { ALLOWED_SETTINGS, checkSettings } from '../../../core/sql/settings.ts';
import {
  ALLOWED_TABLE_FUNCTIONS,
  REFUSED_TABLE_FUNCTIONS,
  SOURCE_FUNCTIONS,
} from '../../../core/sql/table-functions.ts';
import { FencedEngine } from './engine.ts';

const engine = new FencedEngine();
afterAll(() => engine.close());

const column = (sql: string): string[] =>
  engine
    .run(sql)
    .split('\n')
    .filter((line) => line !== '')
    .sort();

describe('every name that the pinned engine has stands on exactly one list', () => {
  test.each([
    ['functions', 'SELECT name FROM system.functions WHERE NOT is_aggregate', [...ALLOWED_FUNCTIONS], 'functions'],
    [
      'aggregate functions',
      'SELECT name FROM system.functions WHERE is_aggregate',
      [...ALLOWED_AGGREGATES],
      'functions',
    ],
  ])('%s', (_, sql, allowed) => {
    const names = column(sql);
    expect(names.filter((name) => !allowed.includes(name) && !REFUSED_FUNCTIONS.has(name))).toEqual([]);
    expect(allowed.filter((name) => !names.includes(name))).toEqual([]);
    expect(allowed.filter((name) => REFUSED_FUNCTIONS.has(name))).toEqual([]);
  });

  test('refused functions', () => {
    const names = column('SELECT name FROM system.functions');
    expect([...REFUSED_FUNCTIONS].filter((name) => !names.includes(name))).toEqual([]);
  });

  test('table functions', () => {
    const listed = [...ALLOWED_TABLE_FUNCTIONS, ...REFUSED_TABLE_FUNCTIONS, ...Object.keys(SOURCE_FUNCTIONS)];
    expect(listed.sort()).toEqual(column('SELECT name FROM system.table_functions'));
  });

  test('table engines', () => {
    expect([...ALLOWED_ENGINES, ...REFUSED_ENGINES].sort()).toEqual(column('SELECT name FROM system.table_engines'));
  });
});

describe('how names are compared', () => {
  test('no refused function passes in another case, as an alias or with a combinator', () => {
    const aliases = column("SELECT name FROM system.functions WHERE alias_to != ''").length;
    expect(aliases).toBeGreaterThan(0);
    const passing = [...REFUSED_FUNCTIONS].filter(
      (name) => isAllowedFunction(name) || isAllowedFunction(name.toUpperCase()),
    );
    expect(passing).toEqual([]);
    const targets = engine.run("SELECT name, alias_to FROM system.functions WHERE alias_to != ''").trim().split('\n');
    for (const [name = '', target = ''] of targets.map((line) => line.split('\t'))) {
      expect(isAllowedFunction(name), name).toBe(isAllowedFunction(target));
    }
  });

  test('every combinator of the pinned engine is known, and none makes a refused function allowed', () => {
    for (const combinator of column('SELECT name FROM system.aggregate_function_combinators')) {
      expect(isAllowedAggregate(`sum${combinator}`), combinator).toBe(true);
      for (const name of REFUSED_FUNCTIONS) expect(isAllowedFunction(`${name}${combinator}`), name).toBe(false);
    }
  });

  test('allowed functions that are also table functions are refused after IN', () => {
    const tableFunctions = column('SELECT name FROM system.table_functions');
    const both = tableFunctions.filter((name) => isAllowedFunction(name));
    expect(both.every((name) => REFUSED_TABLE_FUNCTIONS.has(name) || ALLOWED_TABLE_FUNCTIONS.has(name))).toBe(true);
  });
});

test('every allowed setting is one of the pinned engine and takes its default', () => {
  const defaults = new Map(
    engine
      .run('SELECT name, default FROM system.settings')
      .trim()
      .split('\n')
      .map((line): [string, string] => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']),
  );
  for (const name of Object.keys(ALLOWED_SETTINGS)) {
    const value = defaults.get(name);
    expect(value, name).toBeTypeOf('string');
    // Lists and the server's own value are defaults that a connector does not write.
    if (value !== '' && name !== 'join_algorithm') expect(checkSettings({ [name]: value ?? '' }), name).toEqual([]);
  }
});
