import { stringify } from 'yaml';
import {
  inlineRefs,
  isObject,
  listOf,
  objectOf,
  textOf,
  type Json,
  type JsonObject,
  type Schemas,
} from './generate-schemas.ts';

const GROUP = 'smartconnectors.dev';
const VERSION = 'v1alpha1';
const CATEGORY = 'kizen';
const banner = '# Generated from schemas/ by `npm run generate`. Edit the schemas, not this file.\n';

/** kubectl reads YAML 1.1, in which `on` without quotes is true: what could be misread is quoted. */
const YAML_OPTIONS = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** Keywords of JSON Schema that structural schemas do not have. */
const DROPPED = new Set(['$schema', '$id', '$defs', '$comment', 'title', 'examples', 'const', 'x-kubernetes-crd']);

/** The CustomResourceDefinition of a resource, as YAML. */
export function generateCrd(schemas: Schemas, schema: JsonObject): { readonly name: string; readonly text: string } {
  const file = textOf(schema['$id'], 'resource');
  const crd = objectOf(schema['x-kubernetes-crd'], file);
  const plural = textOf(crd['plural'], file);
  const name = `${plural}.${GROUP}`;
  const resource = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: crd['kind'],
        listKind: `${textOf(crd['kind'], file)}List`,
        plural,
        singular: crd['singular'],
        shortNames: crd['shortNames'],
        categories: [CATEGORY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: crd['printerColumns'],
          ...selectableFields(crd),
          schema: { openAPIV3Schema: rootSchema(schemas, schema, file) },
        },
      ],
    },
  };
  return {
    name: `${GROUP}_${plural}.yaml`,
    text: banner + stringify(resource, YAML_OPTIONS),
  };
}

function selectableFields(crd: JsonObject): object {
  const fields = listOf(crd['selectableFields']);
  return fields.length === 0 ? {} : { selectableFields: fields.map((jsonPath) => ({ jsonPath })) };
}

/** The server itself sees to apiVersion, kind and metadata. */
function rootSchema(schemas: Schemas, schema: JsonObject, file: string): Json {
  const { $defs: _defs, ...root } = schema;
  const inlined = inlineRefs(schemas, file, root);
  return structural({ ...inlined, required: ['spec'] }, textOf(schema['title'], file));
}

/**
 * A structural schema: unknown properties are pruned where properties are listed, so `additionalProperties: false` goes;
 * what is left has a type and, where it is a text, list or map, a bound that keeps the cost of CEL rules low.
 */
function structural(schema: JsonObject, path: string): Json {
  const out: Record<string, Json | undefined> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key) || (key === 'additionalProperties' && value === false)) continue;
    if (key === 'properties') out[key] = structuralProperties(objectOf(value, path), path);
    else if (key === 'items' || key === 'additionalProperties')
      out[key] = structural(objectOf(value, path), `${path}[]`);
    else out[key] = value;
  }
  checkStructural(out, path);
  return out;
}

function structuralProperties(properties: JsonObject, path: string): Json {
  const entries = Object.entries(properties).map(([name, value]) => {
    const child = objectOf(value, `${path}.${name}`);
    return [name, structural(child, `${path}.${name}`)] as const;
  });
  return Object.fromEntries(entries);
}

const KNOWN = new Set([
  'description',
  'type',
  'format',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'enum',
  'default',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
  'x-kubernetes-preserve-unknown-fields',
]);

/** Refuses what an API server would refuse, or what would make its cost estimate of CEL unbounded. */
function checkStructural(schema: Readonly<Record<string, Json | undefined>>, path: string): void {
  const fail = (message: string): never => {
    throw new Error(`${path}: ${message}`);
  };
  for (const key of Object.keys(schema)) if (!KNOWN.has(key)) fail(`${key} is not part of a structural schema`);
  if (typeof schema['type'] !== 'string') fail('a structural schema has exactly one type everywhere');
  if (schema['properties'] !== undefined && schema['additionalProperties'] !== undefined) {
    fail('properties and additionalProperties exclude each other');
  }
  if (isServersOwn(path)) return;
  const isBoundText =
    schema['maxLength'] !== undefined || schema['enum'] !== undefined || schema['format'] === 'date-time';
  if (schema['type'] === 'string' && !isBoundText) fail('a text needs maxLength');
  if (schema['type'] === 'array' && schema['maxItems'] === undefined) fail('a list needs maxItems');
  if (isObject(schema['additionalProperties']) && schema['maxProperties'] === undefined)
    fail('a map needs maxProperties');
  const listKeys = listOf(schema['x-kubernetes-list-map-keys']);
  const required = isObject(schema['items']) ? listOf(schema['items']['required']) : [];
  for (const key of listKeys)
    if (!required.includes(key)) fail(`the list is keyed by ${JSON.stringify(key)}, which is not required`);
}

function isServersOwn(path: string): boolean {
  return /^\w+\.(apiVersion|kind|metadata)$/.test(path);
}

/** Lets `kubectl apply -k` take the folder of the definitions. */
export function generateCrdKustomization(names: readonly string[]): string {
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: names };
  return banner + stringify(kustomization, YAML_OPTIONS);
}
