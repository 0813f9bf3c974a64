import fc from 'fast-check';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { expect, test } from 'vitest';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import { resolveConnectors } from '../../../core/validate/resolve-connectors.ts';
import { BASE } from './edited.ts';

type Path = readonly (string | number)[];

const TEXTS = BASE.split('---\n');

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

const PATHS = TEXTS.flatMap((text, document) =>
  pathsOf(parseDocument(text).toJS())
    .slice(1)
    .map((path) => ({ document, path })),
);

/** What an author may do to one value, each a fault at the value or at what refers to it. */
const EDITS: Readonly<Record<string, (document: Document, path: Path) => void>> = {
  removed: (document, path) => document.deleteIn(path),
  'a list': (document, path) => document.setIn(path, document.createNode(['zzz'])),
  'a map': (document, path) => document.setIn(path, document.createNode({ zzz: 1 })),
  'a number': (document, path) => document.setIn(path, -7.5),
  'another text': (document, path) => document.setIn(path, 'Zzz zzz'),
  nothing: (document, path) => document.setIn(path, null),
  'a key with a slip': (document, path) => {
    const parent = document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))
      : undefined;
    if (isPair(pair) && isScalar(pair.key)) pair.key.value = `${String(path.at(-1))}x`;
  },
};

/** The path of a fault, back from its text. */
function parsePath(text: string): Path {
  return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(`"${quoted}"`)) : (name ?? ''),
  );
}

/** Where key and value of a path stand in the text, `line:column`; of the nearest value around it where it is not there. */
function placesOf(text: string, path: Path): readonly string[] {
  const counter = new LineCounter();
  let node: unknown = parseDocument(text, { lineCounter: counter }).contents;
  let found: unknown[] = [node];
  for (const part of path) {
    if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      node = node.items[part];
      found = [node];
      continue;
    }
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === part) : undefined;
    if (pair === undefined) break;
    found = [pair.key, pair.value];
    node = pair.value;
  }
  return found.flatMap((one) => {
    const start = isScalar(one) || isMap(one) || isSeq(one) ? one.range?.[0] : undefined;
    if (start === undefined) return [];
    const { line, col } = counter.linePos(start);
    return [`${Math.max(line, 1)}:${Math.max(col, 1)}`];
  });
}

test('whatever is wrong with a value, every fault has a path, a hint, and the place of what its path names', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATHS), fc.constantFrom(...Object.keys(EDITS)), ({ document, path }, edit) => {
      const changed = parseDocument(TEXTS[document] ?? '');
      EDITS[edit]?.(changed, path);
      const texts = TEXTS.map((text, index) => (index === document ? changed.toString({ lineWidth: 0 }) : text));
      const parsed = texts.map((text, index) => parseManifests(text, String(index), index));
      const resolved = resolveConnectors(parsed.flatMap(({ manifests }) => manifests));
      for (const fault of [...parsed.flatMap(({ faults }) => faults), ...resolved.faults]) {
        const where = `${edit}: ${path.join('.')}\n${JSON.stringify(fault)}`;
        expect(fault.hint, where).toEqual(expect.any(String));
        const places = placesOf(texts[Number(fault.file)] ?? '', parsePath(fault.path ?? ''));
        expect(places, where).toContain(`${fault.line}:${fault.column}`);
      }
    }),
    { numRuns: 150 },
  );
});
