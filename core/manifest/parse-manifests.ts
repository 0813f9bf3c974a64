import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { FaultDetail } from '../errors/app-error.ts';
import { identify } from './identify.ts';
import { isJsonObject, type JsonValue, type Manifest } from './manifest.ts';
import { checkJson, yaml11Words } from './yaml-json.ts';
import { placeAt, yamlSource, type YamlText } from './yaml-source.ts';

/** What one file of manifests holds. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly faults: readonly FaultDetail[];
  /** What was left out or may be read differently elsewhere; nothing that stops anybody. */
  readonly notes: readonly FaultDetail[];
}

/** Aliases may not blow a small file up into a large one. */
const MAX_ALIASES = 100;

/**
 * Reads a file of YAML documents (JSON is YAML) into manifests that know their places. Documents of other kinds are left
 * out with a note. `order` is the order of the first manifest among those of all files.
 */
export function parseManifests(text: string, file: string, order = 0): ManifestFile {
  const counter = new LineCounter();
  const lines = text.split('\n');
  const manifests: Manifest[] = [];
  const faults: FaultDetail[] = [];
  const notes: FaultDetail[] = [];
  for (const document of documentsOf(text, file, counter, faults)) {
    const whole: YamlText = { file, lines, counter, document, base: [] };
    const value = valueOf(whole, faults);
    if (value === undefined || value === null) continue;
    let known = 0;
    for (const item of itemsOf(value)) {
      const source = yamlSource({ ...whole, base: item.base }, order + manifests.length);
      const identified = identify(item.value, source);
      faults.push(...identified.faults);
      notes.push(...identified.notes);
      if (identified.manifest === null) continue;
      manifests.push(identified.manifest);
      known += 1;
    }
    if (known > 0) notes.push(...yaml11Words(whole));
  }
  return { manifests, faults, notes };
}

function documentsOf(text: string, file: string, counter: LineCounter, faults: FaultDetail[]): readonly Document[] {
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: counter,
      prettyErrors: false,
      merge: true,
      uniqueKeys: true,
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push({ message: 'the file is nested too deeply', file, line: 1, column: 1, hint: 'flatten it' });
    return [];
  }
}

function valueOf(text: YamlText, faults: FaultDetail[]): JsonValue | undefined {
  const { document, file, counter } = text;
  for (const error of [...document.errors, ...document.warnings]) {
    const hint = error.code === 'DUPLICATE_KEY' ? 'remove one of the two' : 'correct the YAML';
    faults.push({ message: lowerFirst(error.message), file, ...placeAt(counter, error.pos[0]), hint });
  }
  if (document.errors.length > 0) return undefined;
  const before = faults.length;
  faults.push(...checkJson(text));
  if (faults.length > before) return undefined;
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as JsonValue;
  } catch (error) {
    if (!(error instanceof ReferenceError) && !(error instanceof RangeError)) throw error;
    const place = placeAt(counter, document.contents?.range?.[0] ?? 0);
    faults.push({
      message: lowerFirst(error.message),
      file,
      ...place,
      hint: 'write the values out instead of aliases',
    });
    return undefined;
  }
}

interface Item {
  readonly value: JsonValue;
  readonly base: readonly (string | number)[];
}

/** A `List`, as `kubectl get -o yaml` prints it, stands for its items. */
function itemsOf(value: JsonValue): readonly Item[] {
  if (isJsonObject(value) && value['kind'] === 'List' && Array.isArray(value['items'])) {
    const items: readonly JsonValue[] = value['items'];
    return items.map((item, index) => ({ value: item, base: ['items', index] }));
  }
  return [{ value, base: [] }];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
