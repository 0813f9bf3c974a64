import type { ReferenceData, SmartConnectorSpec } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { ReferenceDataModel } from '../model/connector.ts';
import type { FieldModel, FilterModel } from '../model/object.ts';
import { itemsOf, type Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';
import { buildFilter } from './filter.ts';
import type { KnownObject, KnownObjects } from './known-object.ts';
import { findObject } from './load-steps.ts';
import { findField } from './matching.ts';

/** Every table of reference data has it besides the fields that were asked for. */
const ID_COLUMN = 'kizen_id';

/** Checks the reference data. What is returned holds the sound ones. */
export function buildReferenceData(
  spec: Cut<SmartConnectorSpec>,
  objects: KnownObjects,
  faults: FaultCollector,
): readonly ReferenceDataModel[] {
  const tables = new Set<string>();
  return itemsOf(spec.referenceData).flatMap(([index, item]) => {
    const path = ['spec', 'referenceData', index];
    const table = item.table ?? item.object;
    if (table !== undefined) {
      const at = [...path, item.table === undefined ? 'object' : 'table'];
      if (tables.has(table))
        faults.fault(at, `the table kizen.${table} is declared twice`, 'give one of them another table');
      tables.add(table);
    }
    const object = findObject(item.object, [...path, 'object'], objects, faults);
    if (object === null || table === undefined) return [];
    const filter = buildItemFilter(item, object, path, faults);
    const fields = buildFields(item, object, [...path, 'fields'], faults);
    return [{ object: object.model, table, filter, fields }];
  });
}

function buildItemFilter(
  item: Cut<ReferenceData>,
  object: KnownObject,
  path: FieldPath,
  faults: FaultCollector,
): FilterModel | null {
  const { filterGroup, filter } = item;
  if ('filterGroup' in item && 'filter' in item) {
    faults.fault([...path, 'filter'], 'filterGroup and filter are given, and only one can be', 'remove one of the two');
  }
  if (filterGroup !== undefined) {
    const group = object.filterGroups.get(filterGroup);
    if (group !== undefined) return group;
    if (!object.areFilterGroupsKnown) return null;
    const hint = nameHint(filterGroup, object.filterGroups.keys(), 'declare it in the KizenObject');
    faults.fault([...path, 'filterGroup'], `the object ${object.model.name} has no filter group ${filterGroup}`, hint);
  }
  return filter === undefined ? null : buildFilter(filter, object, [...path, 'filter'], faults);
}

function buildFields(
  item: Cut<ReferenceData>,
  object: KnownObject,
  path: FieldPath,
  faults: FaultCollector,
): readonly FieldModel[] {
  const seen = new Set<string>();
  return itemsOf(item.fields).flatMap(([index, name]) => {
    const at = [...path, index];
    if (name === ID_COLUMN || (name === 'id' && !object.fields.has(name))) {
      faults.fault(at, `${ID_COLUMN} is always there`, 'remove it from the list');
      return [];
    }
    if (seen.has(name)) faults.fault(at, `the field ${name} is listed twice`, 'remove one');
    seen.add(name);
    const field = findField(name, at, { object, faults }, false);
    return field === null ? [] : [field];
  });
}
