import type { KizenObject, KizenObjectSpec } from '../generated/types.ts';
import { isKizenObject } from '../generated/validators.js';
import type { Manifest } from '../manifest/manifest.ts';
import { SYSTEM_COLUMNS, type FieldModel, type FilterModel } from '../model/object.ts';
import { areAllNamed, itemsOf, type Cut } from './cut.ts';
import { checkEnvelope } from './envelope.ts';
import { FaultCollector, nameHint } from './fault-collector.ts';
import { buildFilter } from './filter.ts';
import type { KnownObject, KnownObjects } from './known-object.ts';
import { buildField } from './object-field.ts';
import { checkSchema } from './schema-faults.ts';

export interface CheckedObject {
  readonly known: KnownObject;
  readonly spec: Cut<KizenObjectSpec>;
  readonly faults: FaultCollector;
}

/** Checks a KizenObject as far as that goes without the other objects. */
export function checkObject(manifest: Manifest): CheckedObject {
  const faults = new FaultCollector(manifest);
  const spec = checkSchema<KizenObject>(isKizenObject, faults).spec ?? {};
  checkEnvelope('KizenObject', faults);
  const fields = new Map<string, FieldModel | null>();
  for (const [index, field] of itemsOf(spec.fields)) {
    const path = ['spec', 'fields', index];
    const built = buildField(field, path, faults);
    if (field.name === undefined) continue;
    if (fields.has(field.name)) {
      faults.fault([...path, 'name'], `the field ${field.name} is declared twice`, 'rename or remove one of the two');
    } else fields.set(field.name, built);
  }
  const areFieldsKnown = 'fields' in spec && areAllNamed(spec, 'fields');
  const filterGroups = checkFilterGroups(spec, { fields, areFieldsKnown }, faults);
  const model = {
    namespace: manifest.namespace,
    name: manifest.name,
    fields: [...fields.values()].filter((field) => field !== null),
    filterGroups: [...filterGroups].map(([name, filter]) => ({ name, filter })),
  };
  const known: KnownObject = {
    model,
    fields,
    areFieldsKnown,
    filterGroups,
    areFilterGroupsKnown: 'fields' in spec && areAllNamed(spec, 'filterGroups'),
    get isSound() {
      return faults.faults.length === 0;
    },
  };
  return { known, spec, faults };
}

function checkFilterGroups(
  spec: Cut<KizenObjectSpec>,
  object: Pick<KnownObject, 'fields' | 'areFieldsKnown'>,
  faults: FaultCollector,
): ReadonlyMap<string, FilterModel> {
  const groups = new Map<string, FilterModel>();
  for (const [index, group] of itemsOf(spec.filterGroups)) {
    const path = ['spec', 'filterGroups', index];
    const filter = buildFilter(group.filter ?? {}, object, [...path, 'filter'], faults);
    if (group.name === undefined) continue;
    if (groups.has(group.name)) {
      const message = `the filter group ${group.name} is declared twice`;
      faults.fault([...path, 'name'], message, 'rename or remove one of the two');
    } else groups.set(group.name, filter);
  }
  return groups;
}

/** Checks that relationships refer to objects that are there, under inverse names that nothing else has. */
export function checkRelationships(objects: readonly CheckedObject[], all: KnownObjects): void {
  const inverses = new Map<string, string>();
  for (const { spec, faults } of objects) {
    for (const [index, field] of itemsOf(spec.fields)) {
      if (field.type !== 'Relationship' || field.object === undefined) continue;
      const path = ['spec', 'fields', index];
      const target = all.get(field.object);
      if (target === undefined) {
        const hint = nameHint(field.object, all.keys(), 'add a manifest of the KizenObject');
        faults.fault([...path, 'object'], `there is no KizenObject ${field.object}`, hint);
      }
      if (field.inverse === undefined) continue;
      const at = [...path, 'inverse'];
      const taken = inverses.get(`${field.object} ${field.inverse}`);
      const here = `${faults.manifest.name}.${field.name ?? index}`;
      if (SYSTEM_COLUMNS.some((column) => column === field.inverse)) {
        faults.fault(at, `${field.inverse} is reserved: every table has a column of that name`, 'choose another name');
      } else if (taken !== undefined) {
        faults.fault(at, `${field.object} already sees ${taken} as ${field.inverse}`, 'choose another name');
      } else if (target?.fields.has(field.inverse) === true) {
        faults.fault(at, `${field.object} has a field ${field.inverse}`, 'choose another name');
      } else inverses.set(`${field.object} ${field.inverse}`, here);
    }
  }
}
