import type { ConnectorRepository, SmartConnectorExecution } from '../generated/types.ts';
import { isConnectorRepository, isSmartConnectorExecution } from '../generated/validators.js';
import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type Manifest } from '../manifest/manifest.ts';
import { checkEnvelope } from './envelope.ts';
import { FaultCollector } from './fault-collector.ts';
import { checkSchema } from './schema-faults.ts';
import { checkDuration } from './trigger.ts';

/** Checks an execution by itself: its connector may be in the cluster only. */
export function checkExecution(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  const { spec } = checkSchema<SmartConnectorExecution>(isSmartConnectorExecution, faults);
  checkEnvelope('SmartConnectorExecution', faults);
  const sources = ['artifact', 'configMapKeyRef', 'persistentVolumeClaim'];
  if (spec?.input !== undefined) checkOne(spec.input, sources, ['spec', 'input'], faults);
  checkInside(spec?.input?.persistentVolumeClaim?.path, ['spec', 'input', 'persistentVolumeClaim', 'path'], faults);
  return faults;
}

/** Checks a repository of manifests. */
export function checkRepository(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  const { spec } = checkSchema<ConnectorRepository>(isConnectorRepository, faults);
  checkEnvelope('ConnectorRepository', faults);
  if (spec?.ref !== undefined) checkOne(spec.ref, ['branch', 'tag', 'commit'], ['spec', 'ref'], faults);
  if (spec?.url !== undefined && !URL.canParse(spec.url)) {
    faults.fault(
      ['spec', 'url'],
      `${JSON.stringify(spec.url.slice(0, 80))} is not a URL`,
      'write https://… or ssh://…',
    );
  }
  for (const name of ['branch', 'tag'] as const) checkRefName(spec?.ref?.[name], ['spec', 'ref', name], faults);
  checkInside(spec?.path, ['spec', 'path'], faults);
  for (const name of ['interval', 'timeout'] as const) checkDuration(spec?.[name], ['spec', name], faults);
  return faults;
}

/** Checks a ConfigMap: texts under `data` and `binaryData`, and no key under both. */
export function checkConfigMap(manifest: Manifest): FaultCollector {
  const faults = new FaultCollector(manifest);
  checkEnvelope('ConfigMap', faults);
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

/** `git check-ref-format`: what no branch or tag can be called. */
function checkRefName(name: string | undefined, path: FieldPath, faults: FaultCollector): void {
  if (name === undefined) return;
  const isRef = !/[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|^[-/.]|[/.]$/u.test(name) && name !== '@';
  if (isRef) return;
  const hint = 'write it as git branch or git tag lists it';
  faults.fault(path, `${JSON.stringify(name)} is not a name of a ${String(path.at(-1))} in Git`, hint);
}

/** A path inside of a folder: relative, and never out of it. */
function checkInside(path: string | undefined, at: FieldPath, faults: FaultCollector): void {
  if (path === undefined) return;
  if (!path.startsWith('/') && !path.split('/').includes('..')) return;
  faults.fault(at, `${JSON.stringify(path)} leads out of the folder`, 'write a relative path without ..');
}

function checkOne(value: object, properties: readonly string[], path: FieldPath, faults: FaultCollector): void {
  const given = properties.filter((property) => property in value);
  if (given.length > 1)
    faults.fault(
      path,
      `${given.join(' and ')} are given, and only one can be`,
      `give exactly one of ${properties.join(', ')}`,
    );
}
