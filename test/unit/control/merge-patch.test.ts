import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildMergePatch } from '../../../core/control/merge-patch.ts';
import { isJsonObject } from '../../../core/manifest/manifest.ts';

/** RFC 7396, section 2. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = applyPatch(result[key], value);
  }
  return result;
}

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 }));
const { object } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4 }),
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('object')),
}));

describe('a merge patch', () => {
  it('makes the one object of the other, whatever they are, and is none exactly where they are equal', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const patch = buildMergePatch(before, after);
        expect(applyPatch(before, patch ?? {})).toEqual(after);
        if (patch === null) expect(before).toEqual(after);
      }),
    );
  });

  it('removes members that are gone, inside of objects too, and sends nothing that stays', () => {
    const before = { activation: { state: 'Active', reason: 'Passed' }, queueLength: 3, steps: [1, 2] };
    const after = { activation: { state: 'Active' }, queueLength: undefined, steps: [1] };
    expect(buildMergePatch(before, after)).toEqual({ activation: { reason: null }, queueLength: null, steps: [1] });
  });
});
