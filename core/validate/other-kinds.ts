import type { ConnectorRepository, SmartConnectorExecution } from '../generated/types.ts';
import { isConnectorRepository, isSmartConnectorExecution } from '../generated/validators.js';
import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type Manifest } from '../manifest/manifest.ts';
import { FaultCollector } from './fault-collector.ts';
import { checkSchema } from './schema-faults.ts';

/** Checks an execution by itself: its connector may be in the cluster only. */
export function checkExecution(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  const { spec } = checkSchema<SmartConnectorExecution>(isSmartConnectorExecution, faults);
  const sources = ['artifact', 'configMapKeyRef', 'persistentVolumeClaim'];
  if (spec?.input !== undefined) checkOne(spec.input, sources, ['spec', 'input'], faults);
  return faults;
}

/** Checks a repository of manifests. */
export function checkRepository(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  const { spec } = checkSchema<ConnectorRepository>(isConnectorRepository, faults);
  if (spec?.ref !== undefined) checkOne(spec.ref, ['branch', 'tag', 'commit'], ['spec', 'ref'], faults);
  if (spec?.url !== undefined && !URL.canParse(spec.url)) {
    faults.fault(['spec', 'url'], `${JSON.stringify(spec.url)} is not a URL`, 'write https://… or ssh://…');
  }
  return faults;
}

/** Checks a ConfigMap: texts under `data` and `binaryData`, and no key under both. */
export function checkConfigMap(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  for (const part of ['data', 'binaryData']) {
    const values = manifest.value[part];
    if (values === undefined || values === null) continue;
    if (!isJsonObject(values)) {
      faults.fault([part], `${part} is not a map`, 'write keys with texts');
      continue;
    }
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== 'string') faults.fault([part, key], `${key} is not a text`, 'put it in quotes');
      if (!/^[-._a-zA-Z0-9]+$/.test(key))
        faults.fault([part, key], `${key} is not a key`, 'use letters, digits, -, _ and .');
    }
  }
  const { data, binaryData } = manifest.value;
  for (const key of isJsonObject(data) && isJsonObject(binaryData) ? Object.keys(binaryData) : []) {
    if (!isJsonObject(data) || !Object.hasOwn(data, key)) continue;
    faults.fault(['binaryData', key], `${key} is under data and binaryData`, 'remove one of the two');
  }
  return faults;
}

function checkOne(value: object, properties: readonly string[], path: FieldPath, faults: FaultCollector): void {
  const given = properties.filter((property) => property in value);
  if (given.length !== 1) faults.fault(path, `give exactly one of ${properties.join(', ')}`, 'remove the others');
}
