import fc from 'fast-check';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { NO_SOURCE, type JsonObject, type JsonValue, type Manifest } from '../../../core/manifest/manifest.ts';
import { identify } from '../../../core/manifest/identify.ts';
import { resolveConnectors } from '../../../core/validate/resolve-connectors.ts';
import { BASE } from './edited.ts';

const DOCUMENTS = BASE.split('\n---\n').map((text) => parse(text) as JsonObject);

type Path = readonly (string | number)[];

function pathsOf(value: JsonValue, path: Path = []): readonly Path[] {
  const children: readonly (readonly [string | number, JsonValue])[] = Array.isArray(value)
    ? [...(value as readonly JsonValue[]).entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

/** The value with the part at a path replaced, or without it. */
function changed(value: JsonValue, [head, ...rest]: Path, replacement: JsonValue | undefined): JsonValue | undefined {
  if (head === undefined) return replacement;
  const copy = structuredClone(value) as Record<string | number, JsonValue | undefined>;
  const child = changed(copy[head] ?? null, rest, replacement);
  if (child !== undefined) copy[head] = child;
  else if (Array.isArray(copy)) copy.splice(Number(head), 1);
  else Reflect.deleteProperty(copy, head);
  return copy as JsonValue;
}

const anyValue: fc.Arbitrary<JsonValue | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'sku',
    'products',
    'vendor',
    'id',
    'Relationship',
    'UUID',
    '9'.repeat(400),
  ),
);

const mutation = fc.record({ document: fc.nat(DOCUMENTS.length - 1), at: fc.nat(), value: anyValue });

test('no mutation of sound manifests makes the checks throw, and what they pass is complete', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const documents: JsonValue[] = [...DOCUMENTS];
      for (const { document, at, value } of mutations) {
        const current = documents[document] ?? null;
        const paths = pathsOf(current).slice(1);
        const path = paths[at % Math.max(paths.length, 1)];
        if (path !== undefined) documents[document] = changed(current, path, value) ?? null;
      }
      const manifests: Manifest[] = documents.flatMap((document) => identify(document, NO_SOURCE).manifest ?? []);
      const { connectors, faults } = resolveConnectors(manifests);
      for (const { path, message, hint } of faults) {
        expect(path).toBeDefined();
        expect(message).not.toMatch(/undefined|\[object/);
        expect(hint ?? '').not.toMatch(/undefined|\[object/);
      }
      for (const connector of connectors) {
        expect(connector.steps.length).toBeGreaterThan(0);
        for (const step of connector.steps) {
          expect(step.rules.length).toBeGreaterThan(0);
          expect(step.mappings.length).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 400 },
  );
});
