import type { ObjectModel } from '../model/object.ts';
import type { FieldValue, FieldValues, Outcome } from '../model/outcome.ts';
import { isBlank, isSameValue } from '../planner/field-value.ts';
import { ARCHIVED_REASON, WRITTEN_STATUSES } from '../revert/net-effect.ts';

/** An execution that reached the record. */
export interface RecordExecution {
  readonly execution: string;
  readonly connector: string;
  /** The execution that it takes back; null for a run. */
  readonly reverts: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** One row that reached the record, as its execution tells it. */
export type RecordEvent = RecordExecution & Outcome;

/** Which row wrote something. */
export interface RecordSource extends RecordExecution {
  readonly scope: string;
  readonly step: string;
  readonly row: number;
  readonly rule: number | null;
  readonly status: Outcome['status'] | null;
  readonly reason: string | null;
}

/**
 * `AsWritten`: as the source left it. `ChangedOutside`: something other than an execution changed it after its source, or
 * set it where there is no source. `NeverWritten`: blank, and no execution wrote it. `Unknown`: the search ended before
 * it came to the field.
 */
export type FieldState = 'AsWritten' | 'ChangedOutside' | 'NeverWritten' | 'Unknown';

export interface FieldExplanation {
  readonly field: string;
  readonly value: FieldValue;
  readonly state: FieldState;
  /** Who wrote the field last. */
  readonly source: RecordSource | null;
  /** What the source left in it. */
  readonly written: FieldValue;
}

export interface RecordExplanation {
  readonly namespace: string;
  readonly object: string;
  readonly record: string;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly archivedAt: string | null;
  /** Null: not created by an execution that is known. */
  readonly createdBy: RecordSource | null;
  /** Who moved it into the archive or out of it last; null: no execution that was found. */
  readonly archivedBy: RecordSource | null;
  readonly unarchivedBy: RecordSource | null;
  readonly fields: readonly FieldExplanation[];
  /** Rows that reached the record, the newest first. */
  readonly history: readonly RecordEvent[];
  /** Whether every execution that could have reached the record was looked at. */
  readonly complete: boolean;
}

export interface FoundHistory {
  /** The newest first. */
  readonly events: readonly RecordEvent[];
  readonly complete: boolean;
}

export function isWriting({ status }: Pick<Outcome, 'status'>): boolean {
  return WRITTEN_STATUSES.includes(status);
}

/** Whether an event moved the record into the archive (true) or out of it (false). */
function archivingOf(event: RecordEvent): boolean | null {
  if (event.status === 'Unarchived' || event.status === 'Created') return false;
  return event.status === 'Updated' && event.reason === ARCHIVED_REASON ? true : null;
}

const sourceOf = (event: RecordEvent): RecordSource => {
  const { execution, connector, reverts, startedAt, scope, step, row, rule, status, reason } = event;
  return { execution, connector, reverts, startedAt, scope, step, row, rule, status, reason };
};

/** The names of fields that hold a value which no event explains. */
export function unexplainedFields(
  object: ObjectModel,
  values: FieldValues,
  events: readonly RecordEvent[],
): readonly string[] {
  const written = new Set(events.filter(isWriting).flatMap((event) => Object.keys(event.after ?? {})));
  return object.fields.flatMap(({ name }) => (!isBlank(values[name] ?? null) && !written.has(name) ? [name] : []));
}

/**
 * Tells of each field of a record who wrote it last, and whether it is still what they wrote.
 *
 * @param record every column, as readRecords gives it
 * @param createdBy what the record's id tells of its making
 */
export function explainRecord(
  object: ObjectModel,
  record: FieldValues,
  createdBy: RecordSource | null,
  { events, complete }: FoundHistory,
): RecordExplanation {
  const text = (name: string): string | null => {
    const value = record[name];
    return typeof value === 'string' ? value : null;
  };
  const creation = events.find((event) => event.status === 'Created');
  const move = events.find((event) => archivingOf(event) !== null && event.status !== 'Created');
  const moved = move === undefined ? null : archivingOf(move);
  return {
    namespace: object.namespace,
    object: object.name,
    record: text('id') ?? '',
    createdAt: text('created_at'),
    updatedAt: text('updated_at'),
    archivedAt: text('archived_at'),
    createdBy: creation === undefined ? createdBy : sourceOf(creation),
    archivedBy: move !== undefined && moved === true && text('archived_at') !== null ? sourceOf(move) : null,
    unarchivedBy: move !== undefined && moved === false && text('archived_at') === null ? sourceOf(move) : null,
    fields: object.fields.map((field): FieldExplanation => {
      const value = record[field.name] ?? null;
      const event = events.find((one) => isWriting(one) && Object.hasOwn(one.after ?? {}, field.name));
      if (event === undefined) {
        const state = !complete ? 'Unknown' : isBlank(value) ? 'NeverWritten' : 'ChangedOutside';
        return { field: field.name, value, state, source: null, written: null };
      }
      const written = event.after?.[field.name] ?? null;
      const state = isSameValue(field, value, written) ? 'AsWritten' : 'ChangedOutside';
      return { field: field.name, value, state, source: sourceOf(event), written };
    }),
    history: events,
    complete,
  };
}
