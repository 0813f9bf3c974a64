import { describe, expect, test } from 'vitest';
import { splitStatements } from '../../../core/sql/statements.ts';

describe('a script falls into statements', () => {
  test.each<[string, string, string[]]>([
    ['at semicolons, with or without one at the end', 'SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['leaving out empty ones', ';; SELECT 1 ;; -- x\n ;', ['SELECT 1']],
    [
      'not in strings of either escape',
      "SELECT 'a;''b;', 'c\\';d'; SELECT 2",
      ["SELECT 'a;''b;', 'c\\';d'", 'SELECT 2'],
    ],
    [
      'not in quoted names',
      'SELECT `a;``b`, "c;""d", `e\\`;f`; SELECT 2',
      ['SELECT `a;``b`, "c;""d", `e\\`;f`', 'SELECT 2'],
    ],
    [
      'not in line comments',
      'SELECT 1 -- a;\n+ 2 # b;\n+ 3 // c;\n+ 4 #! d;',
      ['SELECT 1      \n+ 2     \n+ 3      \n+ 4'],
    ],
    ['not in nested comments', 'SELECT /* ; /* ; */ ; */ 1; SELECT 2', ['SELECT                   1', 'SELECT 2']],
    ['reading quotes inside comments as text', "SELECT 1 -- it's\n; SELECT 2", ['SELECT 1', 'SELECT 2']],
    ['reading comments inside quotes as text', "SELECT '--', '/*'; SELECT 2", ["SELECT '--', '/*'", 'SELECT 2']],
    ['with coded strings', "SELECT x'41', B'01'; SELECT 2", ["SELECT x'41', B'01'", 'SELECT 2']],
    [
      'with numbers of every form',
      'SELECT 1, 1.5, .5, 1e-5, 0x1F, 0b1, 1_000, t.1.2',
      ['SELECT 1, 1.5, .5, 1e-5, 0x1F, 0b1, 1_000, t.1.2'],
    ],
    ['with two minus signs as a comment', 'SELECT 1--2; x\n', ['SELECT 1']],
  ])('%s', (_, script, texts) => {
    const { statements, faults } = splitStatements(script);
    expect(faults).toEqual([]);
    expect(statements.map((statement) => statement.text)).toEqual(texts);
    expect(statements.map((statement) => statement.index)).toEqual(texts.map((_text, index) => index));
  });

  test('each with the place of its first token', () => {
    const { statements } = splitStatements("-- one\n  SELECT 1;\r\n/* ü */ SELECT 'ü😀'; SELECT 3");
    expect(statements.map(({ offset, line, column }) => [offset, line, column])).toEqual([
      [9, 2, 3],
      [28, 3, 9],
      [42, 3, 22],
    ]);
  });

  test('keeping every token at its place in the script', () => {
    const script = "/* 😀 */ SELECT 'ü' -- x\n, b";
    const [statement] = splitStatements(script).statements;
    for (const token of statement?.tokens ?? []) {
      expect(script.startsWith(token.text, token.offset)).toBe(true);
      expect(statement?.text.startsWith(token.text, token.offset - statement.offset)).toBe(true);
    }
  });
});

describe('a script is refused, with the place, for', () => {
  test.each<[string, string, number, number, RegExp]>([
    ['a string left open', "SELECT 1;\n SELECT 'a", 2, 9, /not closed/u],
    ['a string closed by an escaped quote', "SELECT 'a\\'", 1, 8, /not closed/u],
    ['a quoted name left open', 'SELECT `a', 1, 8, /not closed/u],
    ['a comment left open', 'SELECT 1 /* /* */', 1, 10, /not closed/u],
    ['a heredoc', 'SELECT $a$ ; $a$', 1, 8, /Heredoc/u],
    ['a query parameter', 'SELECT {a:String}', 1, 8, /parameter/u],
    ['a no-break space', 'SELECT\u00a01', 1, 7, /U\+00A0/u],
    ['an ideographic space', 'SELECT\u30001', 1, 7, /U\+3000/u],
    ['a zero-width space', 'SELECT 1\u200b', 1, 9, /U\+200B/u],
    ['a byte-order mark', '\ufeffSELECT 1', 1, 1, /U\+FEFF/u],
    ['a line separator', 'SELECT 1\u2028', 1, 9, /U\+2028/u],
    ['a next-line character', 'SELECT 1\u0085', 1, 9, /U\+0085/u],
    ['typographic quotes', 'SELECT \u2018a\u2019', 1, 8, /U\+2018/u],
    ['a typographic minus', 'SELECT 1 \u2212 2', 1, 10, /U\+2212/u],
    ['a NUL character', "SELECT 1;\nSELECT 'a\0'", 2, 10, /NUL/u],
    ['a control character', 'SELECT 1\u0001', 1, 9, /U\+0001/u],
    ['a client command', 'SELECT 1\\G', 1, 9, /backslash/iu],
    ['a global variable', 'SELECT @@version', 1, 8, /@/u],
    ['a number without an exponent', 'SELECT 1e--2', 1, 8, /malformed/u],
    ['a name that begins with a digit', 'SELECT 1a', 1, 8, /malformed/u],
    ['a malformed coded string', "SELECT x'4g'", 1, 8, /malformed/u],
    ['a line break in a quoted name', 'SELECT 1 AS `a\nb`', 1, 13, /control character/u],
    ['an escaped line break in a quoted name', 'SELECT 1 AS "a\\nb"', 1, 13, /control character/u],
    ['a hash without a blank', 'SELECT #a', 1, 8, /#/u],
  ])('%s', (_, script, line, column, message) => {
    const { faults } = splitStatements(script);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ line, column, hint: expect.any(String) as string });
    expect(faults[0]?.message).toMatch(message);
  });
});
