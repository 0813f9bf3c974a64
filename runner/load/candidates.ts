import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { ParentRow, RecordState } from '../../core/planner/plan.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { renderCandidates, type ObjectRelation } from './object-relation.ts';
import { fieldNamed, foreignKey, RecordStore } from './record-store.ts';
import { parseColumnValue } from '../postgres/column-value.ts';

/** Long texts are indexed and fetched by this many leading characters, and compared exactly afterwards. */
const KEY_CHARACTERS = 255;

/** Match keys asked of one field of one object. */
interface Question {
  readonly object: string;
  readonly field: FieldModel;
  readonly keys: Set<string>;
}

function questionsOf(compiled: CompiledStep, rows: readonly ScopeRow[]): Question[] {
  const questions = new Map<string, Question>();
  const ask = (object: string, field: FieldModel, key: string): void => {
    const name = foreignKey(object, field.name);
    const question = questions.get(name);
    if (question === undefined) questions.set(name, { object, field, keys: new Set([key]) });
    else question.keys.add(key);
  };
  const { rules, object } = compiled.step;
  for (const row of rows) {
    if (row.rejected) continue;
    for (const [index, key] of compiled.keys(row).entries()) {
      const rule = rules[index];
      if (key !== null && rule !== undefined) ask(object.name, rule.field, key);
    }
    for (const mapping of compiled.mappings) {
      if (mapping.kind !== 'Lookup') continue;
      for (const key of mapping.keys(row)) ask(mapping.object, mapping.field, key);
    }
  }
  return [...questions.values()];
}

/** What a step asks of its own object: the fields of its rules and of its lookups into the object itself. */
function indexedFields(compiled: CompiledStep): FieldModel[] {
  const { object, rules } = compiled.step;
  const fields = new Map(rules.map((rule) => [rule.field.name, rule.field]));
  for (const mapping of compiled.mappings) {
    if (mapping.kind === 'Lookup' && mapping.object === object.name) fields.set(mapping.field.name, mapping.field);
  }
  return [...fields.values()].map((field) => fieldNamed(object, field.name));
}

function leadingCharacters(key: string): string {
  if (key.length <= KEY_CHARACTERS) return key;
  return Array.from(key.slice(0, 2 * KEY_CHARACTERS))
    .slice(0, KEY_CHARACTERS)
    .join('');
}

async function fetchRecords(
  client: ClientBase,
  relation: ObjectRelation,
  field: FieldModel,
  keys: ReadonlySet<string>,
): Promise<RecordState[]> {
  const text = renderCandidates(relation, field);
  if (text === null) return [];
  const isText = field.columnType === 'text';
  const sought = isText ? Array.from(keys, leadingCharacters) : [...keys];
  const result = await client.query<unknown[]>({ text, values: [sought], rowMode: 'array' });
  return result.rows.map((columns) => {
    const values: Record<string, FieldValue> = {};
    for (const [index, one] of relation.fields.entries())
      values[one.name] = parseColumnValue(one.columnType, columns[index + 2]);
    return { id: String(columns[0]), archived: columns[1] === true || columns[1] === 't', values };
  });
}

/**
 * Fetches, in a few queries, every record that the rules and lookups of these rows can ask for.
 *
 * @param relations by object name; every object that the step writes or looks into
 */
export async function fetchStore(
  client: ClientBase,
  compiled: CompiledStep,
  rows: readonly ScopeRow[],
  relations: ReadonlyMap<string, ObjectRelation>,
  parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>,
): Promise<RecordStore> {
  const { object } = compiled.step;
  const own: RecordState[] = [];
  const foreign = new Map<string, Map<string, string[]>>();
  for (const question of questionsOf(compiled, rows)) {
    const relation = relations.get(question.object);
    if (relation === undefined) continue;
    const records = await fetchRecords(client, relation, question.field, question.keys);
    if (question.object === object.name) own.push(...records);
    else foreign.set(foreignKey(question.object, question.field.name), indexLive(relation, question.field, records));
  }
  const store = new RecordStore(object, indexedFields(compiled), foreign, parents);
  for (const record of own) store.put(record);
  return store;
}

function indexLive(
  relation: ObjectRelation,
  field: FieldModel,
  records: readonly RecordState[],
): Map<string, string[]> {
  const index = new RecordStore(relation.object, [fieldNamed(relation.object, field.name)], new Map(), new Map());
  for (const record of records) if (!record.archived) index.put(record);
  return index.liveIds(field.name);
}
