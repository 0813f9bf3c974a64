import { describe, expect, test } from 'vitest';
import { BASE, edited, FILE, lineOf, resolveText } from './edited.ts';
import { input } from './fault-cases/input.ts';
import { objects } from './fault-cases/objects.ts';
import { spec } from './fault-cases/spec.ts';
import { steps } from './fault-cases/steps.ts';
import { variables } from './fault-cases/variables.ts';

for (const [group, cases] of Object.entries({ spec, input, variables, steps, objects })) {
  describe(`one fault in the ${group}`, () => {
    test.each(Object.entries(cases))('%s', (_, { edits, path, message, hint, at }) => {
      const text = edited(...edits);
      const { faults } = resolveText(text);
      const found = faults.filter((fault) => fault.path === path && matches(fault.message, message));
      expect(found, JSON.stringify(faults, null, 1)).toHaveLength(1);
      expect(faults.map((fault) => fault.path)).toEqual([path]);
      expect(found[0]).toMatchObject({ file: FILE, line: lineOf(text, at ?? edits[0]?.[1] ?? '') });
      expect(found[0]?.hint).toBeDefined();
      if (hint !== undefined) expect(matches(found[0]?.hint ?? '', hint), found[0]?.hint).toBe(true);
    });
  });
}

function matches(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text === expected : expected.test(text);
}

test('the base has no fault and no warning', () => {
  expect(resolveText(BASE)).toMatchObject({ faults: [], warnings: [] });
});
