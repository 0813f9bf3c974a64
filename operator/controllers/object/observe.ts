import {
  DESTRUCTIVE_ANNOTATION,
  type MigrationAllowance,
  type ObjectMigration,
} from '../../../runner/postgres/object-migration.ts';
import { readObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import type { ObjectResource } from '../../api/kinds.ts';
import { checkObject, type CheckedObject } from './check-object.ts';
import type { ObjectPorts } from './ports.ts';

export interface Observation {
  readonly checked: CheckedObject;
  readonly allow: MigrationAllowance;
  /** Null: the object has faults, and its table is left alone. */
  readonly migration: ObjectMigration | null;
}

export async function observe(resource: ObjectResource, ports: ObjectPorts): Promise<Observation> {
  const checked = checkObject(resource, ports.objects);
  const isAllowed = resource.metadata.annotations?.[DESTRUCTIVE_ANNOTATION] === 'true';
  const allow = { removeFields: isAllowed, changeTypes: isAllowed };
  const migration = checked.model === null ? null : await readObjectMigration(ports.pool, checked.model, allow);
  return { checked, allow, migration };
}
