import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The schemas of the project by `$id`, which is also their file name. */
export type Schemas = ReadonlyMap<string, JsonObject>;

/** Reads every `*.schema.json` of a folder. Fails where `$id` is not the file name, because references go by it. */
export async function readSchemas(folder: string): Promise<Schemas> {
  const schemas = new Map<string, JsonObject>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.schema.json')).sort()) {
    const schema = objectOf(JSON.parse(await readFile(join(folder, file), 'utf8')) as Json, file);
    if (schema['$id'] !== file)
      throw new Error(`${file}: $id is ${JSON.stringify(schema['$id'])}; make it the file name`);
    schemas.set(file, schema);
  }
  return schemas;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value as an object, or an error that names where it was expected. */
export function objectOf(value: Json | undefined, where: string): JsonObject {
  if (!isObject(value)) throw new Error(`${where}: expected an object`);
  return value;
}

export function textOf(value: Json | undefined, where: string): string {
  if (typeof value !== 'string') throw new Error(`${where}: expected a text`);
  return value;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export interface Definition {
  /** The `$id` of the schema that holds it. */
  readonly file: string;
  /** The key under `$defs`. */
  readonly key: string;
  readonly schema: JsonObject;
}

/** Finds what a `$ref` in the schema `file` means: `#/$defs/x` or `other.schema.json#/$defs/x`. */
export function definitionOf(schemas: Schemas, file: string, ref: string): Definition {
  const [target = '', pointer = ''] = ref.split('#');
  const key = pointer.replace('/$defs/', '');
  const holder = target === '' ? file : target;
  const found = objectOf(schemas.get(holder)?.['$defs'], `${holder} $defs`)[key];
  return { file: holder, key, schema: objectOf(found, `${file}: ${ref}`) };
}

/** The schema with every `$ref` replaced by what it means; keys beside a `$ref` win. */
export function inlineRefs(schemas: Schemas, file: string, value: JsonObject): JsonObject {
  const ref = value['$ref'];
  if (typeof ref === 'string') {
    const definition = definitionOf(schemas, file, ref);
    const { $ref: _, ...siblings } = value;
    return { ...inlineRefs(schemas, definition.file, definition.schema), ...inlineRefs(schemas, file, siblings) };
  }
  const inlined: Record<string, Json | undefined> = {};
  for (const [key, child] of Object.entries(value)) inlined[key] = inlineChild(schemas, file, key, child);
  return inlined;
}

function inlineChild(schemas: Schemas, file: string, key: string, child: Json | undefined): Json | undefined {
  if (key === 'default' || key === 'enum') return child;
  if (isList(child)) return child.map((item) => (isObject(item) ? inlineRefs(schemas, file, item) : item));
  return isObject(child) ? inlineRefs(schemas, file, child) : child;
}

/** The schemas of resources, which are those that carry `x-kubernetes-crd`. */
export function resourceSchemas(schemas: Schemas): readonly JsonObject[] {
  return [...schemas.values()].filter((schema) => isObject(schema['x-kubernetes-crd']));
}
