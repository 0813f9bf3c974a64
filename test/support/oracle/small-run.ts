import type { StepModel, VariableRef, VariableValue } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import type { RowPlan } from '../../../core/planner/plan.ts';
import { runReference, type World } from '../../../core/planner/reference.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { connector, rows as buildRows, scope } from './builders.ts';
import { FACTS } from './compare.ts';

/** A record in a table test: `id` as short as the test likes. */
export interface SmallRecord {
  readonly id: string;
  readonly archived?: boolean;
  readonly [field: string]: FieldValue | undefined;
}

export interface SmallRun {
  readonly steps: readonly StepModel[];
  readonly variables: readonly VariableRef[];
  /** Rows of the scope `rows`, by variable name; or whole rows. */
  readonly rows: readonly Readonly<Record<string, VariableValue>>[];
  readonly wholeRows?: readonly ScopeRow[];
  /** By object. */
  readonly records?: Readonly<Record<string, readonly SmallRecord[]>>;
  readonly objects?: readonly ObjectModel[];
  readonly timeZone?: string;
}

export interface SmallResult {
  /** Plans of a step, the first one unless named. */
  plans(step?: string): readonly RowPlan[];
  /** The plan of a row, counted from 1, in a step. */
  plan(row: number, step?: string): RowPlan;
  /** The values of a record, blank ones left out; undefined where there is none. */
  record(id: string): Readonly<Record<string, FieldValue>> | undefined;
  isArchived(id: string): boolean | undefined;
  /** Ids of all records of an object, in the order of their ids. */
  ids(object: string): readonly string[];
  readonly addedOptions: readonly string[];
}

/** Runs the reference planner on a world small enough to be read. A created record's id is `STEP:ROW`, from 0 and 1. */
export function smallRun(run: SmallRun): SmallResult {
  const objects = run.objects ?? [...new Set(run.steps.map((step) => step.object))];
  const world: World = {
    records: new Map(
      objects.map(({ name, fields }) => [
        name,
        (run.records?.[name] ?? []).map((record) => ({
          id: record.id,
          archived: record.archived ?? false,
          values: Object.fromEntries(fields.map((field) => [field.name, record[field.name] ?? null])),
        })),
      ]),
    ),
    addedOptions: new Set(),
  };
  const outcomes = runReference(
    {
      connector: connector({
        steps: run.steps.map((step, index) => ({ ...step, index })),
        scopes: [scope('rows', run.variables)],
        timeZone: run.timeZone ?? 'UTC',
      }),
      objects,
      rows: new Map([['rows', run.wholeRows ?? buildRows(run.variables, run.rows)]]),
      facts: FACTS,
      newId: (step, row) => `${step}:${row}`,
    },
    world,
  );
  const all = [...world.records.values()].flat();
  const find = (id: string) => all.find((record) => record.id === id);
  const plans = (step = run.steps[0]?.name ?? ''): readonly RowPlan[] => outcomes.get(step) ?? [];
  return {
    plans,
    plan: (row, step) => {
      const plan = plans(step).find((one) => one.row === row);
      if (plan === undefined) throw new Error(`row ${row} has no plan`);
      return plan;
    },
    record: (id) => {
      const values = find(id)?.values;
      return values && Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
    },
    isArchived: (id) => find(id)?.archived,
    ids: (object) => (world.records.get(object) ?? []).map(({ id }) => id).sort(),
    addedOptions: [...world.addedOptions].map((key) => (JSON.parse(key) as string[]).join('.')),
  };
}
