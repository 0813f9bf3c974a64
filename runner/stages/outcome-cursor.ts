import { ROW_STATUSES, type Outcome, type RowStatus } from '../../core/model/outcome.ts';
import { rankOf, type ProblemRank } from '../../core/report/problem-order.ts';
import { LineCursor } from '../artifacts/line-cursor.ts';

const HEAD = Buffer.from('{"row":');
/** A quote inside a text is escaped, so that this stands nowhere but in front of the status. */
const STATUS = Buffer.from('","status":"');
const REASON = Buffer.from('","reason":');
const RECORD = Buffer.from(',"record":');
const RULE = Buffer.from(',"rule":');
const BEFORE = Buffer.from(',"before":');
const NULL = Buffer.from('null');
const NO_WARNINGS = Buffer.from(',"warnings":[]}');
const NO_PROBLEMS = Buffer.from(',"errors":[],"warnings":[]}');
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const ZERO = 48;

/**
 * Walks over lines of outcomes as the load stage writes them (see compileOutcomeLines), reading no more of each than its row,
 * status, reason and record. A line in another form is read as any JSON is.
 */
export class OutcomeCursor extends LineCursor {
  row = 0;
  status: RowStatus = 'NotProcessed';
  /** Whether what follows holds; otherwise `outcome` alone tells. */
  isRead = false;
  /** Where the texts of reason and record stand in `bytes`; from 0 to 0 for null. */
  reasonFrom = 0;
  reasonTo = 0;
  recordFrom = 0;
  recordTo = 0;
  hasBefore = false;
  hasProblems = false;
  #beforeFrom = 0;
  /** Of the text that was read last. */
  #textFrom = 0;
  #textTo = 0;
  #whole: Outcome | null = null;
  /** What stood between the row and the status of the line before, and the status: the same in most lines. */
  #place: Buffer = STATUS;
  #status: Buffer = NULL;
  #statusName: RowStatus = 'NotProcessed';

  override next(): boolean {
    if (!super.next()) return false;
    this.#whole = null;
    this.isRead = this.#read();
    if (!this.isRead) ({ row: this.row, status: this.status } = this.outcome);
    return true;
  }

  get rank(): ProblemRank {
    const isWarned = this.isRead ? this.hasProblems && !this.#endsWith(NO_WARNINGS) : this.outcome.warnings.length > 0;
    return isWarned ? rankOf(this.outcome) : rankOf({ status: this.status, warnings: [] });
  }

  /** All of the line. */
  get outcome(): Outcome {
    this.#whole ??= JSON.parse(this.text()) as Outcome;
    return this.#whole;
  }

  /** The values before and after, of a line that is read and has no problems. */
  get change(): Pick<Outcome, 'before' | 'after'> {
    const members = this.text(this.#beforeFrom, this.to - NO_PROBLEMS.length);
    return JSON.parse(`{${members}}`) as Pick<Outcome, 'before' | 'after'>;
  }

  #read(): boolean {
    const { bytes } = this;
    let at = this.from;
    if (!this.#startsWith(HEAD, at)) return false;
    at += HEAD.length;
    let row = 0;
    for (let byte = bytes[at] ?? COMMA; byte !== COMMA && at < this.to; byte = bytes[at] ?? COMMA) {
      row = row * 10 + byte - ZERO;
      at += 1;
    }
    this.row = row;
    at = this.#readStatus(at);
    if (at < 0 || !this.#startsWith(REASON, at)) return false;
    at = this.#readText(at + REASON.length);
    if (at < 0 || !this.#startsWith(RECORD, at)) return false;
    this.reasonFrom = this.#textFrom;
    this.reasonTo = this.#textTo;
    at = this.#readText(at + RECORD.length);
    if (at < 0 || !this.#startsWith(RULE, at)) return false;
    this.recordFrom = this.#textFrom;
    this.recordTo = this.#textTo;
    at += RULE.length;
    while (at < this.to && bytes[at] !== COMMA) at += 1;
    if (!this.#startsWith(BEFORE, at)) return false;
    this.#beforeFrom = at + 1;
    this.hasBefore = !this.#startsWith(NULL, at + BEFORE.length);
    this.hasProblems = !this.#endsWith(NO_PROBLEMS);
    return true;
  }

  /** Reads from behind the row to behind the status. */
  #readStatus(from: number): number {
    const { bytes } = this;
    if (!this.#startsWith(this.#place, from)) {
      const end = bytes.indexOf(STATUS, from) + STATUS.length;
      if (end < STATUS.length || end > this.to) return -1;
      this.#place = Buffer.from(bytes.subarray(from, end));
    }
    const at = from + this.#place.length;
    const end = at + this.#status.length;
    if (this.#startsWith(this.#status, at) && bytes[end] === QUOTE) {
      this.status = this.#statusName;
      return end;
    }
    const quote = bytes.indexOf(QUOTE, at);
    const text = bytes.toString('latin1', at, quote);
    const status = ROW_STATUSES.find((one) => one === text);
    if (status === undefined) return -1;
    this.status = status;
    this.#statusName = status;
    this.#status = Buffer.from(text);
    return quote;
  }

  /** Reads a text without escapes, or null; -1 where it is neither. */
  #readText(from: number): number {
    const { bytes, to } = this;
    if (this.#startsWith(NULL, from)) {
      this.#textFrom = 0;
      this.#textTo = 0;
      return from + NULL.length;
    }
    if (bytes[from] !== QUOTE) return -1;
    let at = from + 1;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
      if (byte === BACKSLASH || at >= to) return -1;
      at += 1;
    }
    this.#textFrom = from + 1;
    this.#textTo = at;
    return at + 1;
  }

  #startsWith(text: Buffer, from: number): boolean {
    const { bytes } = this;
    const { length } = text;
    for (let at = 0; at < length; at += 1) if (bytes[from + at] !== text[at]) return false;
    return true;
  }

  #endsWith(text: Buffer): boolean {
    return this.#startsWith(text, this.to - text.length);
  }
}
