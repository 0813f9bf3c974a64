import { describe, expect, it } from 'vitest';
import { inputTableOfScope } from '../../../core/sql/scope-origin.ts';

describe('the input table whose rows a scope carries', () => {
  it.each<[sentence: string, script: string, table: string | null]>([
    ['the only one', 'CREATE TABLE output.s AS SELECT _row FROM input.people', 'people'],
    ['by position', 'CREATE TABLE output.s AS SELECT _row FROM input.page_idx_2', 'page_idx_2'],
    ['in quotes', 'CREATE TABLE IF NOT EXISTS `output`."s" AS SELECT _row FROM input.`people`', 'people'],
    ['a view', 'CREATE VIEW output.s AS SELECT _row FROM input.people', 'people'],
    ['filled later', 'CREATE TABLE output.s (a String); INSERT INTO output.s SELECT a FROM input.people', 'people'],
    ['twice the same', 'CREATE TABLE output.s AS SELECT _row FROM input.a UNION ALL SELECT _row FROM input.a', 'a'],
    [
      'beside reference data',
      'CREATE TABLE output.s AS SELECT p._row FROM input.people p LEFT JOIN kizen.person k ON k.no = p.no',
      'people',
    ],
    ['in a subquery', 'CREATE TABLE output.s AS SELECT _row FROM (SELECT _row FROM input.people)', 'people'],
    [
      'other scopes do not matter',
      'CREATE TABLE output.t AS SELECT 1; CREATE TABLE output.s AS SELECT _row FROM input.a',
      'a',
    ],
    ['two of them', 'CREATE TABLE output.s AS SELECT a._row FROM input.a, input.b', null],
    [
      'from two statements',
      'CREATE TABLE output.s AS SELECT 1 FROM input.a; INSERT INTO output.s SELECT 1 FROM input.b',
      null,
    ],
    ['through a table between', 'CREATE TABLE output.s AS SELECT _row FROM connector.clean', null],
    [
      'through a table without its database',
      'CREATE TABLE output.s AS SELECT c._row FROM input.a JOIN clean c USING x',
      null,
    ],
    ['through another scope', 'CREATE TABLE output.s AS SELECT t._row FROM output.t JOIN input.a USING x', null],
    ['none', 'CREATE TABLE output.s AS SELECT 1 AS _row', null],
    ['no such scope', 'CREATE TABLE output.t AS SELECT _row FROM input.a', null],
  ])('%s', (_, script, table) => {
    expect(inputTableOfScope(script, 's')).toBe(table);
  });
});
