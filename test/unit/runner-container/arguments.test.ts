import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../runner/container/arguments.ts';

const own = ['--execution', '7a-1', '--workspace', '/workspace'];
const common = { executionId: '7a-1', workspace: '/workspace' };

describe('the arguments of a container', () => {
  test.each([
    ['intake', ['intake', ...own], { stage: 'intake', ...common, input: null }],
    [
      'intake of a mounted file',
      ['intake', ...own, '--volume', '/input', '--input', 'in/a.csv'],
      { stage: 'intake', ...common, input: { volume: '/input', path: 'in/a.csv' } },
    ],
    ['sql', ['sql', ...own], { stage: 'sql', ...common, secrets: null }],
    ['sql with sources', ['sql', ...own, '--secrets', '/s'], { stage: 'sql', ...common, secrets: '/s' }],
    ['load', ['load', ...own], { stage: 'load', ...common }],
    ['finish', ['finish', ...own], { stage: 'finish', ...common, isCancelled: false }],
    ['finish of a cancelled one', ['finish', ...own, '--cancelled'], { stage: 'finish', ...common, isCancelled: true }],
    [
      'validate',
      ['validate', '--validation', 'v1', '--workspace', '/workspace', '--secrets', '/s'],
      { stage: 'validate', validationId: 'v1', workspace: '/workspace', secrets: '/s' },
    ],
    ...(['take', 'answer'] as const).map((stage): [string, string[], object] => [
      stage,
      [stage, '--validation', 'v1', '--workspace', '/workspace'],
      { stage, validationId: 'v1', workspace: '/workspace' },
    ]),
  ])('%s', (_, argv, expected) => {
    expect(parseArguments(argv)).toEqual(expected);
  });

  test.each([
    ['no stage', [], 'name a stage'],
    ['a stage that there is not', ['lod', ...own], 'there is no stage lod'],
    ['two stages', ['load', 'sql', ...own], 'one stage at a time'],
    ['no execution', ['load', '--workspace', '/w'], 'load needs --execution'],
    ['an id that leads elsewhere', ['load', '--execution', '../a', '--workspace', '/w'], 'is no id'],
    ['no workspace', ['load', '--execution', 'a'], 'load needs --workspace'],
    ['a database where there is none', ['sql', ...own, '--database', 'postgres://x'], '--database'],
    ['an option of another stage', ['load', ...own, '--cancelled'], 'load takes no --cancelled'],
    ['a file without its volume', ['intake', ...own, '--input', 'a.csv'], 'intake needs --volume'],
    ['a volume without its file', ['intake', ...own, '--volume', '/input'], 'intake needs --input'],
    [
      'secrets where no SQL runs',
      ['answer', '--validation', 'v1', '--workspace', '/w', '--secrets', '/s'],
      'answer takes no --secrets',
    ],
    ['a validation without its id', ['validate', '--workspace', '/w'], 'validate needs --validation'],
  ])('refuses %s', (_, argv, message) => {
    expect(() => parseArguments(argv)).toThrow(message);
  });
});
