import { compile } from 'json-schema-to-typescript';
import {
  definitionOf,
  isObject,
  objectOf,
  textOf,
  type Json,
  type JsonObject,
  type Schemas,
} from './generate-schemas.ts';

const banner = '// Generated from schemas/ by `npm run generate`. Edit the schemas, not this file.';

/** Definitions whose key alone would be ambiguous, or would hide a global. */
const names: Readonly<Record<string, string>> = {
  'error.schema.json error': 'ErrorValue',
  'error.schema.json detail': 'ErrorPlace',
  'outcome.schema.json problem': 'OutcomeProblem',
  'smartconnectorexecution.schema.json input': 'ExecutionInput',
};

/** TypeScript types of every resource and body, as one module. */
export async function generateTypes(schemas: Schemas): Promise<string> {
  const definitions: Record<string, Json> = {};
  for (const [file, schema] of schemas) {
    for (const [key, definition] of Object.entries(objectOf(schema['$defs'] ?? {}, file))) {
      const body = objectOf(definition, `${file} ${key}`);
      if (!isScalar(body)) definitions[nameOf(schemas, file, key)] = rewrite(schemas, file, body);
    }
    if (schema['type'] !== undefined) {
      const { $id: _id, $schema: _schema, $defs: _defs, ...root } = schema;
      definitions[textOf(schema['title'], file)] = rewrite(schemas, file, root);
    }
  }
  const generated = await compile({ $defs: definitions }, 'Schemas', {
    bannerComment: banner,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    style: { printWidth: 120, singleQuote: true },
  });
  return withoutNoise(generated);
}

/** The compiler needs one root type and says of every other that the root refers to it; neither helps a reader. */
function withoutNoise(code: string): string {
  return code
    .replace(/export interface Schemas \{[^}]*\}\n/, '')
    .replaceAll(
      / \*\n \* This interface was referenced by `Schemas`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g,
      '',
    )
    .replaceAll(
      /\/\*\*\n \* This interface was referenced by `Schemas`'s JSON-Schema\n \* via the `definition` "\w+"\.\n \*\/\n/g,
      '',
    );
}

/** Plain texts and numbers stay inline; only objects and closed lists are worth a name. */
function isScalar(definition: JsonObject): boolean {
  return definition['type'] !== 'object' && definition['enum'] === undefined;
}

function nameOf(schemas: Schemas, file: string, key: string): string {
  const given = names[`${file} ${key}`];
  if (given !== undefined) return given;
  if (key === 'spec' || key === 'status') return textOf(schemas.get(file)?.['title'], file) + pascal(key);
  return pascal(key);
}

function pascal(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function rewrite(schemas: Schemas, file: string, value: JsonObject): JsonObject {
  const ref = value['$ref'];
  if (typeof ref === 'string') {
    const definition = definitionOf(schemas, file, ref);
    if (!isScalar(definition.schema)) return { $ref: `#/$defs/${nameOf(schemas, definition.file, definition.key)}` };
    const { $ref: _, ...siblings } = value;
    return rewrite(schemas, file, { ...definition.schema, ...siblings });
  }
  const out: Record<string, Json | undefined> = {};
  for (const [key, child] of Object.entries(value)) {
    if (key === 'default' || key === 'title' || key.startsWith('x-kubernetes-')) continue;
    out[key] = isObject(child) ? rewrite(schemas, file, child) : child;
  }
  if (value['x-kubernetes-preserve-unknown-fields'] === true) out['additionalProperties'] = true;
  return out;
}
