import type { FieldModel } from '../model/object.ts';
import type { FieldValue, RowProblem, RowStatus } from '../model/outcome.ts';
import { isBlank, isSameValue } from '../planner/field-value.ts';
import type { RecordState, RowPlan } from '../planner/plan.ts';
import { ARCHIVED_REASON, type NetEffect } from './net-effect.ts';

/** A record as it is now. */
export interface CurrentRecord extends RecordState {
  /** Whether another run, reverts aside, was the last to write it. */
  readonly writtenSince: boolean;
}

/** What is to be written: the values to restore, and whether the record goes into the archive or out of it. */
export interface RevertWrite {
  readonly record: string;
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly archive: boolean | null;
}

export interface RevertPlan {
  readonly plan: RowPlan;
  readonly write: RevertWrite | null;
}

/** What became of the fields that the execution wrote. */
interface FieldJudgement {
  readonly restored: readonly { readonly name: string; readonly before: FieldValue; readonly after: FieldValue }[];
  readonly warnings: readonly RowProblem[];
  readonly changed: boolean;
}

const show = (value: FieldValue): string => {
  if (isBlank(value)) return 'blank';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

const changedSince = (name: string, now: FieldValue, left: FieldValue): RowProblem => ({
  code: 'ChangedSince',
  message: `${name}: is ${show(now)} now, and the execution left ${show(left)}`,
  field: name,
});

/**
 * The specification of a revert, for one record: what the execution wrote and nobody changed since goes back to what it
 * was before. Pure and total; every record is judged by itself.
 *
 * @param row the number of the record in the revert
 * @param fields of the object as they are now, by name, without those whose type is another than the execution's
 * @param current null: the record is no longer in the table
 */
export function planRevert(
  effect: NetEffect,
  row: number,
  fields: ReadonlyMap<string, FieldModel>,
  current: CurrentRecord | null,
): RevertPlan {
  if (current === null) return leave(effect, row, 'SkippedByRule', 'RecordGone', []);
  if (effect.created) return undoCreate(effect, row, fields, current);
  const judgement = judgeFields(effect, fields, current);
  const { restored } = judgement;
  const warnings = [...judgement.warnings];
  let archive: boolean | null = null;
  let kept = false;
  if (effect.archiving === 'Archived' && current.archived) archive = false;
  if (effect.archiving === 'Unarchived' && !current.archived) {
    kept = judgement.changed || current.writtenSince;
    if (!kept) archive = true;
    else if (!judgement.changed) {
      const message = 'the record stays out of the archive, since another execution wrote it after it was unarchived';
      warnings.push({ code: 'ChangedSince', message });
    }
  }
  if (archive === null && restored.length === 0) {
    if (judgement.changed || kept) return leave(effect, row, 'SkippedByRule', 'ChangedSince', warnings);
    if (warnings.length > 0) return leave(effect, row, 'SkippedByRule', 'FieldGone', warnings);
    return leave(effect, row, 'Unchanged', 'AlreadyRestored', []);
  }
  if (effect.archiving === null && current.archived) {
    warnings.push({
      code: 'ArchivedSince',
      message: 'the record was archived since; its values are restored all the same',
    });
  }
  const values = Object.fromEntries(restored.map(({ name, after }) => [name, after]));
  return {
    plan: {
      ...nothing(effect, row),
      status: archive === false ? 'Unarchived' : 'Updated',
      reason: archive === true ? ARCHIVED_REASON : 'Restored',
      before: Object.fromEntries(restored.map(({ name, before }) => [name, before])),
      after: values,
      warnings,
    },
    write: { record: effect.record, values, archive },
  };
}

function judgeFields(
  effect: NetEffect,
  fields: ReadonlyMap<string, FieldModel>,
  current: CurrentRecord,
): FieldJudgement {
  const restored: { name: string; before: FieldValue; after: FieldValue }[] = [];
  const warnings: RowProblem[] = [];
  let changed = false;
  for (const [name, { before, after }] of Object.entries(effect.fields)) {
    const field = fields.get(name);
    if (field === undefined) {
      const message = `${name}: is no longer a field of the object, or one of another type`;
      warnings.push({ code: 'FieldGone', message, field: name });
      continue;
    }
    const now = current.values[name] ?? null;
    if (isSameValue(field, now, before)) continue;
    if (isSameValue(field, now, after)) restored.push({ name, before: now, after: isBlank(before) ? null : before });
    else {
      changed = true;
      warnings.push(changedSince(name, now, after));
    }
  }
  return { restored, warnings, changed };
}

/** A created record goes into the archive, as long as it is what the execution made it, in all its fields. */
function undoCreate(
  effect: NetEffect,
  row: number,
  fields: ReadonlyMap<string, FieldModel>,
  current: CurrentRecord,
): RevertPlan {
  if (current.archived) return leave(effect, row, 'Unchanged', 'AlreadyArchived', []);
  const warnings: RowProblem[] = [];
  for (const [name, field] of fields) {
    const now = current.values[name] ?? null;
    const left = effect.fields[name]?.after ?? null;
    if (!isSameValue(field, now, left)) warnings.push(changedSince(name, now, left));
  }
  if (warnings.length > 0) return leave(effect, row, 'SkippedByRule', 'ChangedSince', warnings);
  return {
    plan: { ...nothing(effect, row), status: 'Updated', reason: ARCHIVED_REASON, before: {}, after: {} },
    write: { record: effect.record, values: {}, archive: true },
  };
}

function nothing({ record }: NetEffect, row: number): Omit<RowPlan, 'status' | 'reason'> {
  return {
    row,
    record,
    rule: null,
    before: null,
    after: null,
    errors: [],
    warnings: [],
    write: null,
    newOptions: [],
    unresolved: false,
  };
}

function leave(
  effect: NetEffect,
  row: number,
  status: RowStatus,
  reason: string,
  warnings: readonly RowProblem[],
): RevertPlan {
  return { plan: { ...nothing(effect, row), status, reason, warnings }, write: null };
}
