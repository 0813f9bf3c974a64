import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import type { RecordState } from '../../core/planner/plan.ts';
import { parseColumnValue } from '../postgres/column-value.ts';
import { hashBytes, hashKey } from '../../core/hashing/key-hash.ts';
import { findEnds } from './plain-scan.ts';

const LF = 10;
const LETTER_T = 116;
/** In front of the fields: the id, and whether the record is archived. */
export const LEADING_COLUMNS = 2;
const ID_CHARACTERS = 36;

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A column as `COPY … TO STDOUT` writes it. */
function unescapeColumn(column: string): string | null {
  if (column === '\\N') return null;
  return column.includes('\\') ? column.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char) : column;
}

/**
 * Records as `COPY` of their candidates' query writes them (see renderCandidates). Of most of them only bytes are compared
 * and copied; a record is made of those that somebody asks for.
 */
export class HeldRecords {
  readonly bytes: Buffer;
  /** Of each line, and where the last one ends. */
  readonly starts: Uint32Array;
  /** By line and column: where it ends; as far as `isPlain`. */
  readonly ends: Uint32Array;
  /** By line: whether its columns hold no character that JSON writes in a form of its own. */
  readonly isPlain: Uint8Array;
  /** Of the field that was asked for. */
  readonly keyHashes: Float64Array;
  readonly keyField: FieldModel;
  readonly #fields: readonly FieldModel[];

  /**
   * @param fields those of the relation; none is a list
   * @param keyField one of them, of which each text is its own key
   */
  constructor(bytes: Buffer, fields: readonly FieldModel[], keyField: FieldModel) {
    this.bytes = bytes;
    this.keyField = keyField;
    this.#fields = fields;
    this.starts = findLines(bytes);
    const columns = this.columns;
    const { length } = this;
    this.ends = new Uint32Array(length * columns);
    this.isPlain = new Uint8Array(length);
    this.keyHashes = new Float64Array(length);
    const keyColumn = LEADING_COLUMNS + fields.findIndex(({ name }) => name === keyField.name);
    for (let line = 0; line < length; line += 1) {
      const from = this.starts[line] ?? 0;
      const first = line * columns;
      const isPlain = findEnds(bytes, from, this.ends, first, columns, true);
      if (isPlain) this.isPlain[line] = 1;
      const hash = isPlain
        ? hashBytes(bytes, (this.ends[first + keyColumn - 1] ?? 0) + 1, this.ends[first + keyColumn] ?? 0)
        : 0;
      this.keyHashes[line] = hash === 0 ? hashKey(unescapeColumn(this.#texts(line)[keyColumn] ?? '') ?? '') : hash;
    }
  }

  get length(): number {
    return this.starts.length - 1;
  }

  get columns(): number {
    return LEADING_COLUMNS + this.#fields.length;
  }

  isArchived(line: number): boolean {
    return this.bytes[(this.starts[line] ?? 0) + ID_CHARACTERS + 1] === LETTER_T;
  }

  id(line: number): string {
    const from = this.starts[line] ?? 0;
    return this.bytes.toString('latin1', from, from + ID_CHARACTERS);
  }

  state(line: number): RecordState {
    const texts = this.#texts(line);
    const values: Record<string, FieldValue> = {};
    for (const [index, { name, columnType }] of this.#fields.entries()) {
      const text = unescapeColumn(texts[index + LEADING_COLUMNS] ?? '\\N');
      values[name] = columnType === 'boolean' && text !== null ? text === 't' : parseColumnValue(columnType, text);
    }
    return { id: this.id(line), archived: this.isArchived(line), values };
  }

  #texts(line: number): string[] {
    return this.bytes.toString('utf8', this.starts[line], (this.starts[line + 1] ?? 1) - 1).split('\t');
  }
}

function findLines(bytes: Buffer): Uint32Array {
  const starts = [0];
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, end + 1)) starts.push(end + 1);
  return Uint32Array.from(starts);
}
