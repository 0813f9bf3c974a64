import type { ErrorObject } from 'ajv';
import { closestName } from '../manifest/closest-name.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type JsonValue } from '../manifest/manifest.ts';
import type { Validator } from '../generated/validators.js';
import type { Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';

/** Keywords whose fault leaves a value of the right type, which later checks can still use. */
const KEEPS_TYPE = new Set([
  'required',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minProperties',
  'maxProperties',
]);

/**
 * Reports every break of the schema, and returns what is left when the broken parts are cut away. What a resource is, and
 * its name, were looked at when it was identified.
 */
export function checkSchema<T>(validate: Validator<T>, faults: FaultCollector): Cut<T> {
  const { value } = faults.manifest;
  const rest = structuredClone(value) as Mutable;
  if (validate(value)) return rest as Cut<T>;
  for (const error of byWorth(validate.errors ?? [])) {
    const path = pathOf(error, value);
    if (path[0] !== 'spec' && path[0] !== 'status') continue;
    const at = error.keyword === 'required' || error.keyword === 'additionalProperties' ? path.slice(0, -1) : path;
    const { message, hint } = explain(error, valueAt(value, at));
    faults.schemaFault(path, message, hint, error.keyword === 'pattern' ? 'Replaceable' : 'Final');
    if (!KEEPS_TYPE.has(error.keyword)) cutAway(rest, path);
  }
  return rest as Cut<T>;
}

const WORTH = ['minLength', 'pattern'];

/** One fault a value is enough: of a badly written text the pattern says more than the length, of an empty one less. */
function byWorth(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const rank = ({ keyword }: ErrorObject): number => (WORTH.includes(keyword) ? WORTH.indexOf(keyword) : WORTH.length);
  return [...errors].sort((a, b) => rank(a) - rank(b));
}

type Mutable = Record<string | number, unknown>;

function cutAway(root: Mutable, path: FieldPath): void {
  let parent: unknown = root;
  for (const part of path.slice(0, -1)) parent = isMutable(parent) ? parent[part] : undefined;
  const last = path.at(-1);
  if (isMutable(parent) && last !== undefined) parent[last] = undefined;
}

function isMutable(value: unknown): value is Mutable {
  return typeof value === 'object' && value !== null;
}

/** The path of an error, with list indexes as numbers, and with the property that is missing or too many. */
export function pathOf(error: ErrorObject, root: JsonValue): FieldPath {
  const path: (string | number)[] = [];
  let value: JsonValue | undefined = root;
  for (const raw of error.instancePath.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = valueAt(value, [path.at(-1) ?? '']);
  }
  if (error.keyword === 'required') path.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties') path.push(String(error.params['additionalProperty']));
  return path;
}

function valueAt(value: JsonValue | undefined, path: FieldPath): JsonValue | undefined {
  let current = value;
  for (const part of path) {
    if (Array.isArray(current)) current = (current as readonly JsonValue[])[Number(part)];
    else current = isJsonObject(current) ? current[part] : undefined;
  }
  return current;
}

interface Explanation {
  readonly message: string;
  readonly hint: string | undefined;
}

function explain(error: ErrorObject, value: JsonValue | undefined): Explanation {
  const { params, keyword } = error;
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return { message: `${String(params['missingProperty'])} is missing`, hint: 'add it' };
    case 'additionalProperties':
      return explainUnknown(String(params['additionalProperty']), error.parentSchema);
    case 'enum':
      return explainEnum(value, params['allowedValues']);
    case 'type':
      return explainType(value, String(params['type']));
    case 'pattern':
      return { message: `${shown(value)} is not written as it must be`, hint: describe(error) };
    case 'minLength':
      return { message: 'the text is empty', hint: 'write it or leave the field out' };
    case 'maxLength':
      return { message: `the text is longer than ${limit} characters`, hint: 'shorten it' };
    case 'minItems':
      return { message: 'the list is empty', hint: 'add an item' };
    case 'maxItems':
      return { message: `the list has more than ${limit} items`, hint: 'remove some' };
    case 'minimum':
      return { message: `${shown(value)} is less than ${limit}`, hint: `write ${limit} or more` };
    case 'maximum':
      return { message: `${shown(value)} is more than ${limit}`, hint: `write ${limit} or less` };
    case 'minProperties':
      return { message: 'nothing is set', hint: 'set at least one of its fields, or leave it out' };
    case 'maxProperties':
      return { message: `more than ${limit} properties are set`, hint: 'remove some' };
    default:
      return { message: error.message ?? `breaks ${keyword}`, hint: undefined };
  }
}

function explainUnknown(name: string, parent: ErrorObject['parentSchema']): Explanation {
  const properties = Object.keys((parent?.['properties'] as object | undefined) ?? {});
  const meant = closestName(name, properties);
  const hint = meant === null ? `use one of ${properties.join(', ')}` : `did you mean ${meant}?`;
  return { message: `there is no field ${name} here`, hint };
}

function explainEnum(value: JsonValue | undefined, allowed: unknown): Explanation {
  const labels = (Array.isArray(allowed) ? allowed : []).map((item) => (item === '\t' ? '"\\t"' : String(item)));
  const message = `${shown(value)} is not one of ${labels.join(', ')}`;
  const meant = typeof value === 'string' ? closestName(value, labels) : null;
  return { message, hint: meant === null ? `write one of ${labels.join(', ')}` : `did you mean ${meant}?` };
}

function explainType(value: JsonValue | undefined, expected: string): Explanation {
  const actual = value === null ? 'empty' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  const wanted = TYPE_WORDS[expected] ?? `a ${expected}`;
  const message = `must be ${wanted}, and is ${actual.replace('a object', 'a map').replace('a string', 'a text')}`;
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (expected === 'string' && isPlain) return { message, hint: `put it in quotes: "${String(value)}"` };
  if (expected === 'boolean' && (value === 'true' || value === 'false')) {
    return { message, hint: `remove the quotes: ${value}` };
  }
  if ((expected === 'integer' || expected === 'number') && typeof value === 'string' && /^-?\d+$/.test(value)) {
    return { message, hint: `remove the quotes: ${value}` };
  }
  if (value === null) return { message, hint: 'write a value, or leave out a field that is not required' };
  if (expected === 'array') return { message, hint: 'start each item with "- "' };
  return { message, hint: `write ${wanted}` };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  object: 'a map of fields',
  string: 'a text',
};

function describe(error: ErrorObject): string {
  const description: unknown = error.parentSchema?.['description'];
  return typeof description === 'string' ? description : `it must match ${String(error.params['pattern'])}`;
}

function shown(value: JsonValue | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
