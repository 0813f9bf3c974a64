import type { FieldModel } from '../../core/model/object.ts';
import type { RecordIds } from '../../core/planner/record-id.ts';
import {
  isOwnKey,
  plainKeyOf,
  type PlainColumn,
  type PlainDecision,
  type PlainStep,
} from '../../core/planner/plain-step.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { unescapeField } from '../sql/tab-separated.ts';
import type { HeldRecords } from './held-records.ts';
import type { ObjectRelation } from './object-relation.ts';
import { compilePlainUpdates, type PlainUpdates } from './plain-update.ts';
import type { LateRecords } from './record-store.ts';

/** Rules whose keys are told apart by the bits of a number. */
const MOST_RULES = 30;

/** The values of a row, none of which has to be converted. */
export interface PlainValues {
  readonly row: number;
  /** Holds the values, TabSeparated. */
  readonly bytes: Buffer;
  /** Value n stands behind bound `boundsFrom + n` and before the next one. */
  readonly bounds: Uint32Array;
  readonly boundsFrom: number;
  /** Of all values together, with what stands between them. */
  readonly length: number;
  /** In its chunk. */
  readonly place: number;
  /** What makes the record that the row leaves, where somebody wants it. */
  readonly records: LateRecords;
}

/** A row that creates a record of its own values. */
export interface PlainCreate extends PlainValues {
  readonly decision: PlainDecision;
  /** Hashes of the keys under which the record is found, by indexed field, from `hashesFrom` on; 0 for none. */
  readonly hashes: Float64Array;
  readonly hashesFrom: number;
}

/** A row that matches one held record, and what it changes in it. */
export interface PlainUpdate extends PlainValues {
  readonly held: HeldRecords;
  /** Of the record. */
  readonly line: number;
  /** By column of the updates: 1 where the row changes it. */
  readonly changes: Uint8Array;
  /** Whether it changes anything. */
  readonly isChanged: boolean;
}

/** A key that rows are matched by, or that their records are found by. */
export interface PlainHash {
  /** Of the variable among the values of a row. */
  readonly place: number;
  readonly isExact: boolean;
  readonly keyOf: (text: string) => string | null;
}

/** A step whose rows are planned without being taken apart, as far as they go. */
export interface PlainRows {
  readonly compiled: CompiledStep;
  readonly ids: RecordIds;
  readonly columns: readonly PlainColumn[];
  /** One a rule. */
  readonly keys: readonly PlainHash[];
  /** Of the field of each rule among the indexed ones. */
  readonly ruleFields: readonly number[];
  /** One an indexed field. */
  readonly recordKeys: readonly PlainHash[];
  /** What becomes of a row that nothing matches; bit n of the number is set where rule n has a key. */
  readonly decide: (keys: number) => PlainDecision | null;
  readonly variables: number;
  /** Null where a row that matches a record has to be planned in full. */
  readonly updates: PlainUpdates | null;
}

/**
 * @param indexed the fields by which the step finds records of its object, as its RecordStore has them
 * @param variables how many the scope has
 * @returns null where every row has to be looked into
 */
export function buildPlainRows(
  compiled: CompiledStep,
  { columns, keys, createOf }: PlainStep,
  indexed: readonly FieldModel[],
  variables: number,
  ids: RecordIds,
  relation: ObjectRelation,
): PlainRows | null {
  if (variables === 0 || keys.length > MOST_RULES || indexed.some((field) => field.name === 'id')) return null;
  const recordKeys: PlainHash[] = [];
  for (const field of indexed) {
    const column = columns.find((one) => one.field.name === field.name);
    // A constant that records are found by is for the planner.
    if (column?.kind === 'Constant') return null;
    const place = column?.place ?? -1;
    recordKeys.push({ place, isExact: isOwnKey(field), keyOf: (text) => plainKeyOf(field, text) });
  }
  const ruleFields = keys.map(({ field }) => indexed.findIndex(({ name }) => name === field.name));
  const decisions = new Map<number, PlainDecision | null>();
  const decide = (present: number): PlainDecision | null => {
    const known = decisions.get(present);
    if (known !== undefined) return known;
    const decision = createOf(keys.map((_, rule) => (present & (1 << rule)) !== 0));
    decisions.set(present, decision);
    return decision;
  };
  const [key] = keys;
  const updates = key?.isExact === true ? compilePlainUpdates(compiled, columns, key.place, relation) : null;
  return { compiled, ids, columns, keys, ruleFields, recordKeys, decide, variables, updates };
}

/** The text of a value that is not NULL. */
export function readText(bytes: Buffer, from: number, to: number): string {
  return unescapeField(bytes.toString('utf8', from, to)) ?? '';
}
