import { ID_FIELD } from '../../core/model/object.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import { planRow } from '../../core/planner/plan-row.ts';
import type { RecordState, RecordView } from '../../core/planner/plan.ts';
import type { PlainDecision } from '../../core/planner/plain-step.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import type { ScopeLines } from '../sql/scope-lines.ts';
import type { RuleKey } from './candidates.ts';
import type { FreshObject } from './fresh-object.ts';
import { NO_ROW } from './hash-index.ts';
import { HeldRecords } from './held-records.ts';
import {
  readText,
  type PlainCreate,
  type PlainHash,
  type PlainRows,
  type PlainUpdate,
  type PlainValues,
} from './plain-rows.ts';
import { isNull, type ScannedLines } from './plain-scan.ts';
import { compareColumn, hasKey } from './plain-update.ts';
import type { LateRecords, RecordStore } from './record-store.ts';

const NOTHING_FOUND: RecordView = { find: () => [], findLive: () => [], parent: () => null };

/**
 * The rows of a chunk that put their own values into a record: a new one, or the one that they match. What `planRow` would say of them is
 * known without an object or a text for any of them.
 */
export class PlainChunk implements LateRecords {
  readonly #plain: PlainRows;
  readonly #lines: ScopeLines;
  readonly #scanned: ScannedLines;
  /** By line and rule; 0 where the row has no key. */
  readonly #keyHashes: Float64Array;
  readonly #create: Mutable<PlainCreate>;
  readonly #update: Mutable<PlainUpdate>;

  constructor(
    plain: PlainRows,
    lines: ScopeLines,
    scanned: ScannedLines,
    keyHashes: Float64Array,
    recordHashes: Float64Array,
  ) {
    this.#plain = plain;
    this.#lines = lines;
    this.#scanned = scanned;
    this.#keyHashes = keyHashes;
    const { bytes } = lines;
    const shared = { row: 0, bytes, bounds: scanned.bounds, boundsFrom: 0, length: 0, place: 0, records: this };
    this.#create = {
      ...shared,
      decision: NO_DECISION,
      hashes: recordHashes,
      hashesFrom: 0,
    };
    this.#update = {
      ...shared,
      held: NOTHING_HELD,
      line: 0,
      changes: new Uint8Array(plain.updates?.columns.length ?? 0),
      isChanged: false,
    };
  }

  /** The rows that have to be taken apart. */
  *otherRows(): Generator<ScopeRow> {
    const { rows } = this.#scanned;
    for (let line = 0; line < rows.length; line += 1) if (rows[line] === 0) yield this.#lines.row(line);
  }

  /** The keys of the plain rows that a record may have. */
  *ruleKeys(fresh: FreshObject): Generator<RuleKey> {
    const { keys, ruleFields } = this.#plain;
    const { rows } = this.#scanned;
    for (let line = 0; line < rows.length; line += 1) {
      if (rows[line] === 0) continue;
      for (let rule = 0; rule < keys.length; rule += 1) {
        const hash = this.#keyHashes[line * keys.length + rule] ?? 0;
        if (hash === 0 || !fresh.mayHave(ruleFields[rule] ?? 0, hash)) continue;
        const key = this.#key(line, keys[rule]);
        if (key !== null) yield { rule, key };
      }
    }
  }

  /**
   * The record that a row creates, put into the store; null where the row has to be planned in full. Holds until the next
   * one is asked for.
   */
  create(line: number, store: RecordStore): PlainCreate | null {
    const { keys, ruleFields, recordKeys, decide, updates } = this.#plain;
    if (this.#scanned.rows[line] === 0) return null;
    let present = 0;
    for (let rule = 0; rule < keys.length; rule += 1) {
      const hash = this.#keyHashes[line * keys.length + rule] ?? 0;
      if (hash === 0) continue;
      // What the table holds is not among the records of the store where it is only compared.
      const isFree = updates === null ? !store.mayHave(ruleFields[rule] ?? 0, hash) : store.heldUnder(hash) === NO_ROW;
      if (!isFree) return null;
      present |= 1 << rule;
    }
    const decision = decide(present);
    if (decision === null) return null;
    const create = this.#create;
    this.#setValues(create, line);
    create.decision = decision;
    create.hashesFrom = line * recordKeys.length;
    store.putLate(this, line, create.hashes, create.hashesFrom);
    return create;
  }

  /**
   * What a row does to the one record that it matches, said to the store; null where the row has to be planned in full. Holds
   * until the next one is asked for.
   */
  update(place: number, store: RecordStore): PlainUpdate | null {
    const { updates, keys } = this.#plain;
    const { rows, bounds } = this.#scanned;
    const hash = this.#keyHashes[place] ?? 0;
    const held = store.held;
    const [key] = keys;
    if (updates === null || held === null || key === undefined || rows[place] === 0 || hash === 0) return null;
    const line = store.heldUnder(hash);
    if (line < 0) return null;
    const { bytes } = this.#lines;
    const update = this.#update;
    this.#setValues(update, place);
    update.held = held;
    update.line = line;
    const fromOf = (value: number): number => (bounds[update.boundsFrom + value] ?? 0) + 1;
    const toOf = (value: number): number => bounds[update.boundsFrom + value + 1] ?? 0;
    if (!hasKey(held, line, updates.keyColumn, bytes, fromOf(key.place), toOf(key.place))) return null;
    update.isChanged = false;
    for (let index = 0; index < updates.columns.length; index += 1) {
      const column = updates.columns[index];
      if (column === undefined) continue;
      const heldEnd = line * held.columns + column.heldColumn;
      const heldFrom = (held.ends[heldEnd - 1] ?? 0) + 1;
      const heldTo = held.ends[heldEnd] ?? 0;
      const compared =
        column.place < 0
          ? compareColumn(column, column.constant, 0, column.constant.length, held.bytes, heldFrom, heldTo)
          : compareColumn(column, bytes, fromOf(column.place), toOf(column.place), held.bytes, heldFrom, heldTo);
      if (compared === 'Unclear') return null;
      update.changes[index] = compared === 'Same' ? 0 : 1;
      if (compared === 'Different') update.isChanged = true;
    }
    if (update.isChanged) store.writeHeld(line, this, place);
    return update;
  }

  record(line: number): RecordState {
    const { compiled, ids } = this.#plain;
    const row = this.#lines.row(line);
    return new LateRecord(compiled, row, ids.of(row.row));
  }

  keys(line: number): readonly (string | null)[] {
    return this.#plain.recordKeys.map((key) => this.#key(line, key));
  }

  changed(place: number, record: RecordState): RecordState {
    const { compiled, ids } = this.#plain;
    const row = this.#lines.row(place);
    const view: RecordView = { ...NOTHING_FOUND, find: () => [record] };
    return planRow(compiled, row, ids.of(row.row), view).write?.record ?? record;
  }

  #setValues(values: Mutable<PlainValues>, line: number): void {
    const { rows, bounds } = this.#scanned;
    const { variables } = this.#plain;
    values.row = rows[line] ?? 0;
    values.place = line;
    values.boundsFrom = line * (variables + 1);
    values.length = (bounds[values.boundsFrom + variables] ?? 0) - (bounds[values.boundsFrom] ?? 0) - 1;
  }

  #key(line: number, key: PlainHash | undefined): string | null {
    if (key === undefined || key.place < 0) return null;
    const { bounds } = this.#scanned;
    const { bytes } = this.#lines;
    const bound = line * (this.#plain.variables + 1) + key.place;
    const from = (bounds[bound] ?? 0) + 1;
    const to = bounds[bound + 1] ?? 0;
    return isNull(bytes, from, to) ? null : key.keyOf(readText(bytes, from, to));
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const NOTHING_HELD = new HeldRecords(Buffer.alloc(0), [], ID_FIELD);
const NO_DECISION: PlainDecision = { reason: '', rule: null };

/** A record that a plain row creates. Its values are worked out if a later row finds it, which few do. */
class LateRecord implements RecordState {
  readonly id: string;
  readonly archived = false;
  readonly #compiled: CompiledStep;
  readonly #row: ScopeRow;
  #values: RecordState['values'] | null = null;

  constructor(compiled: CompiledStep, row: ScopeRow, id: string) {
    this.#compiled = compiled;
    this.#row = row;
    this.id = id;
  }

  get values(): RecordState['values'] {
    this.#values ??= planRow(this.#compiled, this.#row, this.id, NOTHING_FOUND).write?.record.values ?? {};
    return this.#values;
  }
}
