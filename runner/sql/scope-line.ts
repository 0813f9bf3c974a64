import { AppError } from '../../core/errors/app-error.ts';
import type { VariableValue } from '../../core/model/connector.ts';
import type { RowProblem } from '../../core/model/outcome.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import { unescapeField } from './tab-separated.ts';

const NO_PROBLEMS: readonly RowProblem[] = [];
const NULL = '\\N';

/** What all lines of a scope file share. */
export interface LineShape {
  readonly path: string;
  /** Which variables are arrays. */
  readonly arrays: readonly boolean[];
}

/**
 * A row of a scope file (see ScopeRow), taken apart only as far as it is asked for: of most rows of a large file, few
 * values are ever looked at, and a text each would be most of the memory and time that loading takes.
 */
export class ScopeLine implements ScopeRow {
  readonly row: number;
  readonly rejected: boolean;
  readonly #line: string;
  readonly #number: number;
  readonly #shape: LineShape;
  /** Where the columns after the first begin: input row, flags, problems, values. */
  readonly #inputRowAt: number;
  readonly #problemsAt: number;
  readonly #valuesAt: number;
  #values: readonly VariableValue[] | null = null;

  /**
   * @param number of the line in its file, from 1
   * @throws AppError `ScopeFile` where the leading columns are not all there
   */
  constructor(line: string, number: number, shape: LineShape) {
    this.#line = line;
    this.#number = number;
    this.#shape = shape;
    const inputRowAt = line.indexOf('\t') + 1;
    const flagsAt = line.indexOf('\t', inputRowAt) + 1;
    const problemsAt = line.indexOf('\t', flagsAt) + 1;
    const problemsEnd = line.indexOf('\t', problemsAt);
    const isWhole = inputRowAt > 0 && flagsAt > 0 && problemsAt > 0;
    if (!isWhole || (problemsEnd < 0 && shape.arrays.length > 0)) throw this.fault();
    this.#inputRowAt = inputRowAt;
    this.#problemsAt = problemsAt;
    this.#valuesAt = problemsEnd < 0 ? line.length + 1 : problemsEnd + 1;
    this.rejected = problemsAt - flagsAt === 2 && line[flagsAt] === 'R';
    this.row = Number(line.slice(0, inputRowAt - 1));
  }

  get inputRow(): number | null {
    const text = this.#line.slice(this.#inputRowAt, this.#line.indexOf('\t', this.#inputRowAt));
    return text === NULL ? null : Number(text);
  }

  get hasProblems(): boolean {
    return !(this.#valuesAt - this.#problemsAt === 3 && this.#line.startsWith(NULL, this.#problemsAt));
  }

  get problems(): readonly RowProblem[] {
    if (!this.hasProblems) return NO_PROBLEMS;
    const text = unescapeField(this.#line.slice(this.#problemsAt, this.#valuesAt - 1)) ?? '[]';
    return JSON.parse(text) as readonly RowProblem[];
  }

  /** The values as the file has them: TabSeparated, with its escapes. */
  get valueText(): string {
    return this.#line.slice(this.#valuesAt);
  }

  /** The columns of `valueText`, each still escaped. */
  get valueFields(): readonly string[] {
    const { length } = this.#shape.arrays;
    const fields = length === 0 ? [] : this.valueText.split('\t');
    if (fields.length !== length || (length === 0 && this.#valuesAt <= this.#line.length)) throw this.fault();
    return fields;
  }

  /** The column of a value, still escaped. @param place from 0 */
  field(place: number): string {
    let from = this.#valuesAt;
    for (let passed = 0; passed < place; passed += 1) {
      from = this.#line.indexOf('\t', from) + 1;
      if (from === 0) throw this.fault();
    }
    const end = this.#line.indexOf('\t', from);
    return end < 0 ? this.#line.slice(from) : this.#line.slice(from, end);
  }

  get values(): readonly VariableValue[] {
    if (this.#values !== null) return this.#values;
    const { arrays } = this.#shape;
    const values = this.valueFields.map((field, index) => readValue(field, arrays[index] === true));
    this.#values = values;
    return values;
  }

  /** What to throw where the line has other columns than the scope has. */
  fault(): AppError {
    const { path, arrays } = this.#shape;
    const columns = this.#line.split('\t').length;
    const message = `${path}:${this.#number}: ${columns} columns, expected ${LEADING_COLUMNS + arrays.length}`;
    return new AppError({ code: 'ScopeFile', class: 'terminal', message });
  }
}

/** The value that a column of a row says, which is still escaped. */
export function readValue(field: string, isArray: boolean): VariableValue {
  const text = unescapeField(field);
  return isArray && text !== null ? (JSON.parse(text) as readonly string[]) : text;
}

const LEADING_COLUMNS = 4;
