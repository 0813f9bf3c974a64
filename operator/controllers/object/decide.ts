import type { FaultDetail } from '../../../core/errors/app-error.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { MigrationAllowance } from '../../../runner/postgres/object-migration.ts';
import type { Observation } from './observe.ts';

export type Decision =
  /** The table stays as it is until a person changes something. */
  | {
      readonly kind: 'Refuse';
      readonly reason: 'Invalid' | 'MigrationRefused';
      readonly faults: readonly FaultDetail[];
    }
  | {
      readonly kind: 'Migrate';
      readonly model: ObjectModel;
      readonly allow: MigrationAllowance;
      /** Whether the table has to be made or changed at all. */
      readonly isChange: boolean;
    };

/** A refused change holds back the others as well: half of a migration is nobody's schema. */
export function decide({ checked, allow, migration }: Observation): Decision {
  if (checked.model === null) return { kind: 'Refuse', reason: 'Invalid', faults: checked.faults };
  const { refusals, statements } = migration ?? { refusals: [], statements: [] };
  if (refusals.length > 0) return { kind: 'Refuse', reason: 'MigrationRefused', faults: refusals };
  return { kind: 'Migrate', model: checked.model, allow, isChange: statements.length > 0 };
}
