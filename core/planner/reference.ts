import type { ConnectorModel, StepModel } from '../model/connector.ts';
import type { ObjectModel } from '../model/object.ts';
import { ID_FIELD } from '../model/object.ts';
import type { ScopeRow } from '../model/stages.ts';
import type { ConversionContext } from './convert.ts';
import { matchKey } from './field-value.ts';
import type { ParentRow, RecordState, RecordView, RowPlan } from './plan.ts';
import { planRow } from './plan-row.ts';
import { compileStep, type RunFacts } from './step.ts';

/** Every record of every object, and the options that runs have added. */
export interface World {
  readonly records: Map<string, RecordState[]>;
  readonly addedOptions: Set<string>;
}

export interface ReferenceRun {
  readonly connector: Pick<ConnectorModel, 'steps' | 'scopes' | 'additionalVariables' | 'timeZone' | 'phoneRegion'>;
  readonly objects: readonly ObjectModel[];
  /** Rows of each scope, by its name, in order. */
  readonly rows: ReadonlyMap<string, readonly ScopeRow[]>;
  readonly facts: RunFacts;
  readonly newId: (stepIndex: number, row: number) => string;
}

const optionKey = (object: string, field: string, label: string): string => JSON.stringify([object, field, label]);

/**
 * The specification of a run: every step over every row, one after another, on records in memory. Changes the world; gives
 * the plan of every row, by step. Slow on purpose: it looks at every record for every question.
 */
export function runReference(run: ReferenceRun, world: World): Map<string, RowPlan[]> {
  const plans = new Map<string, RowPlan[]>();
  for (const step of run.connector.steps) {
    plans.set(step.name, []);
    runReferenceRows(run, world, plans, step, run.rows.get(step.scope) ?? []);
  }
  return plans;
}

/**
 * Runs some rows of one step, as a part of a run between parts of others: adds their plans to those that the run has.
 * Rows must come in the order of the run.
 */
export function runReferenceRows(
  run: ReferenceRun,
  world: World,
  plans: Map<string, RowPlan[]>,
  step: StepModel,
  rows: readonly ScopeRow[],
): void {
  const { connector } = run;
  const context: ConversionContext = {
    timeZone: connector.timeZone,
    phoneRegion: connector.phoneRegion,
    hasAddedOption: (field, label) => world.addedOptions.has(optionKey(step.object.name, field, label)),
  };
  const variables = connector.scopes.find((scope) => scope.name === step.scope)?.variables ?? [];
  const compiled = compileStep(step, variables, connector.additionalVariables, run.facts, context);
  const view = buildView(run.objects, world, step.object.name, plans);
  const done = plans.get(step.name) ?? [];
  plans.set(step.name, done);
  for (const row of rows) {
    const plan = planRow(compiled, row, run.newId(step.index, row.row), view);
    applyPlan(world, step.object.name, plan);
    done.push(plan);
  }
}

function buildView(
  objects: readonly ObjectModel[],
  world: World,
  stepObject: string,
  plans: ReadonlyMap<string, readonly RowPlan[]>,
): RecordView {
  const find = (object: string, fieldName: string, key: string): RecordState[] => {
    if (fieldName === 'id') return (world.records.get(object) ?? []).filter((record) => record.id === key);
    const field =
      objects.find((model) => model.name === object)?.fields.find((one) => one.name === fieldName) ?? ID_FIELD;
    return (world.records.get(object) ?? []).filter(
      (record) => matchKey(field, record.values[fieldName] ?? null) === key,
    );
  };
  return {
    find: (field, key) => find(stepObject, field, key),
    findLive: (object, field, key) =>
      find(object, field, key)
        .filter((record) => !record.archived)
        .map((record) => record.id),
    parent: (step, row): ParentRow | null => plans.get(step)?.find((plan) => plan.row === row) ?? null,
  };
}

function applyPlan(world: World, object: string, plan: RowPlan): void {
  for (const { field, label } of plan.newOptions) world.addedOptions.add(optionKey(object, field, label));
  if (plan.write === null) return;
  const { record } = plan.write;
  const others = (world.records.get(object) ?? []).filter((one) => one.id !== record.id);
  world.records.set(object, [...others, record]);
}
