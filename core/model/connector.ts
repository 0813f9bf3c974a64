import type { FieldModel, FilterModel, ObjectModel } from './object.ts';

export type ConnectorType = 'Spreadsheet' | 'Webhook' | 'Scheduler';
export type VariableType = 'Boolean' | 'Date' | 'DateTime' | 'Email' | 'Number' | 'PhoneNumber' | 'String' | 'UUID';
export type RunFact =
  | 'ExecutionStartTime'
  | 'ExecutionId'
  | 'ConnectorName'
  | 'TriggerType'
  | 'TriggeredBy'
  | 'InputFileName'
  | 'ScheduledTime';

/** Delimiters of array variables; `{}` and `[]` stand for comma-separated values in braces or brackets. */
export type ArrayDelimiter = ',' | ';' | '|' | '\t' | '{}' | '[]';

/**
 * The value of a variable in a row, as canonical text: Boolean `true`/`false`; Date `2026-01-31`; DateTime
 * `2026-01-31T23:59:59.123Z` (UTC, fraction only where there is one, at most 6 digits); Number plain decimal digits with
 * an optional `-` and point, every digit as written; PhoneNumber E.164; UUID lower-case; Email and String as written. An
 * array variable holds a list of such texts. Blank is null, never '' and never an empty list.
 */
export type VariableValue = string | readonly string[] | null;

/** One typed column of a scope, with every default filled in. */
export interface VariableModel {
  readonly name: string;
  readonly type: VariableType;
  readonly column: string;
  readonly required: boolean;
  readonly arrayDelimiter: ArrayDelimiter | null;
  /** Null: detected per column. */
  readonly inputFormat: string | null;
  readonly outputFormat: string | null;
  readonly phoneRegion: string | null;
  /** Where it stands in the manifest, for messages: `spec.executionVariables[3]`. */
  readonly path: string;
}

/** A literal (`value`) or a fact of the run (`from`); exactly one of the two is set. */
export interface AdditionalVariableModel {
  readonly name: string;
  readonly type: VariableType;
  readonly value: VariableValue;
  readonly from: RunFact | null;
  readonly isArray: boolean;
  readonly outputFormat: string | null;
}

/** What a rule or a mapping names: a variable of the scope or an additional variable. */
export interface VariableRef {
  readonly name: string;
  readonly type: VariableType;
  readonly isArray: boolean;
  readonly outputFormat: string | null;
}

export type OnNoMatch = 'CreateNew' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
export type OnSingleMatch = 'UpdateCurrent' | 'NextRule' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
export type OnMultipleMatches = 'DoNotUpload' | 'NextRule' | 'NextRuleIgnorePrevious';
export type OnArchivedMatch =
  'CreateNew' | 'UnarchiveAndUpdate' | 'UnarchiveOnly' | 'NextRule' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
export type ConflictResolution =
  'OnlyUpdateBlank' | 'OverwriteClearIfBlank' | 'OverwriteSkipIfBlank' | 'OnlyAddOptions';

export interface RuleModel {
  readonly field: FieldModel;
  readonly variable: VariableRef;
  readonly onNoMatch: OnNoMatch;
  readonly onSingleMatch: OnSingleMatch;
  readonly onMultipleMatches: OnMultipleMatches;
  readonly onArchivedMatch: OnArchivedMatch;
}

/** Where the value of a mapping comes from. */
export type MappingSource =
  | { readonly kind: 'Variables'; readonly variables: readonly VariableRef[]; readonly separator: string }
  | {
      readonly kind: 'Lookup';
      readonly object: ObjectModel;
      readonly field: FieldModel;
      readonly variable: VariableRef;
    }
  | { readonly kind: 'SameRow'; readonly step: string };

export interface MappingModel {
  readonly field: FieldModel;
  readonly source: MappingSource;
  readonly conflictResolution: ConflictResolution;
  readonly createOptions: boolean;
  readonly onUnresolved: 'FailRow' | 'LeaveBlank';
}

export interface StepModel {
  /** From 0, in the order of the manifest. */
  readonly index: number;
  readonly name: string;
  readonly object: ObjectModel;
  readonly scope: string;
  readonly rules: readonly RuleModel[];
  readonly onBlankKey: 'Skip' | 'CreateNew';
  readonly mappings: readonly MappingModel[];
  readonly triggerWorkflows: boolean;
}

export interface ScopeModel {
  /**
   * The table in `output`, or the input table without SQL. Empty: the only scope of the run, whatever its name (no
   * manifest names it).
   */
  readonly name: string;
  readonly variables: readonly VariableModel[];
}

export interface SqlModel {
  readonly script: string;
  /** Where the script stands, so that a fault in it can name file and line. Lines count from 1. */
  readonly origin: {
    readonly path: string;
    readonly file: string | null;
    readonly firstLine: number;
    readonly indent: number;
    /** Set where lines of the script are not lines of the file: it was quoted or folded. */
    readonly folded?: true;
  };
  readonly sample: { readonly fileName: string; readonly content: Uint8Array } | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

export interface SqlLimits {
  readonly memoryBytes: number;
  readonly seconds: number;
  readonly threads: number;
  readonly rows: number;
}

export type SpreadsheetFormat = 'CSV' | 'TSV' | 'XLSX' | 'XLS' | 'XLSB' | 'ZIP';

/** `spec.spreadsheet.limits`: beyond these a file is a mistake or an attack. */
export interface IntakeLimits {
  readonly columns: number;
  readonly cellBytes: number;
  readonly rowBytes: number;
  readonly sheets: number;
  readonly entries: number;
  readonly expandedBytes: number;
  readonly expansionRatio: number;
}

export interface SpreadsheetModel {
  readonly formats: readonly SpreadsheetFormat[];
  readonly maxBytes: number;
  readonly trim: boolean;
  readonly delimiter: string | null;
  /** A label of the WHATWG Encoding Standard; null: detected. */
  readonly encoding: string | null;
  readonly limits: IntakeLimits;
  /** Bound by position; empty where the manifest names none. */
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] | null }[];
}

export interface ReferenceDataModel {
  readonly object: ObjectModel;
  /** The table in the database `kizen`. */
  readonly table: string;
  /** Null: all live records. */
  readonly filter: FilterModel | null;
  readonly fields: readonly FieldModel[];
}

export type AbortableCount =
  'created' | 'updated' | 'unarchived' | 'skippedByRule' | 'skippedAmbiguous' | 'rejected' | 'failed';

export interface AbortLimit {
  readonly count: AbortableCount;
  readonly percent: number | null;
  readonly rows: number | null;
}

/** A source outside of the input, that the script uses by its name. */
export interface ExternalSourceModel {
  readonly name: string;
  /** `PostgreSQL`, `MySQL`, `S3` or `HTTP`. */
  readonly kind: string;
  /** The Secret's name. */
  readonly secret: string;
  /** The key of the Secret that holds everything as JSON; null: each key holds one value. */
  readonly secretKey: string | null;
}

/** A connector in which every reference is resolved and every default filled in. What all stages read. */
export interface ConnectorModel {
  readonly namespace: string;
  readonly name: string;
  readonly type: ConnectorType;
  readonly active: boolean;
  readonly timeZone: string;
  readonly phoneRegion: string | null;
  readonly spreadsheet: SpreadsheetModel;
  readonly webhook: { readonly bodySchema: unknown };
  readonly schedule: string | null;
  readonly sql: SqlModel | null;
  readonly limits: SqlLimits;
  readonly referenceData: readonly ReferenceDataModel[];
  readonly externalSources: readonly ExternalSourceModel[];
  readonly scopes: readonly ScopeModel[];
  readonly additionalVariables: readonly AdditionalVariableModel[];
  readonly steps: readonly StepModel[];
  readonly diffCheck: boolean;
  readonly abortIf: readonly AbortLimit[];
  readonly maxExecutions: number;
  readonly reportMaxRows: number;
}
