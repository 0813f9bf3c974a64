import { describe, expect, it } from 'vitest';
import { cellText, escapeCellText, MAX_CELL_TEXT, needsQuotePrefix } from '../../../core/report/cells.ts';

describe('cellText', () => {
  it.each<[string, string, string]>([
    ['plain text stays', 'Grün & Söhne', 'Grün & Söhne'],
    ['tabs and line breaks stay', 'a\tb\nc\r\nd', 'a\tb\nc\r\nd'],
    ['control characters go', 'a\u0000b\u001bc\u000b', 'abc'],
    ['pairs of surrogates stay, lone ones go', '🔩\ud83d x \udd29', '🔩 x '],
    ['what XML calls no character goes', 'a\uffff\ufffe', 'a'],
    ['as much text as a cell holds stays', 'x'.repeat(MAX_CELL_TEXT), 'x'.repeat(MAX_CELL_TEXT)],
  ])('%s', (_, text, expected) => {
    expect(cellText(text)).toBe(expected);
  });

  it('cuts longer text with a word about it', () => {
    const cut = cellText('x'.repeat(40_000));
    expect(cut).toHaveLength(MAX_CELL_TEXT);
    expect(cut).toMatch(/^x+ … \[cut: 40000 characters\]$/);
  });

  it('does not cut a pair of surrogates', () => {
    for (const lead of ['', 'x']) expect(cellText(lead + '🔩'.repeat(20_000))).toMatch(/🔩 … \[cut/u);
  });
});

describe('escapeCellText', () => {
  it.each<[string, string, string]>([
    ['markup', '<a href="x">&</a>', '&lt;a href="x"&gt;&amp;&lt;/a&gt;'],
    ['a carriage return, which XML would turn into a line feed', 'a\r\nb', 'a&#13;\nb'],
    ['text that looks like an escape of the workbook', '_x0041_', '_x005F_x0041_'],
    ['such text twice in a row', '_x0041_x0042_', '_x005F_x0041_x005F_x0042_'],
    ['an underscore alone', 'a_x_b', 'a_x_b'],
  ])('%s', (_, text, expected) => {
    expect(escapeCellText(text)).toBe(expected);
  });
});

describe('needsQuotePrefix', () => {
  it.each<[string, boolean]>([
    ['=1+1', true],
    ['+49 30 1234', true],
    ['-5', true],
    ['@SUM(A1)', true],
    ["'quoted", true],
    ['0012', true],
    ['\t=1', true],
    ['Garden hose', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(needsQuotePrefix(text.charCodeAt(0))).toBe(expected);
  });
});
