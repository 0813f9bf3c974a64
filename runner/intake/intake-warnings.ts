import type { RunWarning } from '../../core/model/outcome.ts';

/** Warnings of intake, in the words of the reference. */
export type IntakeWarningCode =
  | 'BlankRowsDropped'
  | 'BodyNotObject'
  | 'BodySchemaMismatch'
  | 'EncodingGuessed'
  | 'ErrorCellsBlanked'
  | 'ExtraValuesDropped'
  | 'FormulasWithoutValue'
  | 'HeadersRenamed'
  | 'InvalidBytesReplaced'
  | 'InvalidTimestamp'
  | 'MisplacedQuotes'
  | 'ShortRows'
  | 'TablesRenamed'
  | 'ArchiveEntriesIgnored';

/** Collects warnings by code: counts add up over the tables of an input, the first place stays. */
export class IntakeWarnings {
  readonly #entries = new Map<IntakeWarningCode, { count: number; text: string; place: string }>();

  /** `text` says what was counted: `blank rows dropped`. Nothing happens for 0. */
  add(code: IntakeWarningCode, count: number, text: string, place: string): void {
    if (count === 0) return;
    const entry = this.#entries.get(code);
    if (entry === undefined) this.#entries.set(code, { count, text, place });
    else entry.count += count;
  }

  list(): RunWarning[] {
    return [...this.#entries].map(([code, { count, text, place }]) => ({
      code,
      message: `${text}: ${count}, first in ${place}`,
      count,
    }));
  }
}
