import type { FieldModel, ObjectModel } from '../../../core/model/object.ts';
import type { FieldValue, Outcome, RowProblem } from '../../../core/model/outcome.ts';
import type { RunFacts } from '../../../core/planner/step.ts';
import { buildRecordIds } from '../../../core/planner/record-id.ts';
import type { World } from '../../../core/planner/reference.ts';
import { runReference } from '../../../core/planner/reference.ts';
import type { RowPlan } from '../../../core/planner/plan.ts';
import { readDecimal } from './oracle-values.ts';
import { runOracle, type OracleOutcome, type OracleRecord, type OracleWorld, type Problem } from './oracle.ts';
import type { RandomWorld } from './random-world.ts';

/* Brings the oracle, the planner and the database into one form, so that they can be compared with one assertion. */

/** What a row came to, without what only differs in wording. */
export interface PlainOutcome {
  readonly row: number;
  readonly status: string;
  readonly reason: string | null;
  readonly record: string | null;
  readonly rule: number | null;
  readonly before: Readonly<Record<string, FieldValue>>;
  readonly after: Readonly<Record<string, FieldValue>>;
  readonly errors: readonly string[];
  readonly leftBlank: readonly (string | undefined)[];
  /** Codes of what typing had to say of the row. */
  readonly warned: readonly string[];
}

export type PlainRecord = readonly [id: string, archived: boolean, values: Readonly<Record<string, FieldValue>>];

/** Outcomes by step, records by object, options added by `object.field`. */
export interface PlainRun {
  readonly outcomes: Readonly<Record<string, readonly PlainOutcome[]>>;
  readonly records: Readonly<Record<string, readonly PlainRecord[]>>;
  readonly addedOptions: Readonly<Record<string, readonly string[]>>;
}

const CODES: Readonly<Record<Problem, string>> = {
  Length: 'TooLong',
  Range: 'OutOfRange',
  Scale: 'TooManyDecimals',
  Email: 'InvalidEmail',
  Phone: 'InvalidPhoneNumber',
  TimeZone: 'InvalidTimezone',
  Option: 'UnknownOption',
  ParentFailed: 'ParentFailed',
  Unresolved: 'Unresolved',
  LookupAmbiguous: 'LookupAmbiguous',
};

export const START_MS = Date.UTC(2026, 0, 31, 12);
export const SALT = '0123abcde';

export const FACTS: RunFacts = {
  ExecutionStartTime: '2026-01-31T12:00:00Z',
  ExecutionId: 'execution',
  ConnectorName: 'connector',
  TriggerType: 'Spreadsheet',
  TriggeredBy: null,
  InputFileName: null,
  ScheduledTime: null,
};

export function newId(step: number, row: number): string {
  return buildRecordIds(START_MS, SALT, step)(row);
}

export function oracleRun(world: RandomWorld): PlainRun {
  const records = world.records.map((record) => ({ ...record, values: { ...record.values } }));
  const state: OracleWorld = { records, addedOptions: new Map() };
  const { connector } = world;
  const outcomes = runOracle(
    {
      timeZone: connector.timeZone,
      steps: connector.steps,
      scopes: new Map(
        connector.scopes.map(({ name, variables }) => [
          name,
          { variables: variables.map((one) => one.name), rows: world.rows.get(name) ?? [] },
        ]),
      ),
      constants: Object.fromEntries(connector.additionalVariables.map(({ name, value }) => [name, value])),
      newId,
    },
    state,
  );
  return {
    outcomes: mapValues(outcomes, (list, name) => {
      const rows = world.rows.get(connector.steps.find((step) => step.name === name)?.scope ?? '') ?? [];
      return list.map((outcome) => plainOracleOutcome(outcome, rows[outcome.row - 1]?.problems ?? []));
    }),
    records: plainRecords(world.objects, state.records),
    addedOptions: mapValues(state.addedOptions, (labels) => [...labels].sort()),
  };
}

/** @param idOf the id of the record that a row of a step creates */
export function referenceRun(world: RandomWorld, idOf = newId): PlainRun {
  const state: World = {
    records: new Map(world.objects.map(({ name }) => [name, world.records.filter((record) => record.object === name)])),
    addedOptions: new Set(),
  };
  const { connector, objects, rows } = world;
  const plans = runReference({ connector, objects, rows, facts: FACTS, newId: idOf }, state);
  const records = [...state.records].flatMap(([object, list]) => list.map((record) => ({ ...record, object })));
  const added = new Map<string, string[]>();
  for (const key of state.addedOptions) {
    const [object = '', field = '', label = ''] = JSON.parse(key) as string[];
    added.set(`${object}.${field}`, [...(added.get(`${object}.${field}`) ?? []), label].sort());
  }
  return {
    outcomes: mapValues(plans, (list) => list.map(plainOutcome)),
    records: plainRecords(objects, records),
    addedOptions: mapValues(added, (labels) => labels),
  };
}

function plainOracleOutcome(outcome: OracleOutcome, problems: readonly RowProblem[]): PlainOutcome {
  const { row, status, record, rule } = outcome;
  const errors = outcome.problems.map((problem) => CODES[problem]);
  return {
    row,
    status,
    reason: status === 'Rejected' ? 'RequiredMissing' : (errors[0] ?? outcome.situation),
    record,
    rule,
    before: outcome.before ?? {},
    after: outcome.after ?? {},
    errors: status === 'Rejected' ? ['RequiredMissing'] : errors,
    leftBlank: outcome.leftBlank,
    warned: problems.map(({ code }) => code).filter((code) => code !== 'RequiredMissing'),
  };
}

/** A plan of the planner or an outcome of the load stage. */
export function plainOutcome(plan: RowPlan | Outcome): PlainOutcome {
  const { row, status, reason, record, rule } = plan;
  return {
    row,
    status,
    reason,
    record,
    rule,
    before: plan.before ?? {},
    after: plan.after ?? {},
    errors: plan.errors.map(({ code }) => code),
    leftBlank: plan.warnings.filter(({ code }) => code === 'Unresolved').map((warning) => warning.field),
    warned: plan.warnings.map(({ code }) => code).filter((code) => code !== 'Unresolved'),
  };
}

/** Records by object, ordered by id, with blank fields left out and one form for every value. */
export function plainRecords(
  objects: readonly ObjectModel[],
  records: readonly Readonly<OracleRecord>[],
): Readonly<Record<string, readonly PlainRecord[]>> {
  const plain = (model: ObjectModel): readonly PlainRecord[] =>
    records
      .filter(({ object }) => object === model.name)
      .map(({ id, archived, values }): PlainRecord => [id, archived, plainValues(model.fields, values)])
      .sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(objects.map((model) => [model.name, plain(model)]));
}

function plainValues(
  fields: readonly FieldModel[],
  values: Readonly<Record<string, FieldValue>>,
): Readonly<Record<string, FieldValue>> {
  const entries = fields.map(({ name, columnType }) => [name, plainValue(columnType, values[name] ?? null)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function plainValue(columnType: FieldModel['columnType'], value: FieldValue): FieldValue {
  if (value === null || value === '' || typeof value === 'boolean') return value === '' ? null : value;
  if (typeof value === 'object') return value.length === 0 ? null : value;
  if (columnType === 'numeric') return `${readDecimal(value).digits}e-${readDecimal(value).scale}`;
  return columnType === 'timestamptz' ? new Date(value).toISOString() : value;
}

function mapValues<From, To>(
  map: ReadonlyMap<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value, key)]));
}
