import type { FieldValues, Outcome, RowProblem, RowStatus } from '../../core/model/outcome.ts';

const NONE: readonly RowProblem[] = [];
const STATUS = '","status":"';
const NO_PROBLEMS = ',"errors":[],"warnings":[]}';

/**
 * An outcome as its line of NDJSON has it (see compileOutcomeLines), taken apart only as far as it is asked for: a report
 * lists the values of few of its rows. A quote inside a text is escaped, so that `","status":"` stands nowhere but in
 * front of the status.
 */
export class OutcomeLine implements Outcome {
  readonly row: number;
  readonly status: RowStatus;
  readonly #line: string;
  readonly #hasProblems: boolean;
  #whole: Outcome | null = null;

  constructor(line: string) {
    this.#line = line;
    this.#hasProblems = !line.endsWith(NO_PROBLEMS);
    const status = line.indexOf(STATUS) + STATUS.length;
    if (line.startsWith('{"row":') && status >= STATUS.length) {
      this.row = Number(line.slice(7, line.indexOf(',', 7)));
      this.status = line.slice(status, line.indexOf('"', status)) as RowStatus;
    } else {
      this.row = this.outcome.row;
      this.status = this.outcome.status;
    }
  }

  /** All of it, as a plain object. */
  get outcome(): Outcome {
    this.#whole ??= JSON.parse(this.#line) as Outcome;
    return this.#whole;
  }

  get scope(): string {
    return this.outcome.scope;
  }

  get step(): string {
    return this.outcome.step;
  }

  get object(): string {
    return this.outcome.object;
  }

  get reason(): string | null {
    return this.#member('reason');
  }

  get record(): string | null {
    return this.#member('record');
  }

  get rule(): number | null {
    return this.outcome.rule;
  }

  get before(): FieldValues | null {
    return this.status === 'Created' ? null : this.outcome.before;
  }

  get after(): FieldValues | null {
    return this.outcome.after;
  }

  get errors(): readonly RowProblem[] {
    return this.#hasProblems ? this.outcome.errors : NONE;
  }

  get warnings(): readonly RowProblem[] {
    return this.#hasProblems ? this.outcome.warnings : NONE;
  }

  /** A text or null that stands behind the status and holds nothing that JSON escapes. */
  #member(name: 'reason' | 'record'): string | null {
    if (this.#whole !== null) return this.#whole[name];
    const key = `,"${name}":`;
    const from = this.#line.indexOf(key, this.#line.indexOf(STATUS)) + key.length;
    if (from < key.length || this.#line[from] !== '"') return this.outcome[name];
    const end = this.#line.indexOf('"', from + 1);
    const text = this.#line.slice(from + 1, end);
    return text.includes('\\') ? this.outcome[name] : text;
  }
}
