import { describe, expect, it } from 'vitest';
import type { FieldValues, RowProblem } from '../../../core/model/outcome.ts';
import { renderPlace } from '../../../core/report/facts.ts';
import { renderChange, renderCount, renderDuration, renderList, renderProblems } from '../../../core/report/text.ts';
import { wrappedLines } from '../../../core/report/widths.ts';

describe('renderProblems', () => {
  it.each<[string, RowProblem[], string]>([
    ['no problems are no text', [], ''],
    [
      'a problem names its variable and its code',
      [{ code: 'NotANumber', message: '"12,x" is not a number', variable: 'price' }],
      'price: "12,x" is not a number [NotANumber]',
    ],
    [
      'a message that names it already does not name it twice',
      [{ code: 'RequiredBlank', message: 'sku is required and blank', variable: 'sku' }],
      'sku is required and blank [RequiredBlank]',
    ],
    [
      'a name that only happens to be in a word of the message is named',
      [{ code: 'TooLong', message: 'longer than 10 characters', variable: 'a' }],
      'a: longer than 10 characters [TooLong]',
    ],
    [
      'one problem a line, fields too',
      [
        { code: 'TooLong', message: 'longer than 10 characters', field: 'title' },
        { code: 'ParentFailed', message: 'the row failed in an earlier step' },
      ],
      'title: longer than 10 characters [TooLong]\nthe row failed in an earlier step [ParentFailed]',
    ],
  ])('%s', (_, problems, expected) => {
    expect(renderProblems(problems)).toBe(expected);
  });
});

describe('renderChange', () => {
  it.each<[string, FieldValues | null, FieldValues | null, string]>([
    ['a new record has no change: its values are the variables', null, { price: '1' }, ''],
    ['nothing written is no change', { price: '1' }, null, ''],
    [
      'one field a line',
      { price: '9.90', name: 'a' },
      { price: '10.50', name: 'b' },
      'price: 9.90 → 10.50\nname: a → b',
    ],
    ['only what differs', { price: '1', name: 'a' }, { price: '1', name: 'b' }, 'name: a → b'],
    ['blank has a word', { price: null }, { price: '1' }, 'price: (blank) → 1'],
    ['a field that was not there was blank', {}, { price: '1' }, 'price: (blank) → 1'],
    ['booleans', { sold: true }, { sold: false }, 'sold: true → false'],
    ['lists', { tags: ['red'] }, { tags: ['red', 'large, blue'] }, 'tags: red → red, "large, blue"'],
  ])('%s', (_, before, after, expected) => {
    expect(renderChange(before, after)).toBe(expected);
  });
});

describe('renderList', () => {
  it.each<[string[], string]>([
    [['a', 'b'], 'a, b'],
    [['a, b', 'c'], '"a, b", c'],
    [['', ' x'], '"", " x"'],
    [['say "x"'], '"say \\"x\\""'],
  ])('%j is %s', (items, expected) => {
    expect(renderList(items)).toBe(expected);
  });
});

describe('renderDuration', () => {
  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [12_345, '12.3 s'],
    [59_960, '1 min 0 s'],
    [245_000, '4 min 5 s'],
    [7_380_000, '2 h 3 min'],
  ])('%d ms is %s', (durationMs, expected) => {
    expect(renderDuration(durationMs)).toBe(expected);
  });
});

describe('renderCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567, '1,234,567'],
  ])('%d is %s', (count, expected) => {
    expect(renderCount(count)).toBe(expected);
  });
});

describe('renderPlace', () => {
  it.each([
    [{ message: 'x', file: 'a.yaml', line: 3, column: 7, path: 'spec.type' }, 'a.yaml:3:7, spec.type'],
    [{ message: 'x', line: 3 }, 'line 3'],
    [{ message: 'x', path: 'spec.type' }, 'spec.type'],
    [{ message: 'x' }, ''],
  ])('%j is %s', (detail, expected) => {
    expect(renderPlace(detail)).toBe(expected);
  });
});

describe('wrappedLines', () => {
  it.each<[string, number, number]>([
    ['short', 20, 1],
    ['', 20, 1],
    ['one\ntwo', 20, 2],
    ['x'.repeat(40), 20, 3],
    ['one\n\nthree\n', 20, 4],
  ])('%j in %d characters takes %d lines', (text, width, expected) => {
    expect(wrappedLines(text, width)).toBe(expected);
  });
});
