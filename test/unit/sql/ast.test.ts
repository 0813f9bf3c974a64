import { describe, expect, test } from 'vitest';
import { parseAst } from '../../../core/sql/ast.ts';
import { checkAst } from '../../../core/sql/fence.ts';
import { splitStatements } from '../../../core/sql/statements.ts';

test('the tree of a statement keeps kinds, names and children', () => {
  expect(
    parseAst(
      'CreateQuery output x (children 2)\n Identifier output\n Storage definition (children 1)\n  Function Memory (alias y)\n\n',
    ),
  ).toMatchObject({
    kind: 'CreateQuery',
    name: 'output x',
    children: [
      { kind: 'Identifier', name: 'output', children: [] },
      { kind: 'Storage definition', name: '', children: [{ kind: 'Function', name: 'Memory' }] },
    ],
  });
});

describe('a text that is not one well-formed tree is refused', () => {
  test.each([
    ['no tree', ''],
    ['two trees', 'SelectWithUnionQuery\nSelectWithUnionQuery'],
    ['a level left out', 'SelectWithUnionQuery (children 1)\n  ExpressionList'],
    ['a child too many', 'SelectWithUnionQuery (children 1)\n ExpressionList\n ExpressionList'],
    ['a child too few', 'SelectWithUnionQuery (children 2)\n ExpressionList'],
    ['a number of children forged in a name', 'ExpressionList (children 1)\n Identifier x (children 1)'],
    ['an error message', 'Code: 62. DB::Exception'],
  ])('%s', (_, text) => {
    const [statement] = splitStatements('SELECT 1').statements;
    if (statement === undefined) throw new Error('The script has a statement.');
    expect(checkAst(statement, text, { namedCollections: [] })[0]).toMatchObject({ line: 1, column: 1 });
  });
});

describe('a tree that does not fit its statement is refused', () => {
  test.each([
    ['another kind', 'SELECT 1', 'DropQuery output x (children 1)\n Identifier x'],
    [
      'a query that is not written',
      'CREATE TABLE output.x (a UInt8)',
      'CreateQuery output x (children 1)\n SelectWithUnionQuery (children 1)\n  ExpressionList',
    ],
    ['a node that is on no list', 'SELECT 1', 'SelectWithUnionQuery (children 1)\n NewThing'],
  ])('%s', (_, script, text) => {
    const [statement] = splitStatements(script).statements;
    if (statement === undefined) throw new Error('The script has a statement.');
    expect(checkAst(statement, text, { namedCollections: [] })).not.toEqual([]);
  });
});
