import { closestName } from '../manifest/closest-name.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type JsonValue, type ManifestKind } from '../manifest/manifest.ts';
import type { FaultCollector } from './fault-collector.ts';
import { checkTexts } from './text-characters.ts';

const RESOURCE = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
const CONFIG_MAP = ['apiVersion', 'kind', 'metadata', 'data', 'binaryData', 'immutable'];

/** The fields of ObjectMeta, those first that people write. */
const METADATA = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'generateName',
  'finalizers',
  'ownerReferences',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

/** Kubernetes: labels and annotations are `[prefix/]name`; a prefix is a DNS name. */
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Checks what every resource has around its spec: the fields at the top, metadata, and that all texts can be stored. */
export function checkEnvelope(kind: ManifestKind, faults: FaultCollector): void {
  checkTexts(faults);
  const { value } = faults.manifest;
  checkKnown(Object.keys(value), kind === 'ConfigMap' ? CONFIG_MAP : RESOURCE, [], faults);
  const metadata = value['metadata'];
  if (!isJsonObject(metadata)) return;
  checkKnown(Object.keys(metadata), METADATA, ['metadata'], faults);
  checkTextMap(metadata['labels'], ['metadata', 'labels'], faults, (text) =>
    LABEL_VALUE.test(text) ? null : 'use letters, digits, -, _ and ., at most 63; longer texts go into annotations',
  );
  checkTextMap(metadata['annotations'], ['metadata', 'annotations'], faults, () => null);
  checkSize(metadata['annotations'], faults);
}

function checkKnown(names: readonly string[], known: readonly string[], path: FieldPath, faults: FaultCollector): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = closestName(name, known);
    const hint = meant === null ? `use one of ${known.slice(0, 6).join(', ')}` : `did you mean ${meant}?`;
    faults.fault([...path, name], `there is no field ${name} here`, hint);
  }
}

/** @param valueHint how a value must be written, null if it is */
function checkTextMap(
  map: JsonValue | undefined,
  path: FieldPath,
  faults: FaultCollector,
  valueHint: (text: string) => string | null,
): void {
  if (map === undefined || map === null) return;
  if (!isJsonObject(map)) {
    faults.fault(path, 'must be a map of texts', 'write a name and a text, for example team: data');
    return;
  }
  for (const [key, value] of Object.entries(map)) {
    const at = [...path, key];
    if (!QUALIFIED.test(key)) {
      const hint = 'use letters, digits, -, _ and ., at most 63, after an optional prefix such as example.com/';
      faults.fault(at, `${JSON.stringify(key)} is not a name that Kubernetes takes here`, hint);
    } else if (typeof value !== 'string') {
      const isPlain = typeof value === 'number' || typeof value === 'boolean';
      const hint = isPlain ? `put it in quotes: "${String(value)}"` : 'write a text';
      faults.fault(at, `${key} is not a text`, hint);
    } else {
      const hint = valueHint(value);
      if (hint !== null) faults.fault(at, `the value of ${key} is not one that Kubernetes takes`, hint);
    }
  }
}

function checkSize(annotations: JsonValue | undefined, faults: FaultCollector): void {
  if (!isJsonObject(annotations)) return;
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, text]) => sum + new TextEncoder().encode(`${key}${typeof text === 'string' ? text : ''}`).length,
    0,
  );
  if (bytes <= MAX_ANNOTATION_BYTES) return;
  faults.fault(['metadata', 'annotations'], 'the annotations are longer than 256 KiB', 'shorten them');
}
