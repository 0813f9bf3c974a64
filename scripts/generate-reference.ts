import {
  definitionOf,
  isList,
  isObject,
  listOf,
  objectOf,
  resourceSchemas,
  textOf,
  type Json,
  type JsonObject,
  type Schemas,
} from './generate-schemas.ts';

const banner = '<!-- Generated from schemas/ by `npm run generate`. Edit the schemas, not this file. -->\n';

export interface Page {
  readonly name: string;
  readonly text: string;
}

/** One page for every resource and body, and an index. */
export function generateReference(schemas: Schemas): readonly Page[] {
  const resources = resourceSchemas(schemas);
  const bodies = [...schemas.values()].filter((schema) => schema['type'] !== undefined && !resources.includes(schema));
  const pages = [...resources, ...bodies].map((schema) => renderPage(schemas, schema));
  return [renderIndex(resources, bodies), ...pages];
}

function renderIndex(resources: readonly JsonObject[], bodies: readonly JsonObject[]): Page {
  const link = (schema: JsonObject): string => {
    const title = textOf(schema['title'], 'schema');
    return `- [${title}](${title.toLowerCase()}.md): ${describe(schema)}`;
  };
  const lines = [
    '# Reference',
    '',
    '## Resources',
    '',
    ...resources.map(link),
    '',
    '## Bodies',
    '',
    ...bodies.map(link),
    '',
    '## Settings',
    '',
    '- [Operator](operator-settings.md): its flags and environment variables',
    '',
    '## Status',
    '',
    '- [Conditions](conditions.md): every reason, what it means and what to do; annotations, containers and exit codes',
  ];
  return { name: 'README.md', text: `${banner}\n${lines.join('\n')}\n` };
}

function renderPage(schemas: Schemas, schema: JsonObject): Page {
  const title = textOf(schema['title'], 'schema');
  const file = textOf(schema['$id'], title);
  const crd = schema['x-kubernetes-crd'];
  const writer = new Sections(schemas);
  const lines = [`# ${title}`, '', describe(schema), ''];
  if (isObject(crd)) {
    const shortNames = listOf(crd['shortNames']).map((name) => `\`${plain(name)}\``);
    lines.push(
      `\`apiVersion: smartconnectors.dev/v1alpha1\`, \`kind: ${title}\`, short name ${shortNames.join(', ')}.`,
      '',
    );
    writer.add('spec', file, propertyOf(schema, 'spec'));
    writer.add('status', file, propertyOf(schema, 'status'));
  } else writer.add('', file, schema);
  return {
    name: `${title.toLowerCase()}.md`,
    text: `${banner}\n${[...lines, ...writer.lines].join('\n').trimEnd()}\n`,
  };
}

function propertyOf(schema: JsonObject, name: string): JsonObject {
  return objectOf(objectOf(schema['properties'], name)[name], name);
}

interface Resolved {
  readonly file: string;
  readonly schema: JsonObject;
  /** Where the definition comes from; the same one is described once a page. */
  readonly ref: string | null;
}

/** Sections in reading order: an object, then the objects that its fields hold. */
class Sections {
  readonly lines: string[] = [];
  readonly #schemas: Schemas;
  readonly #titles = new Map<string, string>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  add(path: string, file: string, raw: JsonObject): void {
    const { schema, file: home } = this.#resolve(file, raw);
    if (path !== '') this.lines.push(`## ${path}`, '', describe(schema), '');
    const required = new Set(listOf(schema['required']));
    const nested: { readonly path: string; readonly resolved: Resolved }[] = [];
    this.lines.push('| field | type | default | description |', '| --- | --- | --- | --- |');
    for (const [name, value] of Object.entries(objectOf(schema['properties'], path))) {
      const resolved = this.#resolve(home, objectOf(value, name));
      const inner = this.#elementOf(resolved);
      const isList = inner !== resolved;
      let type = typeText(resolved.schema, inner.schema);
      if (isObject(inner.schema['properties'])) {
        const key = inner.ref ?? `${path}.${name}`;
        const known = this.#titles.get(key);
        const title = known ?? joined(path, name) + (isList ? '[]' : '');
        if (known === undefined) {
          this.#titles.set(key, title);
          nested.push({ path: title, resolved: inner });
        }
        type = `${isList ? 'list of ' : ''}[${title}](#${anchorOf(title)})`;
      }
      const mark = required.has(name) ? ' (required)' : '';
      const initial =
        resolved.schema['default'] === undefined ? '' : `\`${JSON.stringify(resolved.schema['default'])}\``;
      this.lines.push(`| \`${name}\`${mark} | ${type} | ${initial} | ${cell(describeField(resolved, inner))} |`);
    }
    this.lines.push('');
    for (const rule of listOf(schema['x-kubernetes-validations'])) {
      this.lines.push(`- ${plain(objectOf(rule, path)['message'])}`);
    }
    if (listOf(schema['x-kubernetes-validations']).length > 0) this.lines.push('');
    for (const { path: inner, resolved } of nested) this.add(inner, resolved.file, resolved.schema);
  }

  #elementOf(resolved: Resolved): Resolved {
    const { items, additionalProperties } = resolved.schema;
    if (isObject(items)) return this.#resolve(resolved.file, items);
    return isObject(additionalProperties) ? this.#resolve(resolved.file, additionalProperties) : resolved;
  }

  #resolve(file: string, schema: JsonObject): Resolved {
    const { $ref: ref, ...siblings } = schema;
    if (typeof ref !== 'string') return { file, schema, ref: null };
    const definition = definitionOf(this.#schemas, file, ref);
    return {
      file: definition.file,
      schema: { ...definition.schema, ...siblings },
      ref: `${definition.file} ${definition.key}`,
    };
  }
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The anchor that GitHub gives to a heading. */
function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, '');
}

function describe(schema: JsonObject): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

function describeField(resolved: Resolved, inner: Resolved): string {
  const parts = [describe(resolved.schema)];
  const values = listOf(inner.schema['enum']);
  if (values.length > 0)
    parts.push(`One of ${values.map((value) => `\`${JSON.stringify(value).slice(1, -1)}\``).join(', ')}.`);
  const bounds = boundsOf(resolved.schema);
  if (bounds !== '') parts.push(bounds);
  return parts.filter((part) => part !== '').join(' ');
}

function boundsOf(schema: JsonObject): string {
  const { minimum, maximum, maxLength, maxItems, maxProperties } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${plain(minimum)} to ${plain(maximum)}.`;
  if (minimum !== undefined) return `At least ${plain(minimum)}.`;
  if (schema['enum'] === undefined && maxLength !== undefined) {
    return `At most ${plain(maxLength)} character${maxLength === 1 ? '' : 's'}.`;
  }
  if (maxItems !== undefined) return `At most ${plain(maxItems)} items.`;
  return maxProperties !== undefined && schema['additionalProperties'] !== false
    ? `At most ${plain(maxProperties)} entries.`
    : '';
}

function typeText(schema: JsonObject, inner: JsonObject): string {
  const name = (type: Json | undefined): string => (isList(type) ? type.map(plain).join(' or ') : plain(type));
  if (isObject(schema['items'])) return `list of ${name(inner['type'])}`;
  if (isObject(schema['additionalProperties'])) return `map of ${name(inner['type'])}`;
  return name(schema['type']);
}

/** A name or number as it is. */
function plain(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
