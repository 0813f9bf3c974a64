import type { SmartConnector, SmartConnectorSpec } from '../generated/types.ts';
import { isSmartConnector } from '../generated/validators.js';
import type { Manifest } from '../manifest/manifest.ts';
import type { AbortableCount, AbortLimit, ConnectorModel } from '../model/connector.ts';
import type { ConfigMaps } from './config-map.ts';
import { itemsOf, type Cut } from './cut.ts';
import { checkEnvelope } from './envelope.ts';
import { FaultCollector } from './fault-collector.ts';
import type { KnownObject, KnownObjects } from './known-object.ts';
import { buildSteps } from './load-steps.ts';
import { checkNotifications } from './notifications.ts';
import { buildReferenceData } from './reference-data.ts';
import { checkSchema } from './schema-faults.ts';
import { buildLimits, buildSql } from './sql.ts';
import { buildSpreadsheet, checkHeader, checkTrigger } from './trigger.ts';
import { buildVariables } from './variables.ts';

export interface CheckedConnector {
  readonly manifest: Manifest;
  /** Null: it has a fault of its own, or an object that it refers to has one. */
  readonly model: ConnectorModel | null;
  /** Every object it refers to, relationships of written objects among them. */
  readonly objects: readonly KnownObject[];
  readonly faults: FaultCollector;
}

/** Checks a connector against the objects and ConfigMaps of its namespace, and fills in every default. */
export function checkConnector(manifest: Manifest, objects: KnownObjects, configMaps: ConfigMaps): CheckedConnector {
  const faults = new FaultCollector(manifest);
  const spec = checkSchema<SmartConnector>(isSmartConnector, faults).spec ?? {};
  checkEnvelope('SmartConnector', faults);
  checkTrigger(spec, faults);
  checkWithoutSql(spec, faults);
  checkConcurrency(spec, faults);
  checkNotifications(spec.notifications, faults);
  const variables = buildVariables(spec, faults);
  const steps = buildSteps(spec, objects, variables, faults);
  const model = {
    namespace: manifest.namespace,
    name: manifest.name,
    type: spec.type ?? 'Spreadsheet',
    active: spec.active ?? true,
    timeZone: spec.timeZone ?? 'UTC',
    phoneRegion: spec.phoneRegion ?? null,
    spreadsheet: buildSpreadsheet(spec.spreadsheet, faults),
    webhook: { bodySchema: spec.webhook?.bodySchema ?? null },
    schedule: spec.scheduler?.schedule ?? null,
    sql: buildSql(spec, configMaps, faults),
    limits: buildLimits(spec, faults),
    referenceData: buildReferenceData(spec, objects, faults),
    externalSources: buildExternalSources(spec, faults),
    scopes: variables.scopes,
    additionalVariables: variables.additional,
    steps,
    diffCheck: spec.diffCheck?.enabled ?? false,
    abortIf: buildAbortIf(spec),
    maxExecutions: spec.concurrency?.maxExecutions ?? 1,
    reportMaxRows: spec.report?.maxRows ?? 1_000_000,
  } satisfies ConnectorModel;
  const referred = referredObjects(spec, objects);
  if (faults.faults.length > 0) return { manifest, model: null, objects: referred, faults };
  for (const [path, name] of variables.unused()) {
    faults.warn(path, `no load step uses the variable ${name}`, 'map it, or remove it');
  }
  return { manifest, model: referred.every(({ isSound }) => isSound) ? model : null, objects: referred, faults };
}

/** Without SQL there is one input table, and it is the scope. */
function checkWithoutSql(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): void {
  if ('sql' in spec) return;
  for (const list of ['referenceData', 'externalSources'] as const) {
    if (itemsOf<unknown>(spec[list]).length > 0)
      faults.warn(['spec', list], `without sql nothing reads ${list}`, 'remove it');
  }
  if (spec.type !== 'Spreadsheet') return;
  for (const [index, { column }] of itemsOf(spec.executionVariables)) {
    if (column !== undefined) checkHeader(column, ['spec', 'executionVariables', index, 'column'], faults);
  }
  const tables = itemsOf(spec.spreadsheet?.tables);
  if (tables.length > 1) {
    const message = `the spreadsheet has ${tables.length} tables, and several tables need sql`;
    faults.fault(['spec', 'sql'], message, 'add sql: {script: …}');
    return;
  }
  const table = tables[0]?.[1].name;
  const lists = [
    ['executionVariables', itemsOf(spec.executionVariables)],
    ['loadSteps', itemsOf(spec.loadSteps)],
  ] as const;
  let expected = table;
  for (const [list, items] of lists) {
    for (const [index, { scope }] of items) {
      if (scope === undefined) continue;
      expected ??= scope;
      if (scope === expected) continue;
      const message =
        table === undefined
          ? `without sql there is one scope, and ${expected} is named too`
          : `without sql the only scope is the input table ${table}`;
      faults.fault(['spec', list, index, 'scope'], message, `write ${expected}, leave scope out, or add sql`);
    }
  }
}

function checkConcurrency(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): void {
  const maxExecutions = spec.concurrency?.maxExecutions ?? 1;
  if (spec.diffCheck?.enabled !== true || maxExecutions <= 1) return;
  const message = `with the diff check on, maxExecutions is at most 1, and it is ${maxExecutions}`;
  faults.fault(['spec', 'concurrency', 'maxExecutions'], message, 'write 1, or turn the diff check off');
}

function buildExternalSources(
  spec: Cut<SmartConnectorSpec>,
  faults: FaultCollector,
): ConnectorModel['externalSources'] {
  const names = new Set<string>();
  return itemsOf(spec.externalSources).flatMap(([index, { name, kind, secretRef }]) => {
    if (name === undefined) return [];
    if (names.has(name)) {
      const path = ['spec', 'externalSources', index, 'name'];
      faults.fault(path, `the external source ${name} is declared twice`, 'rename or remove one of the two');
    }
    names.add(name);
    if (kind === undefined || secretRef?.name === undefined) return [];
    return [{ name, kind, secret: secretRef.name, secretKey: secretRef.key ?? null }];
  });
}

const COUNTS: readonly AbortableCount[] = [
  'created',
  'updated',
  'unarchived',
  'skippedByRule',
  'skippedAmbiguous',
  'rejected',
  'failed',
];

function buildAbortIf(spec: Cut<SmartConnectorSpec>): readonly AbortLimit[] {
  return COUNTS.flatMap((count) => {
    const limit = spec.abortIf?.[count];
    return limit === undefined ? [] : [{ count, percent: limit.percent ?? null, rows: limit.rows ?? null }];
  });
}

/** Objects that steps and reference data name, and those that relationships of written objects refer to. */
function referredObjects(spec: Cut<SmartConnectorSpec>, objects: KnownObjects): readonly KnownObject[] {
  const found = new Set<KnownObject>();
  for (const [, { object: name }] of [...itemsOf(spec.loadSteps), ...itemsOf(spec.referenceData)]) {
    const object = name === undefined ? undefined : objects.get(name);
    if (object === undefined) continue;
    found.add(object);
    for (const field of object.fields.values()) {
      const target = field?.object == null ? undefined : objects.get(field.object);
      if (target !== undefined) found.add(target);
    }
  }
  return [...found];
}
