import { describe, expect, test } from 'vitest';
import { resolveText } from './edited.ts';

const manifest = (kind: string, metadata: string, spec: string): string =>
  `apiVersion: smartconnectors.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

const repository = (spec: string): string => manifest('ConnectorRepository', '{ name: connectors }', spec);
const execution = (spec: string): string => manifest('SmartConnectorExecution', '{ name: run }', spec);

describe('a fault of a repository', () => {
  test.each<readonly [sentence: string, spec: string, path: string, message: string | RegExp]>([
    ['a URL of no known protocol', '{ url: "git@host:x.git" }', 'spec.url', '"git@host:x.git" is not a URL'],
    ['a URL that is none', '{ url: "https://" }', 'spec.url', '"https://" is not a URL'],
    ['a branch and a tag', '{ url: https://h/x, ref: { branch: a, tag: b } }', 'spec.ref', /more than 1|only one/],
    ['no ref in ref', '{ url: https://h/x, ref: {} }', 'spec.ref', 'nothing is set'],
    [
      'a branch that Git refuses',
      '{ url: https://h/x, ref: { branch: "a..b" } }',
      'spec.ref.branch',
      /not a name of a branch/,
    ],
    [
      'a branch that is an option',
      '{ url: https://h/x, ref: { branch: --upload-pack=x } }',
      'spec.ref.branch',
      /not a name/,
    ],
    ['a tag with a space', '{ url: https://h/x, ref: { tag: a b } }', 'spec.ref.tag', /not a name of a tag/],
    [
      'a short commit',
      '{ url: https://h/x, ref: { commit: abc1234 } }',
      'spec.ref.commit',
      /is not written as it must be/,
    ],
    ['a path out of the repository', '{ url: https://h/x, path: ../other }', 'spec.path', /leads out of the folder/],
    ['an interval of nothing', '{ url: https://h/x, interval: 0s }', 'spec.interval', '0s is no time at all'],
    ['a NUL character', '{ url: https://h/x, path: "a\\0b" }', 'spec.path', 'the text holds a NUL character'],
  ])('%s', (_, spec, path, message) => {
    const { faults } = resolveText(repository(spec));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ path, line: 4, hint: expect.any(String) as string });
    expect(faults[0]?.message).toMatch(message);
  });
});

describe('a fault of an execution', () => {
  test.each<readonly [sentence: string, spec: string, path: string, message: string | RegExp]>([
    ['no connector', '{ mode: Live }', 'spec.connector', 'connector is missing'],
    ['a mode that does not exist', '{ connector: a, mode: Dry }', 'spec.mode', /is not one of/],
    ['no input in input', '{ connector: a, input: {} }', 'spec.input', 'nothing is set'],
    [
      'a path out of the volume',
      '{ connector: a, input: { persistentVolumeClaim: { claimName: b, path: ../c } } }',
      'spec.input.persistentVolumeClaim.path',
      /leads out of the folder/,
    ],
  ])('%s', (_, spec, path, message) => {
    const { faults } = resolveText(execution(spec));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ path, line: 4, hint: expect.any(String) as string });
    expect(faults[0]?.message).toMatch(message);
  });
});

test('executions may leave their names to the API server', () => {
  const two = manifest('SmartConnectorExecution', '{ generateName: run- }', '{ connector: a }');
  expect(resolveText(`${two}---\n${two}`).faults).toEqual([]);
});
