import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AnySchemaObject } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { isObject, textOf, type Json, type Schemas } from './generate-schemas.ts';

const banner = '// Generated from schemas/ by `npm run generate`. Edit the schemas, not this file.\n';

/**
 * Validators as code that needs no compiler at start: an ES module, and the declarations that type it. Every validator
 * reports all faults. Formats and the `x-kubernetes-*` keywords are the API server's; static checks cover them here.
 */
export function generateValidators(schemas: Schemas): { readonly code: string; readonly declarations: string } {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    code: { source: true, esm: true },
  });
  for (const schema of schemas.values()) ajv.addSchema(withoutProse(schema) as AnySchemaObject);
  const exported: Record<string, string> = {};
  for (const [file, schema] of schemas) {
    if (schema['type'] !== undefined) exported[`is${textOf(schema['title'], file)}`] = file;
  }
  exported['isJsonSchema'] = 'https://json-schema.org/draft/2020-12/schema';
  // The import of the standalone module differs between its declared and its actual shape.
  const toCode = typeof standalone === 'function' ? standalone : standalone.default;
  return {
    code: banner + withoutRequire(toCode(ajv, exported)),
    declarations: banner + declare(Object.keys(exported)),
  };
}

/**
 * The code carries its schemas along, so only what decides is left, and the descriptions of patterns, which say more to a
 * reader than the pattern does. A property may itself be called `description`: only texts go.
 */
function withoutProse(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (!isObject(value)) return value;
  const keepsText = value['pattern'] !== undefined;
  const entries = Object.entries(value).filter(([key, child]) => keepsText || !isProse(key, child));
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutProse(child ?? null)]));
}

function isProse(key: string, child: Json | undefined): boolean {
  return key.startsWith('x-kubernetes-') || (key === 'description' && typeof child === 'string');
}

/**
 * ajv's ES modules still `require` their run-time functions. Those that these schemas need are small enough to write out,
 * and so the module stands alone. Only names are compared for equality.
 */
const RUNTIME: Readonly<Record<string, string>> = {
  ucs2length: '{ default: (text) => { let length = 0; for (const _ of text) length += 1; return length; } }',
  equal: '{ default: (a, b) => JSON.stringify(a) === JSON.stringify(b) }',
};

function withoutRequire(code: string): string {
  const body = code.replaceAll(
    /require\("ajv\/dist\/runtime\/(\w+)"\)/g,
    (found, name: string) => RUNTIME[name] ?? found,
  );
  if (body.includes('require(')) throw new Error('a validator requires a function that is not known: write it out');
  return body.replace('"use strict";', '');
}

function declare(names: readonly string[]): string {
  const lines = [
    `import type { ErrorObject } from 'ajv';`,
    `import type * as types from './types.ts';`,
    '',
    'export interface Validator<T> {',
    '  (value: unknown): value is T;',
    '  /** Every fault of the last call. */',
    '  errors?: ErrorObject[] | null;',
    '}',
    '',
    ...names.map((name) => `export declare const ${name}: Validator<${typeOf(name)}>;`),
  ];
  return `${lines.join('\n')}\n`;
}

function typeOf(validator: string): string {
  return validator === 'isJsonSchema' ? 'object | boolean' : `types.${validator.slice(2)}`;
}
