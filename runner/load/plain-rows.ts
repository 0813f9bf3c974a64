import type { FieldModel } from '../../core/model/object.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import { MOST_PLAIN_CHARACTERS } from '../../core/planner/convert.ts';
import type { RecordState, RecordView } from '../../core/planner/plan.ts';
import { planRow } from '../../core/planner/plan-row.ts';
import { plainKeyOf, type PlainColumn, type PlainStep } from '../../core/planner/plain-step.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { ScopeLine } from '../sql/scope-line.ts';
import { unescapeField } from '../sql/tab-separated.ts';
import type { RecordStore } from './record-store.ts';

/** A row that creates a record of its own texts, none of which had to be converted. */
export interface PlainCreate {
  readonly row: number;
  /** Of the record. */
  readonly id: string;
  readonly reason: string;
  readonly rule: number | null;
  /** By mapping; null where the row is blank. Constants are not in it. */
  readonly texts: readonly (string | null)[];
  /** Whether JSON can hold every one of the texts as it is. */
  readonly isJsonSafe: boolean;
  /** All columns of a `COPY` of the mapped fields, joined; null where they have to be put together. */
  readonly copyText: string | null;
  readonly record: RecordState;
  /** Under which the record is found, by indexed field. */
  readonly recordKeys: readonly (string | null)[];
}

/** Plans rows that need no look at their values. */
export interface PlainRows {
  readonly columns: readonly PlainColumn[];
  /** Match keys of a row, one a rule; null where the row has to be taken apart. */
  keys(row: ScopeRow): readonly (string | null)[] | null;
  /**
   * @param found what `keys` gave for the row
   * @returns null where the row has to be planned in full: it matches something, or a value has to be looked at
   */
  plan(
    row: ScopeRow,
    found: readonly (string | null)[],
    newId: (row: number) => string,
    store: RecordStore,
  ): PlainCreate | null;
}

const NULL = '\\N';

/** What a text of JSON cannot hold as it is, tabs between values and backslashes aside. */
const QUOTE_OR_CONTROL = /["\u0000-\u0008\u000a-\u001f]/;

const NOTHING_FOUND: RecordView = { find: () => [], findLive: () => [], parent: () => null };

/** @param indexed the fields by which the step finds records of its object, as its RecordStore has them */
export function buildPlainRows(
  compiled: CompiledStep,
  { columns, keys, createOf }: PlainStep,
  indexed: readonly FieldModel[],
  variables: number,
): PlainRows | null {
  if (indexed.some((field) => field.name === 'id')) return null;
  const recordPlaces = indexed.map((field) => columns.findIndex((column) => column.field.name === field.name));
  // A constant that records are found by is for the planner.
  if (recordPlaces.some((place) => columns[place]?.kind === 'Constant')) return null;
  const isInFileOrder =
    columns.length === variables &&
    columns.every((column, index) => column.kind === 'Variable' && column.place === index);

  const keysOf = (row: ScopeLine): readonly (string | null)[] =>
    keys.map(({ place, keyOf }) => {
      const text = unescapeField(row.field(place));
      return text === null ? null : keyOf(text);
    });

  const plan = (
    row: ScopeLine,
    found: readonly (string | null)[],
    newId: (row: number) => string,
    store: RecordStore,
  ): PlainCreate | null => {
    for (let index = 0; index < keys.length; index += 1) {
      const key = found[index] ?? null;
      if (key !== null && store.has(keys[index]?.field.name ?? '', key)) return null;
    }
    const decision = createOf(found);
    if (decision === null) return null;
    const { valueText } = row;
    if (valueText.length > MOST_PLAIN_CHARACTERS) return null;
    const fields = row.valueFields;
    const hasEscapes = valueText.includes('\\');
    let isJsonSafe = !QUOTE_OR_CONTROL.test(valueText);
    const texts: (string | null)[] = [];
    for (const column of columns) {
      if (column.kind === 'Constant') {
        texts.push(null);
        continue;
      }
      let text = fields[column.place] ?? NULL;
      if (hasEscapes && text.includes('\\')) {
        if (text === NULL) {
          texts.push(null);
          continue;
        }
        text = unescapeField(text) ?? '';
        isJsonSafe = false;
        if (text.includes('\0')) return null;
      }
      if (text === '' || (column.takes !== null && !column.takes(text))) return null;
      texts.push(text);
    }
    const id = newId(row.row);
    const recordKeys = indexed.map((field, index) => {
      const text = texts[recordPlaces[index] ?? -1] ?? null;
      return text === null ? null : plainKeyOf(field, text);
    });
    return {
      row: row.row,
      id,
      ...decision,
      texts,
      isJsonSafe,
      copyText: isInFileOrder ? valueText : null,
      record: new PlainRecord(compiled, row, id),
      recordKeys,
    };
  };
  const isPlain = (row: ScopeRow): row is ScopeLine => row instanceof ScopeLine && !row.rejected && !row.hasProblems;
  return {
    columns,
    keys: (row) => (isPlain(row) ? keysOf(row) : null),
    plan: (row, found, newId, store) => (isPlain(row) ? plan(row, found, newId, store) : null),
  };
}

/** A record that a plain row creates. Its values are worked out if a later row finds it, which few do. */
class PlainRecord implements RecordState {
  readonly id: string;
  readonly archived = false;
  readonly #compiled: CompiledStep;
  readonly #row: ScopeLine;
  #values: RecordState['values'] | null = null;

  constructor(compiled: CompiledStep, row: ScopeLine, id: string) {
    this.#compiled = compiled;
    this.#row = row;
    this.id = id;
  }

  get values(): RecordState['values'] {
    this.#values ??= planRow(this.#compiled, this.#row, this.id, NOTHING_FOUND).write?.record.values ?? {};
    return this.#values;
  }
}
