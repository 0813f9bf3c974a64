import { completeReading } from '../../../core/intake/reading.ts';
import type {
  AdditionalVariableModel,
  ConnectorModel,
  MappingModel,
  RuleModel,
  ScopeModel,
  StepModel,
  VariableModel,
  VariableRef,
  VariableType,
  VariableValue,
} from '../../../core/model/connector.ts';
import type { ColumnType, FieldModel, FieldType, ObjectModel } from '../../../core/model/object.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';

/* Resolved models with defaults; every builder takes what differs. */

const COLUMNS: Readonly<Partial<Record<FieldType, ColumnType>>> = {
  Integer: 'numeric',
  Decimal: 'numeric',
  Money: 'numeric',
  Rating: 'numeric',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'timestamptz',
  Checkboxes: 'text[]',
  DynamicTags: 'text[]',
  Choices: 'text[]',
  Files: 'text[]',
  Relationship: 'uuid',
};

export function field(name: string, type: FieldType = 'Text', overrides: Partial<FieldModel> = {}): FieldModel {
  return {
    name,
    type,
    columnType: COLUMNS[type] ?? 'text',
    maxLength: null,
    minimum: null,
    maximum: null,
    scale: type === 'Integer' || type === 'Rating' ? 0 : null,
    options: type === 'YesNoMaybe' ? ['Yes', 'No', 'Maybe'] : null,
    object: null,
    inverse: null,
    ...overrides,
  };
}

export function relationship(name: string, object: string, many = false): FieldModel {
  return field(name, 'Relationship', { object, columnType: many ? 'uuid[]' : 'uuid' });
}

export function object(name: string, fields: readonly FieldModel[], namespace = 'test'): ObjectModel {
  return { namespace, name, fields, filterGroups: [] };
}

/** A variable as rules and mappings name it. */
export function ref(name: string, type: VariableType = 'String', overrides: Partial<VariableRef> = {}): VariableRef {
  return { name, type, isArray: false, outputFormat: null, ...overrides };
}

/** The column behind a variable. */
export function variable({ name, type, isArray, outputFormat }: VariableRef): VariableModel {
  return {
    name,
    type,
    column: name,
    required: false,
    arrayDelimiter: isArray ? ',' : null,
    inputFormat: null,
    outputFormat,
    phoneRegion: null,
    path: 'spec.executionVariables[0]',
  };
}

export function rule(
  ruleField: FieldModel,
  ruleVariable: VariableRef,
  overrides: Partial<Omit<RuleModel, 'field' | 'variable'>> = {},
): RuleModel {
  return {
    field: ruleField,
    variable: ruleVariable,
    onNoMatch: 'CreateNew',
    onSingleMatch: 'UpdateCurrent',
    onMultipleMatches: 'DoNotUpload',
    onArchivedMatch: 'CreateNew',
    ...overrides,
  };
}

/** A mapping of variables; `source` in the overrides makes it a lookup or a sameRowOf. */
export function mapping(
  target: FieldModel,
  variables: VariableRef | readonly VariableRef[] = [],
  overrides: Partial<Omit<MappingModel, 'field'>> = {},
): MappingModel {
  const list: readonly VariableRef[] = 'name' in variables ? [variables] : variables;
  return {
    field: target,
    source: { kind: 'Variables', variables: list, separator: ' ' },
    conflictResolution: 'OnlyUpdateBlank',
    createOptions: false,
    onUnresolved: 'FailRow',
    ...overrides,
  };
}

export function step(
  stepObject: ObjectModel,
  rules: readonly RuleModel[],
  mappings: readonly MappingModel[],
  overrides: Partial<StepModel> = {},
): StepModel {
  return {
    index: 0,
    name: 'load',
    object: stepObject,
    scope: 'rows',
    rules,
    onBlankKey: 'Skip',
    mappings,
    triggerWorkflows: false,
    ...overrides,
  };
}

export function scope(name: string, references: readonly VariableRef[]): ScopeModel {
  return { name, variables: references.map(variable) };
}

export function literal({ name, type, isArray }: VariableRef, value: VariableValue): AdditionalVariableModel {
  return { name, type, value, from: null, isArray, outputFormat: null };
}

export function connector(overrides: Partial<ConnectorModel> = {}): ConnectorModel {
  return {
    namespace: 'test',
    name: 'connector',
    type: 'Spreadsheet',
    active: true,
    timeZone: 'UTC',
    phoneRegion: null,
    spreadsheet: completeReading({ formats: ['CSV'] }),
    webhook: { bodySchema: null },
    schedule: null,
    sql: null,
    limits: { memoryBytes: 1_000_000_000, seconds: 60, threads: 1, rows: 1_000_000 },
    referenceData: [],
    externalSources: [],
    scopes: [],
    additionalVariables: [],
    steps: [],
    diffCheck: false,
    abortIf: [],
    maxExecutions: 1,
    reportMaxRows: 1_000_000,
    ...overrides,
  };
}

/** Rows numbered from 1, their values by variable name; what is not named is blank. */
export function rows(
  references: readonly VariableRef[],
  list: readonly Readonly<Record<string, VariableValue>>[],
  overrides: Partial<ScopeRow> = {},
): readonly ScopeRow[] {
  return list.map((values, index) => ({
    row: index + 1,
    inputRow: null,
    rejected: false,
    problems: [],
    values: references.map(({ name }) => values[name] ?? null),
    ...overrides,
  }));
}
