import { LineCursor } from '../artifacts/line-cursor.ts';
import { ScopeLine, type LineShape } from './scope-line.ts';
import { rowCountFault } from './scope-reader.ts';

const TAB = 9;
const ZERO = 48;
const REJECTED = 82;
const NULL_LENGTH = 2;
const BACKSLASH = 92;
const LETTER_N = 78;

/** Walks over the rows of a scope file as bytes (see ScopeRow), by ascending row number. */
export class ScopeCursor extends LineCursor {
  row = 0;
  rejected = false;
  hasProblems = false;
  /** Where the values begin in `bytes`: TabSeparated, as many as the scope has variables. */
  valuesFrom = 0;
  readonly #shape: LineShape;
  readonly #rows: number;

  /** @param rows how many there must be */
  constructor(blocks: AsyncIterable<Uint8Array>, shape: LineShape, rows: number) {
    super(blocks);
    this.#shape = shape;
    this.#rows = rows;
  }

  /** @throws AppError `ScopeFile` where the file ends with fewer or more rows than it must have */
  override async load(): Promise<boolean> {
    if (await super.load()) return true;
    if (this.lines !== this.#rows) throw rowCountFault(this.#shape.path, this.lines, this.#rows);
    return false;
  }

  /** @throws AppError `ScopeFile` where the leading columns are not all there */
  override next(): boolean {
    if (!super.next()) return false;
    const { bytes, from, to } = this;
    let row = 0;
    let at = from;
    for (let byte = bytes[at] ?? TAB; byte !== TAB && at < to; byte = bytes[at] ?? TAB) {
      row = row * 10 + byte - ZERO;
      at += 1;
    }
    const flags = bytes.indexOf(TAB, at + 1) + 1;
    const problems = bytes.indexOf(TAB, flags) + 1;
    let end = bytes.indexOf(TAB, problems);
    if (end < 0 || end > to) end = to;
    const isWhole = flags > 0 && problems > flags && problems <= to && (end < to || this.#shape.arrays.length === 0);
    if (!isWhole) this.line();
    this.row = row;
    this.rejected = problems - flags === 2 && bytes[flags] === REJECTED;
    const isNull = end - problems === NULL_LENGTH && bytes[problems] === BACKSLASH && bytes[problems + 1] === LETTER_N;
    this.hasProblems = !isNull;
    this.valuesFrom = Math.min(end + 1, to);
    return true;
  }

  /** Goes on to the row, as far as its block has come; whether it is there. */
  find(row: number): boolean {
    while (this.row < row && this.next());
    return this.row === row;
  }

  /** As find, over all that is still to come. */
  async seek(row: number): Promise<boolean> {
    while (!this.find(row)) if (this.row > row || !(await this.load())) return false;
    return true;
  }

  /** The row with its texts. @throws AppError `ScopeFile` where its leading columns are not all there */
  line(): ScopeLine {
    return new ScopeLine(this.text(), this.lines, this.#shape);
  }
}
