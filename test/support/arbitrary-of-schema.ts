import fc from 'fast-check';

/** What of an OpenAPI schema, as CRDs have them, decides which values pass it. */
export interface OpenApiSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: OpenApiSchema;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: OpenApiSchema | boolean;
}

const MOST_ITEMS = 3;
const MOST_CHARACTERS = 40;
/** What people and programs leave in a text field. */
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  '..',
  "'; DROP TABLE x; --",
  '{{ x }}',
  '\u202e',
  '\ud83d\ude00',
  'a'.repeat(300),
];

/**
 * Values that a schema lets through, but for rules over several fields, which are not known here.
 *
 * @param words texts to take often, where their field lets them through: names of what is there
 */
export function arbitraryOf(schema: OpenApiSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return arbitraryObject(schema, words);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}, words), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? MOST_ITEMS, MOST_ITEMS)),
      });
    case 'string':
      return arbitraryText(schema, words);
    case 'integer':
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? -3, max: Math.min(schema.maximum ?? 9, (schema.minimum ?? -3) + 12) }),
        fc.constant(schema.maximum ?? 2 ** 31 - 1),
      );
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.oneof(fc.string({ maxLength: MOST_CHARACTERS }), fc.integer(), fc.boolean());
  }
}

function arbitraryObject(schema: OpenApiSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const { properties, required, additionalProperties } = schema;
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(([name, inner]) => [name, arbitraryOf(inner, words)] as const);
    return fc.record(Object.fromEntries(entries), { requiredKeys: [...(required ?? [])] });
  }
  const inner = typeof additionalProperties === 'object' ? additionalProperties : {};
  const key = words.length === 0 ? fc.constant('key') : fc.constantFrom(...words);
  return fc.dictionary(key, arbitraryOf(inner, words), { maxKeys: MOST_ITEMS });
}

function arbitraryText({ pattern, format, minLength, maxLength }: OpenApiSchema, words: readonly string[]) {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const expression = pattern === undefined ? null : new RegExp(pattern, 'u');
  const passes = (text: string): boolean =>
    (expression === null || expression.test(text)) &&
    text.length >= (minLength ?? 0) &&
    text.length <= (maxLength ?? Infinity);
  const known = [...words, ...ODD_TEXTS].filter(passes);
  const length = { minLength: minLength ?? 0, maxLength: Math.max(minLength ?? 0, Math.min(maxLength ?? 99, 99)) };
  const made = expression === null ? fc.string({ unit: 'grapheme', ...length }) : fc.stringMatching(expression);
  const fitting = made.filter(passes);
  return known.length === 0 ? fitting : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fitting);
}
