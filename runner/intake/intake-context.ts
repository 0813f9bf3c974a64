import type { ConnectorModel, SpreadsheetModel } from '../../core/model/connector.ts';
import type { IntakeWarnings } from './intake-warnings.ts';

/** What there is to read. */
export interface IntakeRequest {
  readonly connector: Pick<ConnectorModel, 'type' | 'spreadsheet' | 'webhook' | 'sql'>;
  /** Null for a Scheduler, which takes no file. */
  readonly inputPath: string | null;
  /** The file's name as the user knows it; null: the last part of `inputPath`. */
  readonly fileName: string | null;
  /** Tables are written to `<workspace>/tables/<n>.tsv`. */
  readonly workspace: string;
  /** ISO date-time: the slot of a Scheduler, and the time of webhook events that carry none. */
  readonly scheduledTime: string;
}

/** What the readers of all formats need. */
export interface IntakeContext {
  readonly request: IntakeRequest;
  readonly path: string;
  readonly fileName: string;
  readonly reading: SpreadsheetModel;
  readonly warnings: IntakeWarnings;
  /** The file of the table at a position, for writing, and as it stands in the result. */
  tablePath(page: number): { readonly absolute: string; readonly relative: string };
}
