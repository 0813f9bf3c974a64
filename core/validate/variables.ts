import type { AdditionalVariable, ExecutionVariable, SmartConnectorSpec } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type {
  AdditionalVariableModel,
  RunFact,
  ScopeModel,
  VariableModel,
  VariableRef,
  VariableType,
} from '../model/connector.ts';
import { areAllNamed, itemsOf, type Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';
import { checkInputFormat, checkOutputFormat } from '../typing/formats.ts';
import { typeLiteral } from '../typing/literal.ts';
import { timeZoneFault } from './schedule.ts';
import { checkPhoneRegion } from './trigger.ts';

/** Every variable that a load step may name. */
export interface KnownVariables {
  readonly scopes: readonly ScopeModel[];
  readonly additional: readonly AdditionalVariableModel[];
  /** The scope that is meant where none is said; null after reporting that it is not clear. */
  scopeOf(scope: string | undefined, path: FieldPath): string | null;
  /** The variable, null if nothing can be said about it; reports a name that is not there. */
  find(scope: string, name: string, path: FieldPath): VariableRef | null;
  /** Whether some variable is, or may be, read from the scope. */
  hasScope(scope: string): boolean;
  /** The paths of the declarations that nothing asked for, with their names. */
  unused(): readonly (readonly [FieldPath, string])[];
}

interface Declared {
  readonly path: FieldPath;
  readonly ref: VariableRef | null;
}

/** Checks the declarations and makes them findable. */
export function buildVariables(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): KnownVariables {
  const scopeNames = namedScopes(spec);
  const scopeOf = (scope: string | undefined, path: FieldPath): string | null => {
    if (scope !== undefined) return scope;
    if (scopeNames.length <= 1) return scopeNames[0] ?? '';
    faults.fault(
      [...path, 'scope'],
      'scope is missing, and there are several',
      `write one of ${scopeNames.join(', ')}`,
    );
    return null;
  };
  const additional = new Map<string, Declared>();
  const additionalModels: AdditionalVariableModel[] = [];
  for (const [index, declared] of itemsOf(spec.additionalVariables)) {
    const path = ['spec', 'additionalVariables', index];
    const model = buildAdditional(declared, spec, path, faults);
    if (declared.name === undefined) continue;
    if (additional.has(declared.name)) reportTwice(declared.name, path, faults);
    else additional.set(declared.name, { path, ref: model });
    if (model !== null) additionalModels.push(model);
  }
  /** Variables of which it is not clear where they are read: reported once, not at every use. */
  const unplaced = new Set<string>();
  const scopes = new Map<string, { refs: Map<string, Declared>; models: VariableModel[] }>();
  for (const [index, declared] of itemsOf(spec.executionVariables)) {
    const path = ['spec', 'executionVariables', index];
    const scope = scopeOf(declared.scope, path);
    const model = buildVariable(declared, spec.phoneRegion ?? null, path, faults);
    if (scope === null) {
      if (declared.name !== undefined) unplaced.add(declared.name);
      continue;
    }
    const known = scopes.get(scope) ?? { refs: new Map<string, Declared>(), models: [] };
    scopes.set(scope, known);
    if (declared.name === undefined) continue;
    if (known.refs.has(declared.name) || additional.has(declared.name)) reportTwice(declared.name, path, faults);
    else known.refs.set(declared.name, { path, ref: model === null ? null : refOf(model) });
    if (model !== null) known.models.push(model);
  }
  const areKnown = areAllNamed(spec, 'executionVariables') && areAllNamed(spec, 'additionalVariables');
  const asked = new Set<Declared>();
  const find = (scope: string, name: string, path: FieldPath): VariableRef | null => {
    const declared = scopes.get(scope)?.refs.get(name) ?? additional.get(name);
    if (declared !== undefined) {
      asked.add(declared);
      return declared.ref;
    }
    if (unplaced.has(name) || !areKnown) return null;
    const elsewhere = [...scopes].filter(([, known]) => known.refs.has(name)).map(([other]) => other);
    const names = [...(scopes.get(scope)?.refs.keys() ?? []), ...additional.keys()];
    const hint =
      elsewhere.length > 0
        ? `${name} is read from ${elsewhere.join(', ')}; declare it for ${scope} too`
        : nameHint(name, names, 'declare it under executionVariables');
    faults.fault(path, `there is no variable ${name}${scope === '' ? '' : ` in the scope ${scope}`}`, hint);
    return null;
  };
  return {
    scopes: [...scopes].map(([name, { models }]) => ({ name, variables: models })),
    additional: additionalModels,
    scopeOf,
    find,
    hasScope: (scope) => scopes.has(scope) || !areKnown,
    unused: () =>
      [...additional, ...[...scopes.values()].flatMap(({ refs }) => [...refs])]
        .filter(([, declared]) => !asked.has(declared))
        .map(([name, declared]) => [declared.path, name] as const),
  };
}

/** Every scope that a variable or a step names, in the order of the manifest. */
function namedScopes(spec: Cut<SmartConnectorSpec>): readonly string[] {
  const named = [...itemsOf(spec.executionVariables), ...itemsOf(spec.loadSteps)].map(([, item]) => item.scope);
  return [...new Set(named.filter((scope) => scope !== undefined))];
}

function reportTwice(name: string, path: FieldPath, faults: FaultCollector): void {
  faults.fault([...path, 'name'], `the variable ${name} is declared twice`, 'rename or remove one of the two');
}

function refOf(model: VariableModel): VariableRef {
  const { name, type, arrayDelimiter, outputFormat } = model;
  return { name, type, isArray: arrayDelimiter !== null, outputFormat };
}

function buildVariable(
  declared: Cut<ExecutionVariable>,
  phoneRegion: string | null,
  path: FieldPath,
  faults: FaultCollector,
): VariableModel | null {
  const { name, type, inputFormat, outputFormat } = declared;
  if (name === undefined || type === undefined) return null;
  const arrayDelimiter = declared.array?.delimiter ?? null;
  checkFormats(type, inputFormat, outputFormat, path, faults);
  checkPhoneRegion(declared.phoneRegion, [...path, 'phoneRegion'], faults);
  if (declared.phoneRegion !== undefined && type !== 'PhoneNumber') {
    const message = `phoneRegion belongs to variables of type PhoneNumber, not ${type}`;
    faults.fault([...path, 'phoneRegion'], message, 'remove it');
  }
  return {
    name,
    type,
    column: declared.column ?? name,
    required: declared.required ?? false,
    arrayDelimiter,
    inputFormat: inputFormat ?? null,
    outputFormat: outputFormat ?? null,
    phoneRegion: declared.phoneRegion ?? phoneRegion,
    path: `spec.executionVariables[${String(path.at(-1))}]`,
  };
}

function checkFormats(
  type: VariableType,
  inputFormat: string | undefined,
  outputFormat: string | undefined,
  path: FieldPath,
  faults: FaultCollector,
): void {
  const input = inputFormat === undefined ? null : checkInputFormat(type, inputFormat);
  if (input !== null) faults.fault([...path, 'inputFormat'], input, 'correct it, or remove it to have it detected');
  const output = outputFormat === undefined ? null : checkOutputFormat(type, outputFormat);
  if (output !== null) faults.fault([...path, 'outputFormat'], output, 'correct it, or remove it');
}

const FACT_TYPES: Readonly<Record<RunFact, readonly VariableType[]>> = {
  ExecutionStartTime: ['DateTime', 'Date', 'String'],
  ScheduledTime: ['DateTime', 'Date', 'String'],
  ExecutionId: ['String', 'UUID'],
  ConnectorName: ['String'],
  TriggerType: ['String'],
  TriggeredBy: ['String', 'Email'],
  InputFileName: ['String'],
};

function buildAdditional(
  declared: Cut<AdditionalVariable>,
  spec: Cut<SmartConnectorSpec>,
  path: FieldPath,
  faults: FaultCollector,
): AdditionalVariableModel | null {
  const { name, type, value, from } = declared;
  const hasValue = 'value' in declared;
  const hasFrom = 'from' in declared;
  if (hasValue === hasFrom) {
    const message = `give exactly one of value and from${hasValue ? ', not both' : ''}`;
    faults.fault(hasValue ? [...path, 'from'] : path, message, 'value is a literal, from a fact of the run');
  }
  if (name === undefined || type === undefined) return null;
  checkFormats(type, undefined, declared.outputFormat, path, faults);
  const delimiter = declared.array?.delimiter ?? null;
  if (from !== undefined && delimiter !== null) {
    faults.fault([...path, 'array'], 'a fact of the run is one value, not a list', 'remove array');
  }
  if (from !== undefined && !FACT_TYPES[from].includes(type)) {
    faults.fault([...path, 'type'], `${from} is not a ${type}`, `write one of ${FACT_TYPES[from].join(', ')}`);
  }
  const literal = value === undefined ? null : typeLiteral(type, value, delimiter, literalContext(spec));
  if (literal?.problem != null) faults.fault([...path, 'value'], literal.problem, 'correct the value or the type');
  return {
    name,
    type,
    value: literal?.value ?? null,
    from: from ?? null,
    isArray: delimiter !== null,
    outputFormat: declared.outputFormat ?? null,
  };
}

/** What literals are read in; a zone that is not one has been reported. */
function literalContext(spec: Cut<SmartConnectorSpec>): {
  readonly timeZone: string;
  readonly phoneRegion: string | null;
} {
  const zone = spec.timeZone;
  const timeZone = zone === undefined || zone === '' || timeZoneFault(zone) !== null ? 'UTC' : zone;
  return { timeZone, phoneRegion: spec.phoneRegion ?? null };
}
