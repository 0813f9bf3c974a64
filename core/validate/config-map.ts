import type { ConfigMapKeyRef } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type Manifest } from '../manifest/manifest.ts';
import type { Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';

/** The ConfigMaps of one namespace, by name. */
export type ConfigMaps = ReadonlyMap<string, Manifest>;

/** What a key of a ConfigMap holds, with the way to it. */
export interface ConfigMapValue {
  readonly manifest: Manifest;
  readonly path: FieldPath;
  /** The text as it stands in the manifest: base64 where `isBinary`. */
  readonly text: string;
  readonly isBinary: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Finds a key of a ConfigMap. Reports a ConfigMap or a key that is not there, or that holds no text. */
export function findConfigMapValue(
  ref: Cut<ConfigMapKeyRef>,
  path: FieldPath,
  configMaps: ConfigMaps,
  faults: FaultCollector,
): ConfigMapValue | null {
  if (ref.name === undefined || ref.key === undefined) return null;
  const manifest = configMaps.get(ref.name);
  if (manifest === undefined) {
    const hint = nameHint(ref.name, configMaps.keys(), 'add a manifest of the ConfigMap');
    faults.fault(
      [...path, 'name'],
      `there is no ConfigMap ${ref.name} in the namespace ${faults.manifest.namespace}`,
      hint,
    );
    return null;
  }
  const data = isJsonObject(manifest.value['data']) ? manifest.value['data'] : {};
  const binaryData = isJsonObject(manifest.value['binaryData']) ? manifest.value['binaryData'] : {};
  const isBinary = !Object.hasOwn(data, ref.key);
  const text = isBinary ? (Object.hasOwn(binaryData, ref.key) ? binaryData[ref.key] : undefined) : data[ref.key];
  const found = isBinary ? 'binaryData' : 'data';
  if (text === undefined) {
    const hint = nameHint(ref.key, [...Object.keys(data), ...Object.keys(binaryData)], 'the ConfigMap is empty');
    faults.fault([...path, 'key'], `the ConfigMap ${ref.name} has no key ${ref.key}`, hint);
    return null;
  }
  if (typeof text !== 'string') {
    faults.fault(
      [...path, 'key'],
      `${found} ${ref.key} of the ConfigMap ${ref.name} is not a text`,
      'put it in quotes',
    );
    return null;
  }
  if (isBinary && !BASE64.test(text.replaceAll(/\s/g, ''))) {
    faults.fault([...path, 'key'], `binaryData ${ref.key} of the ConfigMap ${ref.name} is not base64`, 'encode it');
    return null;
  }
  return { manifest, path: [found, ref.key], text, isBinary };
}

/** The bytes of a value: UTF-8 of a text, the decoded base64 of binary data. */
export function bytesOf(value: ConfigMapValue): Uint8Array {
  if (!value.isBinary) return new TextEncoder().encode(value.text);
  return Uint8Array.from(atob(value.text), (character) => character.charCodeAt(0));
}
