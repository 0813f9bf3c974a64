import {
  mergeConditions,
  observedGeneration,
  standingConditions,
  type Standing,
} from '../../../core/control/conditions.ts';
import { renderFaults } from '../../../core/control/fault-text.ts';
import type { AppError } from '../../../core/errors/app-error.ts';
import type { KizenObjectStatus } from '../../../core/generated/types.ts';
import { schemaName, tableName } from '../../../runner/postgres/object-table.ts';
import type { ObjectResource } from '../../api/kinds.ts';
import type { Decision } from './decide.ts';

export interface Summary {
  readonly resource: ObjectResource;
  /** Null: it could not be found out. */
  readonly decision: Decision | null;
  /** What kept the controller from doing what it decided; null: nothing. */
  readonly failure: AppError | null;
  /** Null: unknown. */
  readonly recordCount: number | null;
}

/** The whole status of an object, from what was seen. */
export function summarize({ resource, decision, failure, recordCount }: Summary, now: Date): KizenObjectStatus {
  const { metadata, status: before = {} } = resource;
  const standing = standingOf(decision, failure, resource);
  const isReady = standing.kind === 'Ready' && decision?.kind === 'Migrate';
  const table = isReady ? `${schemaName(metadata.namespace)}.${tableName(metadata.name)}` : before.table;
  const fieldCount = isReady ? decision.model.fields.length : before.fieldCount;
  const records = recordCount ?? before.recordCount;
  const time = now.toISOString().replace(/\.\d{3}Z$/, 'Z');
  return {
    observedGeneration: observedGeneration(standing, metadata.generation, before.observedGeneration),
    ...(table === undefined ? {} : { table }),
    ...(fieldCount === undefined ? {} : { fieldCount }),
    ...(records === undefined ? {} : { recordCount: records }),
    conditions: mergeConditions(before.conditions ?? [], standingConditions(standing), metadata.generation, time),
  };
}

function standingOf(decision: Decision | null, failure: AppError | null, { metadata }: ObjectResource): Standing {
  if (decision?.kind === 'Refuse') {
    return { kind: 'Stalled', reason: decision.reason, message: renderFaults(decision.faults) };
  }
  if (failure !== null) return { kind: 'Reconciling', reason: 'ProgressingWithRetry', message: failure.message };
  return {
    kind: 'Ready',
    reason: 'Migrated',
    message: `the table of ${metadata.name} has the fields that it should have`,
  };
}
