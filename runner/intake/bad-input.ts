import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { IntakeLimits } from '../../core/model/connector.ts';
import type { StageFailure } from '../../core/model/stages.ts';

/** Failures of intake, in the words of the reference. */
export type IntakeFailureCode =
  | 'CellTooLong'
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
  | 'TooManySheets'
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

/** Which setting a file is beyond, and what to do. */
export function limitHint(
  limit: keyof IntakeLimits,
  instead = 'send less in one file',
): Pick<FaultDetail, 'path' | 'hint'> {
  const path = `spec.spreadsheet.limits.${limit}`;
  return { path, hint: `${instead}, or raise ${path}` };
}

/** Bytes as the manifest writes them: `64Mi`. */
export function renderBytes(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes} bytes`;
}
