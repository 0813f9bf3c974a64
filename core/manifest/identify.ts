import type { FaultDetail } from '../errors/app-error.ts';
import { closestName } from './closest-name.ts';
import { formatPath, type FieldPath } from './field-path.ts';
import {
  API_GROUP,
  API_VERSION,
  isJsonObject,
  RESOURCE_KINDS,
  type JsonObject,
  type JsonValue,
  type Manifest,
  type ManifestKind,
  type ManifestSource,
} from './manifest.ts';

export interface Identified {
  readonly manifest: Manifest | null;
  readonly faults: readonly FaultDetail[];
  readonly notes: readonly FaultDetail[];
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DEFAULT_NAMESPACE = 'default';

/**
 * Finds out which resource a value is: ours, a ConfigMap, somebody else's (a note), or a mistake (a fault). Where it is
 * plain what was meant, the manifest is there in spite of the fault, so that the rest of it is checked too.
 */
export function identify(value: JsonValue, source: ManifestSource): Identified {
  const place = (path: FieldPath): Partial<FaultDetail> => ({
    ...(path.length > 0 ? { path: formatPath(path) } : {}),
    ...(source.file === null ? {} : { file: source.file }),
    ...source.placeOf(path),
  });
  const fault = (path: FieldPath, message: string, hint: string): Identified => ({
    manifest: null,
    faults: [{ ...place(path), message, hint }],
    notes: [],
  });
  if (!isJsonObject(value)) return note(place([]), 'not a manifest; ignored');
  const { apiVersion, kind } = value;
  const known = knownKind(kind);
  /** The resource as it was meant, with the fault that keeps it from being that. */
  const meantAs = (meant: ManifestKind | null, first: Identified): Identified => {
    const rest = meant === null ? null : named(meant, value, source, place);
    return rest === null ? first : { ...rest, faults: [...first.faults, ...rest.faults] };
  };
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    const isManifest = kind !== undefined || apiVersion !== undefined || 'spec' in value || 'metadata' in value;
    const missing = typeof apiVersion !== 'string' ? 'apiVersion' : 'kind';
    if (isManifest && !(typeof kind === 'string' && known === null)) {
      const hint = missing === 'kind' ? `add one of ${RESOURCE_KINDS.join(', ')}` : `add apiVersion: ${API_VERSION}`;
      return meantAs(known, fault([missing], `${missing} is missing or not a text`, hint));
    }
    return note(place([]), 'not a manifest; ignored');
  }
  if (kind === 'ConfigMap' && apiVersion === 'v1') return named('ConfigMap', value, source, place);
  const isOurGroup = apiVersion.split('/')[0] === API_GROUP;
  if (isOurGroup && known === null) {
    const meant = closestName(kind, RESOURCE_KINDS);
    const hint = meant === null ? `use one of ${RESOURCE_KINDS.join(', ')}` : `did you mean ${meant}?`;
    return meantAs(knownKind(meant ?? undefined), fault(['kind'], `there is no kind ${kind} in ${API_GROUP}`, hint));
  }
  if (known === null) return note(place([]), `${apiVersion} ${kind} is not read; ignored`);
  if (apiVersion !== API_VERSION) {
    const hint = `write apiVersion: ${API_VERSION}`;
    return meantAs(known, fault(['apiVersion'], `${kind} has no version ${apiVersion}`, hint));
  }
  return named(known, value, source, place);
}

function note(place: Partial<FaultDetail>, message: string): Identified {
  return { manifest: null, faults: [], notes: [{ ...place, message }] };
}

function knownKind(kind: JsonValue | undefined): (typeof RESOURCE_KINDS)[number] | null {
  return RESOURCE_KINDS.find((candidate) => candidate === kind) ?? null;
}

function named(
  kind: ManifestKind,
  value: JsonObject,
  source: ManifestSource,
  place: (path: FieldPath) => Partial<FaultDetail>,
): Identified {
  const faults: FaultDetail[] = [];
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const name = metadata['name'];
  const namespace = metadata['namespace'] ?? DEFAULT_NAMESPACE;
  if (kind === 'SmartConnectorExecution' && name === undefined && typeof metadata['generateName'] === 'string') {
    // kubectl create makes the name.
  } else if (value['metadata'] !== undefined && !isJsonObject(value['metadata'])) {
    const hint = 'write metadata: {name: …}';
    faults.push({ ...place(['metadata']), message: 'metadata is not a map of fields', hint });
  } else if (typeof name !== 'string' || name === '') {
    const hint = `name the ${kind}: lower-case letters, digits, - and .`;
    faults.push({ ...place(['metadata', 'name']), message: 'metadata.name is missing or not a text', hint });
  } else if (!NAME.test(name) || name.length > 253) {
    const hint = 'use lower-case letters, digits, - and ., at most 253, with a letter or digit at both ends';
    faults.push({
      ...place(['metadata', 'name']),
      message: `${JSON.stringify(name)} is not a name in Kubernetes`,
      hint,
    });
  }
  if (typeof namespace !== 'string' || !NAMESPACE.test(namespace) || namespace.length > 63) {
    const hint = 'use lower-case letters, digits and -, at most 63, with a letter or digit at both ends';
    const message = `${JSON.stringify(namespace)} is not a namespace in Kubernetes`;
    faults.push({ ...place(['metadata', 'namespace']), message, hint });
  }
  const manifest = {
    kind,
    namespace: typeof namespace === 'string' ? namespace : DEFAULT_NAMESPACE,
    name: typeof name === 'string' ? name : '',
    value,
    source,
  };
  return { manifest, faults, notes: [] };
}
