// Generated from schemas/ by `npm run generate`. Edit the schemas, not this file.

export type VariableType = 'Boolean' | 'Date' | 'DateTime' | 'Email' | 'Number' | 'PhoneNumber' | 'String' | 'UUID';

/**
 * A key of a ConfigMap in the same namespace.
 */
export interface ConfigMapKeyRef {
  /**
   * The name of a resource in the same namespace: lower-case letters, digits, - and ., with a letter or digit at both ends.
   */
  name: string;
  /**
   * The key, in data or binaryData: letters, digits, -, _ and .
   */
  key: string;
}
/**
 * A Secret in the same namespace.
 */
export interface SecretRef {
  /**
   * The name of a resource in the same namespace: lower-case letters, digits, - and ., with a letter or digit at both ends.
   */
  name: string;
  /**
   * The key of the Secret: letters, digits, -, _ and .
   */
  key?: string;
}
/**
 * One comparison of a field of a record.
 */
export interface FilterCondition {
  /**
   * A field of the object, or one of id, archived_at, created_at, updated_at.
   */
  field: string;
  /**
   * How the field is compared. IsBlank and IsNotBlank take no value; In and NotIn take values; the others take value.
   */
  operator:
    | 'Equals'
    | 'NotEquals'
    | 'In'
    | 'NotIn'
    | 'LessThan'
    | 'LessThanOrEqual'
    | 'GreaterThan'
    | 'GreaterThanOrEqual'
    | 'Contains'
    | 'StartsWith'
    | 'IsBlank'
    | 'IsNotBlank';
  /**
   * The value to compare with, written as text and read by the type of the field: 12.50, true, 2026-01-31, Active.
   */
  value?: string;
  /**
   * The values of In and NotIn.
   *
   * @minItems 1
   * @maxItems 256
   */
  values?: string[];
}
/**
 * Which live records are meant: all of the conditions under all, and at least one of those under any.
 */
export interface Filter {
  /**
   * Every one of these conditions holds.
   *
   * @minItems 1
   * @maxItems 32
   */
  all?: FilterCondition[];
  /**
   * At least one of these conditions holds.
   *
   * @minItems 1
   * @maxItems 32
   */
  any?: FilterCondition[];
}
/**
 * A condition as in metav1.Condition.
 */
export interface Condition {
  /**
   * The condition, in CamelCase.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * The generation that was judged.
   */
  observedGeneration?: number;
  /**
   * When the status changed last.
   */
  lastTransitionTime: string;
  /**
   * Why, as one CamelCase word.
   */
  reason: string;
  /**
   * Why, for people.
   */
  message: string;
}
/**
 * Rows of one load step by status.
 */
export interface Counts {
  /**
   * The load step.
   */
  name: string;
  /**
   * Records created.
   */
  created?: number;
  /**
   * Records updated.
   */
  updated?: number;
  /**
   * Records brought back from the archive.
   */
  unarchived?: number;
  /**
   * Records that already held every value.
   */
  unchanged?: number;
  /**
   * Rows that a matching rule left out.
   */
  skippedByRule?: number;
  /**
   * Rows that matched several records.
   */
  skippedAmbiguous?: number;
  /**
   * Rows that could not be written.
   */
  failed?: number;
  /**
   * Rows that were not reached.
   */
  notProcessed?: number;
}
/**
 * What is applied.
 */
export interface ConnectorRepositorySpec {
  /**
   * The repository, over https or ssh: https://host/path or ssh://user@host/path.
   */
  url: string;
  /**
   * What is checked out. The branch main unless said.
   */
  ref?: {
    /**
     * A branch.
     */
    branch?: string;
    /**
     * A tag.
     */
    tag?: string;
    /**
     * A commit: 40 hexadecimal digits.
     */
    commit?: string;
  };
  /**
   * The folder of the manifests.
   */
  path?: string;
  /**
   * How often the repository is fetched.
   */
  interval?: string;
  /**
   * How long one fetch may take.
   */
  timeout?: string;
  /**
   * Whether fetching and applying is paused.
   */
  suspend?: boolean;
  /**
   * Whether resources that left the repository are deleted.
   */
  prune?: boolean;
  secretRef?: SecretRef;
  /**
   * Only commits signed by these keys are applied.
   */
  verify?: {
    secretRef: SecretRef;
  };
}
/**
 * What holds in the cluster.
 */
export interface ConnectorRepositoryStatus {
  /**
   * The generation last seen by the operator; -1 before that.
   */
  observedGeneration?: number;
  /**
   * The revision in the cluster.
   */
  lastAppliedRevision?: string;
  /**
   * The revision tried last.
   */
  lastAttemptedRevision?: string;
  /**
   * What was applied.
   *
   * @maxItems 5000
   *
   * Items: One applied resource.
   */
  inventory?: {
    /**
     * The kind.
     */
    kind: string;
    /**
     * The namespace.
     */
    namespace?: string;
    /**
     * The name.
     */
    name: string;
  }[];
  /**
   * @maxItems 16
   */
  conditions?: Condition[];
}
/**
 * A Git repository whose manifests the operator applies.
 */
export interface ConnectorRepository {
  apiVersion: 'smartconnectors.dev/v1alpha1';
  kind: 'ConnectorRepository';
  metadata: {};
  spec: ConnectorRepositorySpec;
  status?: ConnectorRepositoryStatus;
}
/**
 * What went wrong.
 */
export interface ErrorValue {
  /**
   * One CamelCase word.
   */
  code: string;
  /**
   * The same, for people.
   */
  message: string;
  /**
   * Every place at fault.
   */
  details: ErrorPlace[];
}
/**
 * One place at fault.
 */
export interface ErrorPlace {
  /**
   * The field path, for example spec.loadSteps[0].object.
   */
  path?: string;
  /**
   * The file.
   */
  file?: string;
  /**
   * The line, from 1.
   */
  line?: number;
  /**
   * The column, from 1.
   */
  column?: number;
  /**
   * What is wrong.
   */
  message: string;
  /**
   * What to do.
   */
  hint?: string;
}
/**
 * What a command prints instead of a result, and the API instead of a body.
 */
export interface ErrorBody {
  error: ErrorValue;
}
/**
 * What an Object is made of.
 */
export interface KizenObjectSpec {
  /**
   * The name that people read.
   */
  displayName?: string;
  /**
   * What the records are.
   */
  description?: string;
  /**
   * The fields of a record.
   *
   * @minItems 1
   * @maxItems 256
   */
  fields: Field[];
  /**
   * Saved filters: named sets of live records, for reference data.
   *
   * @maxItems 64
   */
  filterGroups?: FilterGroup[];
}
/**
 * One field of a record, a typed column of the table.
 */
export interface Field {
  /**
   * The name of the field and of its column.
   */
  name: string;
  /**
   * What the field holds.
   */
  type:
    | 'Text'
    | 'LongText'
    | 'Wysiwyg'
    | 'Email'
    | 'PhoneNumber'
    | 'Timezone'
    | 'Integer'
    | 'Decimal'
    | 'Money'
    | 'Rating'
    | 'Checkbox'
    | 'Date'
    | 'DateTime'
    | 'Dropdown'
    | 'Radio'
    | 'Status'
    | 'YesNoMaybe'
    | 'Checkboxes'
    | 'DynamicTags'
    | 'Relationship'
    | 'TeamSelector'
    | 'Selector'
    | 'Choices'
    | 'Files';
  /**
   * The name that people read.
   */
  displayName?: string;
  /**
   * What the values mean.
   */
  description?: string;
  /**
   * The longest text allowed, in Unicode code points. Text: 10,000 unless said.
   */
  maxLength?: number;
  /**
   * The smallest number allowed, as decimal text such as '12.50', so that every digit counts.
   */
  minimum?: string;
  /**
   * The largest number allowed, as decimal text such as '12.50'. Rating: 5 unless said.
   */
  maximum?: string;
  /**
   * The most digits allowed after the decimal point (Decimal and Money).
   */
  scale?: number;
  /**
   * The labels of Dropdown, Radio, Status and Checkboxes. A file names an option by its label. YesNoMaybe has Yes, No and Maybe; DynamicTags takes any label.
   *
   * @minItems 1
   * @maxItems 1000
   */
  options?: string[];
  /**
   * The object that a Relationship refers to.
   */
  object?: string;
  /**
   * Whether a Relationship holds one record or several.
   */
  cardinality?: 'ManyToOne' | 'ManyToMany';
  /**
   * The name under which the other object sees the records that refer to it.
   */
  inverse?: string;
}
/**
 * A named, saved filter.
 */
export interface FilterGroup {
  /**
   * The name that reference data uses.
   */
  name: string;
  filter: Filter;
}
/**
 * What holds in the cluster.
 */
export interface KizenObjectStatus {
  /**
   * The generation last seen by the operator; -1 before that.
   */
  observedGeneration?: number;
  /**
   * The table of the records.
   */
  table?: string;
  /**
   * How many fields the table has.
   */
  fieldCount?: number;
  /**
   * How many live records there are, estimated.
   */
  recordCount?: number;
  /**
   * @maxItems 16
   */
  conditions?: Condition[];
}
/**
 * The schema of an Object: its fields and saved filter groups. Backed by a PostgreSQL table of Records.
 */
export interface KizenObject {
  apiVersion: 'smartconnectors.dev/v1alpha1';
  kind: 'KizenObject';
  metadata: {};
  spec: KizenObjectSpec;
  status?: KizenObjectStatus;
}
/**
 * One problem of a row.
 */
export interface OutcomeProblem {
  /**
   * One CamelCase word.
   */
  code: string;
  /**
   * The same, for people.
   */
  message: string;
  /**
   * The variable.
   */
  variable?: string;
  /**
   * The field.
   */
  field?: string;
}
/**
 * What happened to one row of a scope in one load step: one line of the outcomes file (NDJSON).
 */
export interface Outcome {
  /**
   * The number of the row in its scope, from 1.
   */
  row: number;
  /**
   * The scope.
   */
  scope: string;
  /**
   * The load step.
   */
  step: string;
  /**
   * The object.
   */
  object: string;
  /**
   * What happened.
   */
  status:
    | 'Created'
    | 'Updated'
    | 'Unarchived'
    | 'Unchanged'
    | 'UnchangedByDiff'
    | 'SkippedByRule'
    | 'SkippedAmbiguous'
    | 'Rejected'
    | 'Failed'
    | 'NotProcessed';
  /**
   * Why, as one CamelCase word.
   */
  reason: string | null;
  /**
   * The id of the record that was matched or created.
   */
  record: string | null;
  /**
   * The number of the matching rule that decided, from 1.
   */
  rule: number | null;
  /**
   * Fields that were written, with the values they had. Null where nothing was written or the record is new.
   */
  before: {} | null;
  /**
   * Fields that were written, with their new values. Null where nothing was written.
   */
  after: {} | null;
  /**
   * Why the row was not written.
   */
  errors: OutcomeProblem[];
  /**
   * What was done differently than the file says.
   */
  warnings: OutcomeProblem[];
}
/**
 * What an execution did, as `smartconnector run --output json` prints it.
 */
export interface RunResult {
  /**
   * The id of the execution.
   */
  execution: string;
  /**
   * The connector.
   */
  connector: string;
  /**
   * The execution that a revert took back. Runs have none.
   */
  reverts?: string;
  /**
   * What was asked.
   */
  mode: 'Live' | 'DryRun' | 'Validate';
  /**
   * How it ended.
   */
  phase:
    'Queued' | 'Pending' | 'Running' | 'Succeeded' | 'PartialSuccess' | 'Failed' | 'Cancelled' | 'Skipped' | 'Missed';
  /**
   * Wall-clock time, in milliseconds.
   */
  durationMs: number;
  /**
   * The input tables.
   */
  inputs: {
    /**
     * The table.
     */
    table: string;
    /**
     * Its rows.
     */
    rows: number;
  }[];
  /**
   * What left the SQL.
   */
  scopes: {
    /**
     * The scope.
     */
    name: string;
    /**
     * Its rows.
     */
    rows: number;
    /**
     * Rows without a required value.
     */
    rejected: number;
    /**
     * Rows left out by the diff check.
     */
    unchangedByDiff: number;
  }[];
  /**
   * Rows by status for every load step.
   */
  steps: {
    name: string;
    object: string;
    scope: string;
    created: number;
    updated: number;
    unarchived: number;
    unchanged: number;
    skippedByRule: number;
    skippedAmbiguous: number;
    failed: number;
    notProcessed: number;
  }[];
  /**
   * Where the workbook is, or null.
   */
  report: string | null;
  /**
   * Where the outcomes file is, or null.
   */
  outcomes: string | null;
  /**
   * What people should know.
   */
  warnings: {
    code: string;
    message: string;
    count: number;
  }[];
  error?: ErrorValue;
}
/**
 * What the connector does.
 */
export interface SmartConnectorSpec {
  /**
   * The name that people read.
   */
  displayName?: string;
  /**
   * What the connector is for.
   */
  description?: string;
  /**
   * What starts an execution. Cannot change.
   */
  type: 'Spreadsheet' | 'Webhook' | 'Scheduler';
  /**
   * What is wanted; status.activation says what holds.
   */
  active?: boolean;
  /**
   * The zone of date-times without an offset, and of the schedule.
   */
  timeZone?: string;
  /**
   * The country (two capital letters, ISO 3166-1, for example US) whose national format is assumed where a phone number has no country code.
   */
  phoneRegion?: string;
  spreadsheet?: Spreadsheet;
  webhook?: Webhook;
  scheduler?: Scheduler;
  sql?: Sql;
  /**
   * Records that the script may read as tables of the database kizen.
   *
   * @maxItems 32
   */
  referenceData?: ReferenceData[];
  /**
   * Databases and stores that the script may read through named collections.
   *
   * @maxItems 16
   */
  externalSources?: ExternalSource[];
  /**
   * The typed columns that leave the SQL.
   *
   * @maxItems 512
   */
  executionVariables?: ExecutionVariable[];
  /**
   * Values that do not come from the input. Every scope has them.
   *
   * @maxItems 64
   */
  additionalVariables?: AdditionalVariable[];
  /**
   * What is written, in this order.
   *
   * @minItems 1
   * @maxItems 32
   */
  loadSteps: LoadStep[];
  /**
   * Leaves out rows that the previous run already wrote.
   */
  diffCheck?: {
    /**
     * Whether rows are compared with the previous run.
     */
    enabled: boolean;
  };
  abortIf?: AbortIf;
  /**
   * How many executions may run at once.
   */
  concurrency?: {
    /**
     * At most this many at once. 0 holds the queue.
     */
    maxExecutions?: number;
  };
  notifications?: Notifications;
  /**
   * How many finished executions are kept as resources.
   */
  history?: {
    /**
     * Succeeded executions kept.
     */
    successful?: number;
    /**
     * Other ended executions kept.
     */
    failed?: number;
  };
  /**
   * What the workbook lists.
   */
  report?: {
    /**
     * Rows listed at most per load step, problems first.
     */
    maxRows?: number;
  };
}
/**
 * How an uploaded file is read.
 */
export interface Spreadsheet {
  /**
   * The formats accepted. All of them unless said.
   *
   * @minItems 1
   * @maxItems 8
   */
  formats?: ('CSV' | 'TSV' | 'XLSX' | 'XLS' | 'XLSB' | 'ZIP')[];
  /**
   * The largest file accepted.
   */
  maxBytes?: string;
  /**
   * Whether spaces at both ends of a cell are removed.
   */
  trim?: boolean;
  /**
   * The delimiter of text files: a comma, semicolon, tab, pipe or other single character. Detected unless said.
   */
  delimiter?: string;
  /**
   * The encoding of text files without a byte order mark, a label of the WHATWG Encoding Standard such as Windows-1250 or Shift_JIS, or IBM437, IBM850, IBM852 or IBM858. Detected unless said.
   */
  encoding?: string;
  /**
   * What is read at most. Beyond it a file is refused, with the name of the limit.
   */
  limits?: {
    /**
     * Columns of a table.
     */
    columns?: number;
    /**
     * One cell as UTF-8.
     */
    cellBytes?: string;
    /**
     * One row as UTF-8, at most 512Mi. Also how far a quote that is not closed is followed.
     */
    rowBytes?: string;
    /**
     * Sheets of a workbook, or tables of a ZIP file.
     */
    sheets?: number;
    /**
     * Entries of a ZIP file; a workbook is one too.
     */
    entries?: number;
    /**
     * What a ZIP, XLSX or gzip file may become when it is unpacked, all entries together.
     */
    expandedBytes?: string;
    /**
     * How many times its own size a packed file may become, once it is larger than 64Mi.
     */
    expansionRatio?: number;
  };
  /**
   * The names of the input tables, bound by position; an exact name goes first.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: One input table.
   */
  tables?: {
    /**
     * The name of the table in the database input.
     */
    name: string;
    /**
     * The columns the script expects. They stand in for a sample when SQL is validated.
     *
     * @minItems 1
     * @maxItems 2048
     *
     * Items: A column name as SQL or a cleaned header leaves it.
     */
    columns?: string[];
  }[];
}
/**
 * How events arrive.
 */
export interface Webhook {
  /**
   * Who may post. Required unless type is None.
   */
  authentication?: {
    /**
     * The way a request proves itself.
     */
    type: 'StandardWebhooks' | 'GitHub' | 'Bearer' | 'Basic' | 'None';
    secretRef?: SecretRef;
  };
  /**
   * A JSON Schema of the body. Declares the columns that the script may read; a body that does not fit is refused.
   */
  bodySchema?: {
    [k: string]: unknown;
  };
  /**
   * When collected events become one execution.
   */
  batch?: {
    /**
     * Events in one execution at most.
     */
    maxEvents?: number;
    /**
     * Bytes in one execution at most.
     */
    maxBytes?: string;
    /**
     * How long the oldest event waits at most.
     */
    maxWait?: string;
  };
  /**
   * What happens to events while the connector is inactive.
   */
  whileInactive?: 'Keep' | 'Reject';
}
/**
 * When executions start by themselves.
 */
export interface Scheduler {
  /**
   * A cron expression of five fields, in the time zone of the connector.
   */
  schedule: string;
  /**
   * How late a slot may still start.
   */
  startingDeadline?: string;
  /**
   * Which missed slots run after downtime.
   */
  catchUp?: 'None' | 'Latest' | 'All';
}
/**
 * The ClickHouse script between the input and the variables.
 */
export interface Sql {
  /**
   * The statements. Every table left in the database output is a scope.
   */
  script?: string;
  /**
   * A script shared between connectors.
   */
  scriptFrom?: {
    configMapKeyRef: ConfigMapKeyRef;
  };
  /**
   * A small input on which the script is validated.
   */
  sample?: {
    configMapKeyRef: ConfigMapKeyRef;
  };
  /**
   * Values that the script reads from meta.parameters.
   */
  parameters?: {
    [k: string]: string;
  };
  /**
   * ClickHouse settings from the allow-list of the reference.
   */
  settings?: {
    [k: string]: string;
  };
  /**
   * Bounds held from outside the script.
   */
  limits?: {
    /**
     * Memory of the SQL process.
     */
    memory?: string;
    /**
     * Wall-clock time of the whole script.
     */
    seconds?: number;
    /**
     * Threads of one query. Above 1, a scope is ordered by _row or by all its columns.
     */
    threads?: number;
    /**
     * Rows in all scopes together.
     */
    rows?: number;
  };
}
/**
 * Live records of one object as a table of the database kizen, with kizen_id.
 */
export interface ReferenceData {
  /**
   * The object.
   */
  object: string;
  /**
   * The name of the table. The name of the object unless said.
   */
  table?: string;
  /**
   * A saved filter group of the object.
   */
  filterGroup?: string;
  filter?: Filter;
  /**
   * The fields to read. Only kizen_id unless said.
   *
   * @maxItems 256
   *
   * Items: A name inside a manifest: lower-case letters, digits and underscores, not starting with a digit.
   */
  fields?: string[];
}
/**
 * A source outside of the input.
 */
export interface ExternalSource {
  /**
   * The named collection that the script uses.
   */
  name: string;
  /**
   * What the source is.
   */
  kind: 'PostgreSQL' | 'MySQL' | 'S3' | 'HTTP';
  secretRef: SecretRef;
}
/**
 * One typed column of a scope.
 */
export interface ExecutionVariable {
  /**
   * The name that load steps use, unique in its scope.
   */
  name: string;
  /**
   * The scope it is read from. May be left out where there is only one.
   */
  scope?: string;
  /**
   * The column of the scope. The name of the variable unless said.
   */
  column?: string;
  type: VariableType;
  /**
   * Whether a row without a value is rejected.
   */
  required?: boolean;
  /**
   * The value is a list, split at the delimiter.
   */
  array?: {
    /**
     * A comma, semicolon, pipe or tab, or the pair {} or [] around comma-separated values.
     */
    delimiter: ',' | ';' | '|' | '\t' | '{}' | '[]';
  };
  /**
   * How the value is written. Detected per column unless said. Boolean: TrueFalse, YesNo, OnOff, OneZero, TF, CheckedUnchecked. Date and DateTime: a pattern of YYYY MM DD HH mm ss, ISO8601, UnixEpoch, UnixEpochMillis, ExcelEpoch. Number: DecimalPoint, DecimalComma.
   */
  inputFormat?: string;
  /**
   * How the value is written into a text field. Boolean: TrueFalse, YesNo, OnOff. Date and DateTime: a pattern. Number: NoComma, Comma.
   */
  outputFormat?: string;
  /**
   * The country (two capital letters, ISO 3166-1, for example US) whose national format is assumed where a phone number has no country code.
   */
  phoneRegion?: string;
  /**
   * What the variable means.
   */
  description?: string;
}
/**
 * A literal, or a fact of the run.
 */
export interface AdditionalVariable {
  /**
   * The name that load steps use.
   */
  name: string;
  type: VariableType;
  /**
   * The literal, written as in an input file.
   */
  value?: string;
  /**
   * A fact of the run. Not part of the row hash.
   */
  from?:
    | 'ExecutionStartTime'
    | 'ExecutionId'
    | 'ConnectorName'
    | 'TriggerType'
    | 'TriggeredBy'
    | 'InputFileName'
    | 'ScheduledTime';
  /**
   * The value is a list, split at the delimiter.
   */
  array?: {
    /**
     * A comma, semicolon, pipe or tab, or the pair {} or [] around comma-separated values.
     */
    delimiter: ',' | ';' | '|' | '\t' | '{}' | '[]';
  };
  /**
   * How the value is written into a text field.
   */
  outputFormat?: string;
}
/**
 * One pass over the rows of a scope, writing records of one object.
 */
export interface LoadStep {
  /**
   * The name of the step.
   */
  name: string;
  /**
   * The KizenObject that is written.
   */
  object: string;
  /**
   * The scope that is read. May be left out where there is only one.
   */
  scope?: string;
  /**
   * Rules that find the record of a row, in this order.
   *
   * @minItems 1
   * @maxItems 16
   */
  matching: MatchingRule[];
  /**
   * What happens to a row whose matching variables are all blank.
   */
  onBlankKey?: 'Skip' | 'CreateNew';
  /**
   * What is written into which field.
   *
   * @minItems 1
   * @maxItems 256
   */
  mapping: MappingRule[];
  /**
   * Whether records written by this step raise workflow events.
   */
  triggerWorkflows?: boolean;
}
/**
 * Records whose field equals the variable are the candidates of a row.
 */
export interface MatchingRule {
  /**
   * A field of the object, or id.
   */
  field: string;
  /**
   * A variable of the scope.
   */
  variable: string;
  /**
   * No candidate.
   */
  onNoMatch?: 'CreateNew' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
  /**
   * One live candidate.
   */
  onSingleMatch?: 'UpdateCurrent' | 'NextRule' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
  /**
   * Several live candidates, or none and several archived ones.
   */
  onMultipleMatches?: 'DoNotUpload' | 'NextRule' | 'NextRuleIgnorePrevious';
  /**
   * No live candidate and one archived one.
   */
  onArchivedMatch?:
    'CreateNew' | 'UnarchiveAndUpdate' | 'UnarchiveOnly' | 'NextRule' | 'NextRuleIgnorePrevious' | 'DoNotUpload';
}
/**
 * What is written into one field.
 */
export interface MappingRule {
  /**
   * A field of the object.
   */
  field: string;
  /**
   * The variables whose values are written; several are joined by the separator, blanks left out.
   *
   * @minItems 1
   * @maxItems 16
   *
   * Items: The name of a variable: letters, digits and underscores, not starting with a digit.
   */
  variables?: string[];
  /**
   * Stands between several values. One space unless said.
   */
  separator?: string;
  /**
   * What happens to a value that the record already has. A created record takes every mapped value.
   */
  conflictResolution?: 'OnlyUpdateBlank' | 'OverwriteClearIfBlank' | 'OverwriteSkipIfBlank' | 'OnlyAddOptions';
  /**
   * Whether an unknown label becomes a new option instead of failing the row.
   */
  createOptions?: boolean;
  /**
   * For a Relationship: the live record of the other object whose field equals the variable.
   */
  lookup?: {
    /**
     * A field of the other object, or id.
     */
    field: string;
    /**
     * A variable of the scope.
     */
    variable: string;
  };
  /**
   * For a Relationship: the record that the row matched or created in an earlier step.
   */
  sameRowOf?: string;
  /**
   * What happens to a row whose lookup or sameRowOf finds no record.
   */
  onUnresolved?: 'FailRow' | 'LeaveBlank';
}
/**
 * Limits judged on the plan of each step before the first write; crossing one fails the run.
 */
export interface AbortIf {
  created?: Limit;
  updated?: Limit;
  unarchived?: Limit;
  skippedByRule?: Limit;
  skippedAmbiguous?: Limit;
  rejected?: Limit;
  failed?: Limit;
}
/**
 * A brake. Crossed by strictly more than either number.
 */
export interface Limit {
  /**
   * Percent of the rows of the scope of the step.
   */
  percent?: number;
  /**
   * Rows.
   */
  rows?: number;
}
/**
 * Who is told about ended executions.
 */
export interface Notifications {
  /**
   * Addresses.
   *
   * @maxItems 32
   */
  emails?: string[];
  /**
   * Which ends are told. Failed and PartialSuccess unless said. Write the key in quotes, 'on': kubectl reads YAML 1.1, where on is true.
   *
   * @maxItems 4
   */
  on?: ('Succeeded' | 'PartialSuccess' | 'Failed' | 'Cancelled')[];
  /**
   * Receives a signed request for every ended execution.
   */
  executionEndedWebhook?: {
    /**
     * Where it is sent: https://…
     */
    url: string;
    secretRef?: SecretRef;
  };
}
/**
 * What holds in the cluster.
 */
export interface SmartConnectorStatus {
  /**
   * The generation last seen by the operator; -1 before that.
   */
  observedGeneration?: number;
  /**
   * Whether executions start.
   */
  activation?: {
    /**
     * What holds.
     */
    state?: 'Active' | 'Inactive' | 'Validating' | 'Invalid';
    /**
     * Why.
     */
    reason?: string;
    /**
     * Why, for people.
     */
    message?: string;
    /**
     * Hash of what the author wrote.
     */
    scriptHash?: string;
    /**
     * The scriptHash that passed validation.
     */
    validatedHash?: string;
    /**
     * Hash of the ClickHouse version and of the schemas of the objects.
     */
    environmentHash?: string;
  };
  /**
   * Executions waiting.
   */
  queueLength?: number;
  /**
   * The next slot.
   */
  nextSchedule?: string;
  lastExecution?: ExecutionSummary;
  /**
   * The last executions, newest first.
   *
   * @maxItems 10
   */
  executions?: ExecutionSummary[];
  /**
   * @maxItems 16
   */
  conditions?: Condition[];
}
/**
 * One execution in short.
 */
export interface ExecutionSummary {
  /**
   * The execution.
   */
  name?: string;
  /**
   * Live or dry.
   */
  mode?: string;
  /**
   * Where it stands.
   */
  phase?: string;
  /**
   * When it started.
   */
  startedAt?: string;
  /**
   * When it ended.
   */
  endedAt?: string;
  /**
   * A link to the report.
   */
  report?: string;
  /**
   * @maxItems 32
   */
  steps?: Counts[];
}
/**
 * One connector: trigger, SQL, variables, load steps and settings.
 */
export interface SmartConnector {
  apiVersion: 'smartconnectors.dev/v1alpha1';
  kind: 'SmartConnector';
  metadata: {};
  spec: SmartConnectorSpec;
  status?: SmartConnectorStatus;
}
/**
 * What is run.
 */
export interface SmartConnectorExecutionSpec {
  /**
   * The SmartConnector.
   */
  connector: string;
  /**
   * Live writes, DryRun predicts, Validate runs the SQL on the sample.
   */
  mode?: 'Live' | 'DryRun' | 'Validate';
  input?: ExecutionInput;
  /**
   * Overrides the connector for this run.
   */
  diffCheck?: {
    /**
     * Whether rows are compared with the previous run.
     */
    enabled: boolean;
  };
  /**
   * Stops the run at the next chunk. Cannot be taken back.
   */
  cancel?: boolean;
}
/**
 * Where the input is. Exactly one of these.
 */
export interface ExecutionInput {
  /**
   * A stored artifact.
   */
  artifact?: {
    /**
     * The artifact.
     */
    id: string;
    /**
     * The name of the file.
     */
    fileName?: string;
  };
  configMapKeyRef?: ConfigMapKeyRef;
  /**
   * A file in a volume.
   */
  persistentVolumeClaim?: {
    /**
     * The name of a resource in the same namespace: lower-case letters, digits, - and ., with a letter or digit at both ends.
     */
    claimName: string;
    /**
     * The path inside the volume.
     */
    path: string;
  };
}
/**
 * What happened.
 */
export interface SmartConnectorExecutionStatus {
  /**
   * The generation last seen by the operator; -1 before that.
   */
  observedGeneration?: number;
  /**
   * Where it stands.
   */
  phase?:
    'Queued' | 'Pending' | 'Running' | 'Succeeded' | 'PartialSuccess' | 'Failed' | 'Cancelled' | 'Skipped' | 'Missed';
  /**
   * What is being done.
   */
  stage?: string;
  /**
   * The scriptHash of the frozen connector.
   */
  revision?: string;
  /**
   * The attempt.
   */
  attempt?: number;
  /**
   * The Job.
   */
  job?: string;
  /**
   * When it started.
   */
  startedAt?: string;
  /**
   * When it ended.
   */
  endedAt?: string;
  /**
   * How far it is.
   */
  progress?: {
    /**
     * Rows done.
     */
    rowsDone?: number;
    /**
     * Rows in all.
     */
    rowsTotal?: number;
    /**
     * The same, for people.
     */
    text?: string;
  };
  /**
   * Rows over all steps.
   */
  totals?: {
    /**
     * Created, updated and unarchived.
     */
    written?: number;
    /**
     * Rejected, failed and ambiguous.
     */
    problems?: number;
  };
  /**
   * @maxItems 32
   */
  steps?: Counts[];
  /**
   * Where things are.
   */
  links?: {
    /**
     * The input file.
     */
    input?: string;
    /**
     * The workbook.
     */
    report?: string;
    /**
     * The outcomes.
     */
    outcomes?: string;
  };
  /**
   * @maxItems 16
   */
  conditions?: Condition[];
}
/**
 * One end-to-end run of a connector.
 */
export interface SmartConnectorExecution {
  apiVersion: 'smartconnectors.dev/v1alpha1';
  kind: 'SmartConnectorExecution';
  metadata: {};
  spec: SmartConnectorExecutionSpec;
  status?: SmartConnectorExecutionStatus;
}
