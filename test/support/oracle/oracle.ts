import type { MappingModel, StepModel, VariableRef, VariableValue } from '../../../core/model/connector.ts';
import type { FieldModel } from '../../../core/model/object.ts';
import type { FieldValue, RowStatus } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import {
  inField,
  isEmpty,
  isEqualInMatching,
  isSame,
  joinInField,
  refusal,
  unknownLabels,
  type Refusal,
} from './oracle-values.ts';

/*
 * A load run as a person would do it by hand: records in a list, one row after another, one step after another. It knows
 * the rules of the product and nothing of how the planner works; the two are held against each other.
 */

export interface OracleRecord {
  readonly id: string;
  readonly object: string;
  archived: boolean;
  values: Record<string, FieldValue>;
}

export type Problem = Refusal | 'ParentFailed' | 'Unresolved' | 'LookupAmbiguous';
export type Situation = 'BlankKey' | 'NoMatch' | 'SingleMatch' | 'MultipleMatches' | 'ArchivedMatch';

export interface OracleOutcome {
  readonly row: number;
  readonly status: RowStatus;
  /** The situation in which a rule decided; null where none was asked. */
  readonly situation: Situation | null;
  /** Everything that made the row fail. */
  readonly problems: readonly Problem[];
  /** The record that the row matched or created. */
  readonly record: string | null;
  readonly rule: number | null;
  readonly before: Readonly<Record<string, FieldValue>> | null;
  readonly after: Readonly<Record<string, FieldValue>> | null;
  /** Relationships left blank because nothing was found. */
  readonly leftBlank: readonly string[];
}

export interface OracleRun {
  readonly timeZone: string;
  readonly steps: readonly StepModel[];
  /** By scope. */
  readonly scopes: ReadonlyMap<string, { readonly variables: readonly string[]; readonly rows: readonly ScopeRow[] }>;
  /** Additional variables, facts of the run filled in. */
  readonly constants: Readonly<Record<string, VariableValue>>;
  readonly newId: (step: number, row: number) => string;
}

/** The world that a run changes: all records of all objects, and labels that were added to fields. */
export interface OracleWorld {
  readonly records: OracleRecord[];
  /** `object.field` to its labels, those of the manifest aside. */
  readonly addedOptions: Map<string, string[]>;
}

type Target =
  | { readonly kind: 'Create'; readonly rule: number | null; readonly situation: Situation }
  | {
      readonly kind: 'Skip';
      readonly rule: number | null;
      readonly situation: Situation;
      readonly record: string | null;
    }
  | {
      readonly kind: 'Update' | 'UnarchiveAndUpdate' | 'UnarchiveOnly';
      readonly rule: number;
      readonly situation: Situation;
      readonly record: OracleRecord;
    };

type Resolved =
  | { readonly kind: 'Value'; readonly value: FieldValue; readonly leftBlank: boolean }
  | { readonly kind: 'Problem'; readonly problem: Problem };

/** Runs every step over every row and changes the world. Outcomes by step. */
export function runOracle(run: OracleRun, world: OracleWorld): Map<string, OracleOutcome[]> {
  const outcomes = new Map<string, OracleOutcome[]>();
  for (const step of run.steps) {
    const scope = run.scopes.get(step.scope);
    if (scope === undefined) throw new Error(`no scope ${step.scope}`);
    const done: OracleOutcome[] = [];
    outcomes.set(step.name, done);
    for (const row of scope.rows) {
      const valueOf = (variable: VariableRef): VariableValue => {
        const index = scope.variables.indexOf(variable.name);
        return index < 0 ? (run.constants[variable.name] ?? null) : (row.values[index] ?? null);
      };
      done.push(
        row.rejected ? blankOutcome(row.row, 'Rejected') : loadRow(step, row.row, valueOf, outcomes, run, world),
      );
    }
  }
  return outcomes;
}

function blankOutcome(row: number, status: RowStatus): OracleOutcome {
  return {
    row,
    status,
    situation: null,
    problems: [],
    record: null,
    rule: null,
    before: null,
    after: null,
    leftBlank: [],
  };
}

type ValueOf = (variable: VariableRef) => VariableValue;

function loadRow(
  step: StepModel,
  row: number,
  valueOf: ValueOf,
  outcomes: ReadonlyMap<string, readonly OracleOutcome[]>,
  run: OracleRun,
  world: OracleWorld,
): OracleOutcome {
  const parentOf = (name: string): OracleOutcome | undefined => outcomes.get(name)?.find((done) => done.row === row);
  const isOrphan = step.mappings.some(
    ({ source }) => source.kind === 'SameRow' && parentOf(source.step)?.status === 'Failed',
  );
  if (isOrphan) return { ...blankOutcome(row, 'Failed'), problems: ['ParentFailed'] };

  const target = findTarget(step, valueOf, run, world);
  if (target.kind === 'Skip') {
    const status = target.situation === 'MultipleMatches' ? 'SkippedAmbiguous' : 'SkippedByRule';
    return {
      ...blankOutcome(row, status),
      situation: target.situation,
      record: target.record,
      rule: target.rule,
    };
  }
  const record = target.kind === 'Create' ? null : target.record;
  const id = record?.id ?? run.newId(step.index, row);
  const base = {
    ...blankOutcome(row, 'Failed'),
    record: record?.id ?? null,
    rule: target.rule,
    situation: target.situation,
  };
  if (target.kind === 'UnarchiveOnly') {
    target.record.archived = false;
    return { ...base, status: 'Unarchived', record: id };
  }

  const before: Record<string, FieldValue> = {};
  const after: Record<string, FieldValue> = {};
  const problems: Problem[] = [];
  const leftBlank: string[] = [];
  const newLabels: { readonly key: string; readonly label: string }[] = [];
  for (const mapping of step.mappings) {
    const { field } = mapping;
    const resolved = resolve(mapping, valueOf, parentOf, run, world);
    if (resolved.kind === 'Problem') {
      problems.push(resolved.problem);
      continue;
    }
    if (resolved.leftBlank) leftBlank.push(field.name);
    const current = record?.values[field.name] ?? null;
    const written = record === null ? resolved.value : settle(mapping, current, resolved.value);
    if (isSame(field, current, written)) continue;
    const problem = refusal(field, written);
    if (problem !== null) problems.push(problem);
    const key = `${step.object.name}.${field.name}`;
    const options = field.options === null ? null : [...field.options, ...(world.addedOptions.get(key) ?? [])];
    const held: readonly string[] = typeof current === 'object' && current !== null ? current : [String(current)];
    const unknown = unknownLabels(options, written).filter(
      (label) => mapping.conflictResolution !== 'OnlyAddOptions' || !held.includes(label),
    );
    if (unknown.length > 0 && !mapping.createOptions) problems.push('Option');
    else newLabels.push(...unknown.map((label) => ({ key, label })));
    before[field.name] = current;
    after[field.name] = written;
  }
  if (problems.length > 0) return { ...base, problems, leftBlank };

  for (const { key, label } of newLabels) {
    const labels = world.addedOptions.get(key) ?? [];
    world.addedOptions.set(key, labels.includes(label) ? labels : [...labels, label]);
  }
  if (record === null) {
    world.records.push({ id, object: step.object.name, archived: false, values: { ...after } });
    return { ...base, status: 'Created', record: id, after, leftBlank };
  }
  Object.assign(record.values, after);
  const isChanged = Object.keys(after).length > 0;
  const written = isChanged ? { before, after } : {};
  if (target.kind === 'UnarchiveAndUpdate') {
    record.archived = false;
    return { ...base, status: 'Unarchived', ...written, leftBlank };
  }
  return { ...base, status: isChanged ? 'Updated' : 'Unchanged', ...written, leftBlank };
}

/** What an existing value becomes when a mapped value meets it. */
function settle(mapping: MappingModel, current: FieldValue, value: FieldValue): FieldValue {
  switch (mapping.conflictResolution) {
    case 'OnlyUpdateBlank':
      return isEmpty(current) ? value : current;
    case 'OverwriteClearIfBlank':
      return value;
    case 'OverwriteSkipIfBlank':
      return isEmpty(value) ? current : value;
    case 'OnlyAddOptions': {
      const list = (labels: FieldValue): string[] => (typeof labels === 'object' && labels !== null ? [...labels] : []);
      return [...list(current), ...list(value).filter((label) => !list(current).includes(label))];
    }
  }
}

/** Follows the rules in their order until one says what to do. */
function findTarget(step: StepModel, valueOf: ValueOf, run: OracleRun, world: OracleWorld): Target {
  if (step.rules.every((rule) => isEmpty(valueOf(rule.variable)))) {
    if (step.onBlankKey === 'CreateNew') return { kind: 'Create', rule: null, situation: 'BlankKey' };
    return { kind: 'Skip', rule: null, situation: 'BlankKey', record: null };
  }
  let among = world.records.filter((record) => record.object === step.object.name);
  for (const [index, rule] of step.rules.entries()) {
    const number = index + 1;
    const found = among.filter((record) => holds(record, rule.field, rule.variable, valueOf(rule.variable), run));
    const live = found.filter((record) => !record.archived);
    const candidates = live.length > 0 ? live : found;
    const [first] = candidates;
    const situation: Situation =
      first === undefined
        ? 'NoMatch'
        : candidates.length > 1
          ? 'MultipleMatches'
          : first.archived
            ? 'ArchivedMatch'
            : 'SingleMatch';
    const action = {
      NoMatch: rule.onNoMatch,
      SingleMatch: rule.onSingleMatch,
      MultipleMatches: rule.onMultipleMatches,
      ArchivedMatch: rule.onArchivedMatch,
    }[situation];
    switch (action) {
      case 'CreateNew':
        return { kind: 'Create', rule: number, situation };
      case 'DoNotUpload': {
        const record = candidates.length === 1 ? (first?.id ?? null) : null;
        return { kind: 'Skip', rule: number, situation, record };
      }
      case 'NextRule':
        among = found;
        break;
      case 'NextRuleIgnorePrevious':
        among = world.records.filter((record) => record.object === step.object.name);
        break;
      default: {
        if (first === undefined) throw new Error(`${action} without a record`);
        return { kind: action === 'UpdateCurrent' ? 'Update' : action, rule: number, situation, record: first };
      }
    }
  }
  throw new Error('the last rule went on to the next');
}

function holds(
  record: OracleRecord,
  field: FieldModel,
  variable: VariableRef,
  value: VariableValue,
  run: OracleRun,
): boolean {
  if (typeof value !== 'string') return false;
  const held = field.name === 'id' ? record.id : (record.values[field.name] ?? null);
  return isEqualInMatching(field, held, inField(field, variable, value, run.timeZone));
}

/** What a mapping gives for a row, before it meets the record. */
function resolve(
  mapping: MappingModel,
  valueOf: ValueOf,
  parentOf: (step: string) => OracleOutcome | undefined,
  run: OracleRun,
  world: OracleWorld,
): Resolved {
  const { source, field } = mapping;
  const isList = field.columnType === 'uuid[]';
  const unresolved: Resolved =
    mapping.onUnresolved === 'FailRow'
      ? { kind: 'Problem', problem: 'Unresolved' }
      : { kind: 'Value', value: null, leftBlank: true };
  if (source.kind === 'Variables') {
    const parts = source.variables.map((variable) => ({ variable, value: valueOf(variable) }));
    return { kind: 'Value', value: joinInField(field, parts, source.separator, run.timeZone), leftBlank: false };
  }
  if (source.kind === 'SameRow') {
    const record = parentOf(source.step)?.record ?? null;
    return record === null ? unresolved : { kind: 'Value', value: isList ? [record] : record, leftBlank: false };
  }
  const value = valueOf(source.variable);
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  const live = world.records.filter((record) => record.object === source.object.name && !record.archived);
  const found = texts.map((text) => live.filter((record) => holds(record, source.field, source.variable, text, run)));
  if (found.some((records) => records.length > 1)) return { kind: 'Problem', problem: 'LookupAmbiguous' };
  const isMissing = found.some((records) => records.length === 0);
  if (isMissing && mapping.onUnresolved === 'FailRow') return unresolved;
  const ids = [...new Set(found.flatMap((records) => records.map(({ id }) => id)))];
  if (ids.length === 0) return { kind: 'Value', value: null, leftBlank: isMissing };
  return { kind: 'Value', value: isList ? ids : (ids[0] ?? null), leftBlank: isMissing };
}
