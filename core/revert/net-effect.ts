import type { FieldValue, Outcome } from '../model/outcome.ts';

/** The reason of an outcome that archived its record; no status of the closed list says so. */
export const ARCHIVED_REASON = 'Archived';

/** What an outcome has to say about what was written. */
export type WrittenOutcome = Pick<Outcome, 'row' | 'step' | 'status' | 'reason' | 'record' | 'before' | 'after'>;

/** A field as the execution found it, and as it left it. */
export interface FieldEffect {
  readonly before: FieldValue;
  readonly after: FieldValue;
}

/** What an execution did to one record, whatever the number of rows that wrote it. */
export interface NetEffect {
  readonly record: string;
  readonly created: boolean;
  /** Whether the execution moved the record into the archive or out of it. */
  readonly archiving: 'Archived' | 'Unarchived' | null;
  readonly fields: Readonly<Record<string, FieldEffect>>;
  /** Where it was written last. */
  readonly step: string;
  readonly row: number;
}

/** Statuses of rows that wrote a record. */
export const WRITTEN_STATUSES: readonly Outcome['status'][] = ['Created', 'Updated', 'Unarchived'];

function archivingOf({ status, reason }: WrittenOutcome): NetEffect['archiving'] {
  if (status === 'Unarchived') return 'Unarchived';
  return status === 'Updated' && reason === ARCHIVED_REASON ? 'Archived' : null;
}

/**
 * Adds what a row wrote to what the rows before it did to the same record: of each field, the first value before and the
 * last value after count.
 *
 * @param effect null for the first row of the record
 */
export function addOutcome(effect: NetEffect | null, record: string, outcome: WrittenOutcome): NetEffect {
  const fields = new Map(Object.entries(effect?.fields ?? {}));
  for (const [name, after] of Object.entries(outcome.after ?? {})) {
    const known = fields.get(name);
    fields.set(name, { before: known === undefined ? (outcome.before?.[name] ?? null) : known.before, after });
  }
  return {
    record,
    created: effect?.created === true || outcome.status === 'Created',
    archiving: archivingOf(outcome) ?? effect?.archiving ?? null,
    fields: Object.fromEntries(fields),
    step: outcome.step,
    row: outcome.row,
  };
}
