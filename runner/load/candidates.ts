import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { ParentRow, RecordState } from '../../core/planner/plan.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { renderCandidates, type ObjectRelation } from './object-relation.ts';
import { fieldNamed, foreignKey, recordKey, RecordStore } from './record-store.ts';
import { to as copyTo } from 'pg-copy-streams';
import { parseColumnValue } from '../postgres/column-value.ts';
import { quoteLiteral } from '../postgres/sql.ts';
import { HeldRecords } from './held-records.ts';
import { renderArray } from './record-values.ts';

/** Long texts are indexed and fetched by this many leading characters, and compared exactly afterwards. */
const KEY_CHARACTERS = 255;

/** Match keys asked of one field of one object. */
export interface Question {
  readonly object: string;
  readonly field: FieldModel;
  readonly keys: ReadonlySet<string>;
}

/** A match key that a rule asks for. */
export interface RuleKey {
  /** The place of the rule among those of the step. */
  readonly rule: number;
  readonly key: string;
}

/**
 * Everything that the rules and lookups of these rows ask.
 *
 * @param known keys of other rows, which ask nothing else
 */
export function questionsOf(
  compiled: CompiledStep,
  rows: Iterable<ScopeRow>,
  known: Iterable<RuleKey> = [],
): Question[] {
  const questions = new Map<string, Question & { readonly keys: Set<string> }>();
  const ask = (object: string, field: FieldModel, key: string): void => {
    const name = foreignKey(object, field.name);
    const question = questions.get(name);
    if (question === undefined) questions.set(name, { object, field, keys: new Set([key]) });
    else question.keys.add(key);
  };
  const { rules, object } = compiled.step;
  const ruleKeys = rules.map(({ field }) => {
    const name = foreignKey(object.name, field.name);
    const question = questions.get(name) ?? { object: object.name, field, keys: new Set<string>() };
    questions.set(name, question);
    return question.keys;
  });
  const lookups = compiled.mappings.filter((mapping) => mapping.kind === 'Lookup');
  for (const { rule, key } of known) ruleKeys[rule]?.add(key);
  for (const row of rows) {
    if (row.rejected) continue;
    const keys = compiled.keys(row);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? null;
      if (key !== null) ruleKeys[index]?.add(key);
    }
    for (const mapping of lookups) {
      for (const key of mapping.keys(row)) ask(mapping.object, mapping.field, key);
    }
  }
  return [...questions.values()].filter(({ keys }) => keys.size > 0);
}

/** What a step asks of its own object: the fields of its rules and of its lookups into the object itself. */
export function indexedFields(compiled: CompiledStep): FieldModel[] {
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

/** A question with the records that answer it. */
export interface Answer {
  readonly question: Question;
  /** Those of its keys for which there may be a record, written yet or not. */
  readonly asked: ReadonlySet<string>;
  readonly records: readonly RecordState[] | HeldRecords;
}

/**
 * Fetches, one query a question, every record that has one of the keys asked for.
 *
 * @param relations by object name; every object that the step writes or looks into
 * @param narrow the keys of a question for which there may be a record
 * @param held the object of which the records need not be made
 */
export async function fetchAnswers(
  client: ClientBase,
  questions: readonly Question[],
  relations: ReadonlyMap<string, ObjectRelation>,
  narrow: (question: Question) => ReadonlySet<string> = ({ keys }) => keys,
  held: string | null = null,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const question of questions) {
    const asked = narrow(question);
    const fetch = question.object === held ? fetchHeld : fetchRecords;
    answers.push({ question, asked, records: await fetch(client, { ...question, keys: asked }, relations) });
  }
  return answers;
}

/** As fetchRecords, as bytes. */
async function fetchHeld(
  client: ClientBase,
  question: Question,
  relations: ReadonlyMap<string, ObjectRelation>,
): Promise<readonly RecordState[] | HeldRecords> {
  const { object, field, keys } = question;
  if (Array.from(keys).some((key) => key.includes('\0'))) return fetchRecords(client, question, relations);
  const relation = relations.get(object);
  // COPY takes no parameters.
  const literal = quoteLiteral(renderArray(Array.from(keys, leadingCharacters)));
  const query = relation === undefined ? null : renderCandidates(relation, field, literal);
  if (relation === undefined || query === null || keys.size === 0) return [];
  const parts: Buffer[] = [];
  for await (const part of client.query(copyTo(`COPY (${query}) TO STDOUT`))) parts.push(part as Buffer);
  return new HeldRecords(Buffer.concat(parts), relation.fields, field);
}

async function fetchRecords(
  client: ClientBase,
  { object, field, keys }: Question,
  relations: ReadonlyMap<string, ObjectRelation>,
): Promise<RecordState[]> {
  const relation = relations.get(object);
  const text = relation === undefined ? null : renderCandidates(relation, field);
  if (relation === undefined || text === null || keys.size === 0) return [];
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
 * The records that rows can see: those that answer their questions, as the rows before have left them.
 *
 * @param rows how many there are
 * @param before what the chunk before saw and did, where it may not have been written yet when the questions were asked
 */
export function buildStore(
  compiled: CompiledStep,
  answers: readonly Answer[],
  parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>,
  rows: number,
  before: RecordStore | null,
): RecordStore {
  const { object } = compiled.step;
  const foreign = new Map<string, Map<string, string[]>>();
  for (const { question, records } of answers) {
    if (question.object === object.name) continue;
    if (!(records instanceof HeldRecords))
      foreign.set(foreignKey(question.object, question.field.name), indexLive(question, records));
  }
  const store = new RecordStore(object, indexedFields(compiled), foreign, parents, rows);
  for (const { question, asked, records } of answers) {
    if (question.object !== object.name) continue;
    if (records instanceof HeldRecords) store.hold(records);
    else for (const record of records) store.put(before?.get(record.id) ?? record);
    if (before === null) continue;
    for (const key of asked) for (const record of before.find(question.field.name, key)) store.put(record);
  }
  return store;
}

function indexLive({ field }: Question, records: readonly RecordState[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const record of records) {
    const key = record.archived ? null : recordKey(field, record);
    if (key === null) continue;
    const known = ids.get(key);
    if (known === undefined) ids.set(key, [record.id]);
    else known.push(record.id);
  }
  return ids;
}
