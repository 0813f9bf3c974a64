import type { Sql, SmartConnectorSpec } from '../generated/types.ts';
import { formatPath, type FieldPath } from '../manifest/field-path.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { SqlLimits, SqlModel } from '../model/connector.ts';
import { checkSettings } from '../sql/settings.ts';
import { bytesOf, findConfigMapValue, type ConfigMaps } from './config-map.ts';
import type { Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';
import { positiveBytes } from './trigger.ts';

const PATH = ['spec', 'sql'];

/** Bytes of a script at most: client-side apply keeps a copy of a manifest in an annotation. */
const MAX_SCRIPT_BYTES = 128 * 1024;

/** Finds the script and the sample. Null: the connector has no SQL, or what is wrong with it has been reported. */
export function buildSql(
  spec: Cut<SmartConnectorSpec>,
  configMaps: ConfigMaps,
  faults: FaultCollector,
): SqlModel | null {
  const { sql } = spec;
  if (sql === undefined) return null;
  const script = findScript(sql, configMaps, faults);
  for (const { path, message, hint } of checkSettings(textsOf(sql.settings))) {
    faults.fault([...PATH, 'settings', path?.split('.').at(-1) ?? ''], message, hint);
  }
  const sample = findSample(sql, configMaps, faults);
  if (script === null) return null;
  if (script.text.trim() === '') faults.fault(script.at, 'the script is empty', 'write a statement, or remove sql');
  if (new TextEncoder().encode(script.text).length > MAX_SCRIPT_BYTES) {
    faults.fault(script.at, 'the script is longer than 128 KiB', 'shorten it');
  }
  return {
    script: script.text,
    origin: originOf(script.manifest, script.path),
    sample,
    parameters: textsOf(sql.parameters),
    settings: textsOf(sql.settings),
  };
}

interface Script {
  readonly text: string;
  readonly manifest: Manifest;
  /** Where the text is in its manifest. */
  readonly path: FieldPath;
  /** Where the connector says so. */
  readonly at: FieldPath;
}

function findScript(sql: Cut<Sql>, configMaps: ConfigMaps, faults: FaultCollector): Script | null {
  const given = (['script', 'scriptFrom'] as const).filter((property) => property in sql);
  if (given.length !== 1) {
    const message =
      given.length === 0 ? 'the SQL has no script' : 'script and scriptFrom are given, and only one can be';
    faults.fault(given.length === 0 ? [...PATH, 'script'] : PATH, message, 'give exactly one of script and scriptFrom');
  }
  if (sql.script !== undefined) {
    const path = [...PATH, 'script'];
    return { text: sql.script, manifest: faults.manifest, path, at: path };
  }
  const ref = sql.scriptFrom?.configMapKeyRef;
  const at = [...PATH, 'scriptFrom', 'configMapKeyRef'];
  const value = ref === undefined ? null : findConfigMapValue(ref, at, configMaps, faults);
  if (value === null) return null;
  const text = value.isBinary ? new TextDecoder().decode(bytesOf(value)) : value.text;
  return { text, manifest: value.manifest, path: value.path, at };
}

function findSample(sql: Cut<Sql>, configMaps: ConfigMaps, faults: FaultCollector): SqlModel['sample'] {
  const ref = sql.sample?.configMapKeyRef;
  const path = [...PATH, 'sample', 'configMapKeyRef'];
  const value = ref === undefined ? null : findConfigMapValue(ref, path, configMaps, faults);
  return value === null || ref?.key === undefined ? null : { fileName: ref.key, content: bytesOf(value) };
}

function originOf(manifest: Manifest, path: FieldPath): SqlModel['origin'] {
  const origin = manifest.source.textOriginOf(path) ?? { firstLine: 1, indent: 0 };
  return { path: formatPath(path), file: manifest.source.file, ...origin };
}

function textsOf(texts: Readonly<Record<string, string | undefined>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts ?? {}).flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])),
  );
}

/** The limits of the script, with their defaults. */
export function buildLimits(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): SqlLimits {
  const limits = spec.sql?.limits;
  return {
    memoryBytes: positiveBytes(limits?.memory ?? '1Gi', [...PATH, 'limits', 'memory'], faults),
    seconds: limits?.seconds ?? 300,
    threads: limits?.threads ?? 1,
    rows: limits?.rows ?? 10_000_000,
  };
}
