import type { ConflictResolution } from '../model/connector.ts';
import type { FieldModel } from '../model/object.ts';
import type { FieldValue, RowProblem } from '../model/outcome.ts';
import type { ScopeRow } from '../model/stages.ts';
import type { Conversion } from './convert.ts';
import { isBlank, isSameValue } from './field-value.ts';
import { decideMatch, type MatchDecision } from './match.ts';
import type { NewOption, ParentRow, RecordState, RecordView, RowPlan } from './plan.ts';
import type { CompiledMapping, CompiledStep } from './step.ts';

const NOTHING: readonly RowProblem[] = [];
const NO_OPTIONS: readonly NewOption[] = [];

/** A plan that writes nothing; the named parts laid over it. */
function leave(row: number, parts: Partial<RowPlan> & Pick<RowPlan, 'status' | 'reason'>): RowPlan {
  return {
    row,
    record: null,
    rule: null,
    before: null,
    after: null,
    errors: NOTHING,
    warnings: NOTHING,
    write: null,
    newOptions: NO_OPTIONS,
    unresolved: false,
    ...parts,
  };
}

/**
 * The specification of a load step, for one row: match, resolve, settle conflicts, write. Pure and total. Rows are taken
 * one after another in scope order, and `view` shows what the rows before this one have done.
 *
 * @param newId the id the record gets if one is created
 */
export function planRow(compiled: CompiledStep, row: ScopeRow, newId: string, view: RecordView): RowPlan {
  if (row.rejected) {
    const errors = row.problems.filter((problem) => problem.code === 'RequiredMissing');
    const warnings = row.problems.filter((problem) => problem.code !== 'RequiredMissing');
    return leave(row.row, { status: 'Rejected', reason: 'RequiredMissing', errors, warnings });
  }
  const warnings = row.problems;
  for (const step of compiled.parentSteps) {
    const parent = view.parent(step, row.row);
    if (parent?.status !== 'Failed') continue;
    const error = { code: 'ParentFailed', message: `the row failed in step ${step}, whose record this step needs` };
    return leave(row.row, { status: 'Failed', reason: error.code, errors: [error], warnings });
  }
  const decision = decideMatch(compiled.step.rules, compiled.keys(row), compiled.step.onBlankKey, view);
  const { reason, rule } = decision;
  switch (decision.action) {
    case 'Skip': {
      const status = decision.ambiguous ? 'SkippedAmbiguous' : 'SkippedByRule';
      return leave(row.row, { status, reason, rule, record: decision.record?.id ?? null, warnings });
    }
    case 'Unarchive':
      if (decision.update) break;
      return unarchiveOnly(row, decision.record, decision);
    default:
  }
  return writeRow(compiled, row, newId, decision, view);
}

function unarchiveOnly(row: ScopeRow, record: RecordState, { reason, rule }: MatchDecision): RowPlan {
  return leave(row.row, {
    status: 'Unarchived',
    reason,
    rule,
    record: record.id,
    before: {},
    after: {},
    warnings: row.problems,
    write: { kind: 'Update', record: { ...record, archived: false }, unarchive: true },
  });
}

type WriteDecision = Exclude<MatchDecision, { action: 'Skip' }>;

function writeRow(
  compiled: CompiledStep,
  row: ScopeRow,
  newId: string,
  decision: WriteDecision,
  view: RecordView,
): RowPlan {
  const current = decision.action === 'Create' ? null : decision.record;
  const before: Record<string, FieldValue> = {};
  const after: Record<string, FieldValue> = {};
  let hasChanges = false;
  let errors: RowProblem[] | null = null;
  let warnings: readonly RowProblem[] = row.problems;
  let newOptions: NewOption[] | null = null;
  let unresolved = false;
  for (const mapping of compiled.mappings) {
    const { field, conflictResolution } = mapping.mapping;
    let resolved: ResolvedValue;
    if (mapping.kind === 'Value') {
      resolved = mapping.convert(row);
    } else {
      const reference = resolveReference(mapping, row, view);
      unresolved ||= reference.unresolved;
      if (reference.warning !== null) warnings = [...warnings, reference.warning];
      if (reference.failure !== null) {
        (errors ??= []).push(reference.failure);
        continue;
      }
      resolved = reference;
    }
    const held = current?.values[field.name] ?? null;
    // A value is checked where it would be written: one that the conflict rule leaves out cannot fail the row.
    if (current !== null && !mayWrite(conflictResolution, held, resolved.value, resolved.problem !== null)) continue;
    const settled = current === null ? resolved.value : settle(conflictResolution, held, resolved.value);
    if (current !== null && isSameValue(field, held, settled)) continue;
    if (resolved.problem !== null) {
      (errors ??= []).push(resolved.problem);
      continue;
    }
    if (current === null && isBlank(settled)) continue;
    hasChanges = true;
    before[field.name] = held;
    after[field.name] = isBlank(settled) ? null : settled;
    for (const label of resolved.newOptions) (newOptions ??= []).push({ field: field.name, label });
  }
  const { reason, rule } = decision;
  const failure = errors?.[0];
  if (errors !== null && failure !== undefined) {
    const record = current?.id ?? null;
    return leave(row.row, { status: 'Failed', reason: failure.code, rule, record, errors, warnings, unresolved });
  }
  const common = {
    row: row.row,
    reason,
    rule,
    errors: NOTHING,
    warnings,
    newOptions: newOptions ?? NO_OPTIONS,
    unresolved,
  };
  if (current === null) {
    const record: RecordState = { id: newId, archived: false, values: after };
    return { ...common, status: 'Created', record: newId, before: null, after, write: { kind: 'Create', record } };
  }
  const unarchive = decision.action === 'Unarchive';
  if (!hasChanges && !unarchive) {
    return leave(row.row, { ...common, status: 'Unchanged', record: current.id });
  }
  const record: RecordState = { id: current.id, archived: false, values: { ...current.values, ...after } };
  return {
    ...common,
    status: unarchive ? 'Unarchived' : 'Updated',
    record: current.id,
    before,
    after,
    write: { kind: 'Update', record, unarchive },
  };
}

/** A value for a field: what a conversion gives, or a reference to another record. */
type ResolvedValue = Pick<Conversion, 'value' | 'problem' | 'newOptions'>;

interface ResolvedReference extends ResolvedValue {
  /** Fails the row whatever the record holds. */
  readonly failure: RowProblem | null;
  readonly warning: RowProblem | null;
  readonly unresolved: boolean;
}

const resolvedTo = (value: FieldValue): ResolvedReference => ({
  value,
  problem: null,
  failure: null,
  warning: null,
  newOptions: [],
  unresolved: false,
});

function resolveReference(
  mapping: Exclude<CompiledMapping, { kind: 'Value' }>,
  row: ScopeRow,
  view: RecordView,
): ResolvedReference {
  return mapping.kind === 'SameRow'
    ? resolveSameRow(mapping, view.parent(mapping.step, row.row))
    : resolveLookup(mapping, mapping.keys(row), view);
}

function resolveSameRow(
  { mapping, step }: Extract<CompiledMapping, { kind: 'SameRow' }>,
  parent: ParentRow | null,
): ResolvedReference {
  if (parent?.record != null) return resolvedTo(asReference(mapping.field, [parent.record]));
  return resolveNothing(mapping, `the row has no record in step ${step}`);
}

function resolveLookup(
  lookup: Extract<CompiledMapping, { kind: 'Lookup' }>,
  keys: readonly string[],
  view: RecordView,
): ResolvedReference {
  const { mapping, object, field } = lookup;
  const found: string[] = [];
  const missing: string[] = [];
  for (const key of keys) {
    const ids = view.findLive(object, field.name, key);
    const [id] = ids;
    if (ids.length > 1) {
      const message = `${mapping.field.name}: ${ids.length} records of ${object} have ${field.name} ${JSON.stringify(key)}`;
      const failure = { code: 'LookupAmbiguous', message, field: mapping.field.name, variable: lookup.variable };
      return { ...resolvedTo(null), failure };
    }
    if (id === undefined) missing.push(key);
    else found.push(id);
  }
  const [first] = missing;
  if (first === undefined) return resolvedTo(asReference(mapping.field, found));
  const rest = resolveNothing(mapping, `no live record of ${object} has ${field.name} ${JSON.stringify(first)}`);
  return { ...rest, value: asReference(mapping.field, found) };
}

function resolveNothing(mapping: CompiledMapping['mapping'], message: string): ResolvedReference {
  const problem = { code: 'Unresolved', message: `${mapping.field.name}: ${message}`, field: mapping.field.name };
  return mapping.onUnresolved === 'FailRow'
    ? { ...resolvedTo(null), failure: problem, unresolved: true }
    : { ...resolvedTo(null), warning: problem, unresolved: true };
}

function asReference(field: FieldModel, ids: readonly string[]): FieldValue {
  if (field.columnType === 'uuid[]') return ids.length === 0 ? null : [...new Set(ids)];
  return ids[0] ?? null;
}

/** Whether the conflict rule would write at all; a value with a problem is not blank. */
function mayWrite(rule: ConflictResolution, before: FieldValue, value: FieldValue, hasProblem: boolean): boolean {
  const blank = !hasProblem && isBlank(value);
  switch (rule) {
    case 'OnlyUpdateBlank':
      return isBlank(before) && !blank;
    case 'OverwriteClearIfBlank':
      return true;
    case 'OverwriteSkipIfBlank':
    case 'OnlyAddOptions':
      return !blank;
  }
}

function settle(rule: ConflictResolution, before: FieldValue, value: FieldValue): FieldValue {
  if (rule !== 'OnlyAddOptions' || !Array.isArray(before) || !Array.isArray(value)) return value;
  return [...new Set<string>([...(before as readonly string[]), ...(value as readonly string[])])];
}
