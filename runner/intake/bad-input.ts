import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { StageFailure } from '../../core/model/stages.ts';

/** Failures of intake, in the words of the reference. */
export type IntakeFailureCode =
  | 'EmptyInput'
  | 'FormatNotAccepted'
  | 'HeaderClash'
  | 'InputMissing'
  | 'InputNotExpected'
  | 'InputTooLarge'
  | 'InputUnreadable'
  | 'InvalidArchive'
  | 'InvalidDelimiter'
  | 'InvalidEvent'
  | 'InvalidJson'
  | 'InvalidWorkbook'
  | 'NoTablesInArchive'
  | 'RowTooLong'
  | 'TooManyColumns'
  | 'UnclosedQuote'
  | 'UnsafeArchive'
  | 'UnsupportedFormat';

/**
 * Input that cannot be read. Thrown inside intake only, so that readers deep in a stream can stop at once; `runIntake`
 * turns it into the failure of its result.
 */
export class BadInput extends Error {
  readonly failure: StageFailure;

  constructor(code: IntakeFailureCode, message: string, detail: Omit<FaultDetail, 'message'> = {}) {
    super(message);
    this.name = 'BadInput';
    this.failure = { code, message, details: [{ message, ...detail }] };
  }
}
