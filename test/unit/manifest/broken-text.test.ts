import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import { resolveConnectors } from '../../../core/validate/resolve-connectors.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../fixtures/manifests/price-list.yaml'), 'utf8');

const insertion = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(
    '---\n',
    '\t',
    '&a ',
    '*a',
    '<<: *a',
    '? ',
    '- ',
    ': ',
    '|',
    '>',
    '"',
    "'",
    '{',
    '[',
    '\n',
    '\r\n',
    '!x ',
    '\u0000',
  ),
);

test('no edit of the text makes reading throw, and every fault has its place in the file', () => {
  fc.assert(
    fc.property(fc.nat(TEXT.length), fc.nat(40), insertion, (start, length, written) => {
      const text = TEXT.slice(0, start) + written + TEXT.slice(start + length);
      const lines = text.split('\n').length;
      const parsed = parseManifests(text, 'a.yaml');
      for (const fault of [...parsed.faults, ...resolveConnectors(parsed.manifests).faults]) {
        expect(fault).toMatchObject({ file: 'a.yaml', line: expect.any(Number) as number });
        expect(fault.line).toBeLessThanOrEqual(lines);
      }
    }),
    { numRuns: 150 },
  );
});
