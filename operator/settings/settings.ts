import { parseDuration, parseQuantity } from '../../core/validate/amounts.ts';

/** How the text of a setting becomes its value; throws an Error that says what to write instead. */
type Parse<T> = (text: string) => T;

interface Setting<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly variable: string;
  /** The text that stands where nothing is given; null: it has to be given. */
  readonly defaultText: string | null;
  readonly description: string;
  readonly parse: Parse<T>;
}

const text: Parse<string> = (value) => value;

const optionalText: Parse<string | null> = (value) => (value === '' ? null : value);

const wholeNumber =
  (least: number, most: number): Parse<number> =>
  (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new Error(`give a whole number from ${least} to ${most}`);
  };

const choice =
  <T extends string>(...choices: readonly T[]): Parse<T> =>
  (value) => {
    const found = choices.find((one) => one === value);
    if (found === undefined) throw new Error(`give one of ${choices.join(', ')}`);
    return found;
  };

const quantity: Parse<string> = (value) => {
  if (/^[1-9]\d*(Ki|Mi|Gi|Ti)$/.test(value)) return value;
  throw new Error('give a size such as 512Mi or 2Gi');
};

const bytes: Parse<number> = (value) => {
  const amount = parseQuantity(quantity(value));
  if (amount !== null && Number.isFinite(amount)) return amount;
  throw new Error('give a size that a disk may have, such as 20Gi');
};

const cpu: Parse<string> = (value) => {
  if (/^([1-9]\d*m|[1-9]\d*(\.\d+)?|0\.\d*[1-9]\d*)$/.test(value)) return value;
  throw new Error('give an amount of CPU such as 500m or 2');
};

const durationMs: Parse<number> = (value) => {
  const ms = parseDuration(value);
  if (ms !== null && Number.isFinite(ms)) return ms;
  throw new Error('give a duration such as 36h or 30d');
};

const url: Parse<string | null> = (value) => {
  if (value === '') return null;
  const parsed = URL.parse(value);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return value.replace(/\/+$/, '');
  throw new Error('give an http:// or https:// URL');
};

const setting = <T>(flag: string, defaultText: string | null, description: string, parse: Parse<T>): Setting<T> => ({
  flag,
  variable: `SMARTCONNECTOR_${flag.replaceAll('-', '_').toUpperCase()}`,
  defaultText,
  description,
  parse,
});

/** Every setting of the operator: what it reads, what the reference lists. */
export const SETTINGS = {
  databaseFile: setting(
    'database-file',
    null,
    'A file with the `postgres://` URL of the system of record. A file, so that it is in no argument and no environment.',
    text,
  ),
  namespace: setting('namespace', null, 'The namespace that the operator runs in: its Lease is there.', text),
  identity: setting('identity', null, 'What tells this replica from others: the name of its pod.', text),
  watchNamespace: setting(
    'watch-namespace',
    '',
    'The only namespace whose resources are reconciled. Empty: all of them.',
    optionalText,
  ),
  runnerImage: setting(
    'runner-image',
    '',
    "The image of runner Jobs. Empty: that of the operator's own pod, whose name is the identity.",
    optionalText,
  ),
  runnerImagePullPolicy: setting(
    'runner-image-pull-policy',
    'IfNotPresent',
    'When a node pulls that image.',
    choice('Always', 'IfNotPresent', 'Never'),
  ),
  runnerDatabaseHost: setting(
    'runner-database-host',
    '',
    'Host and port at which runner pods reach the database, where that differs from the URL of the operator.',
    optionalText,
  ),
  runnerCpu: setting('runner-cpu', '2', 'CPU limit of each container of a runner pod.', cpu),
  runnerMemory: setting('runner-memory', '2Gi', 'Memory limit of each container of a runner pod.', quantity),
  runnerWorkspace: setting('runner-workspace', '20Gi', 'Size limit of the workspace of a runner pod.', bytes),
  runnerDeadlineSeconds: setting(
    'runner-deadline-seconds',
    '86400',
    'How long one attempt of an execution may take, waiting for a node included.',
    wholeNumber(60, 7 * 86_400),
  ),
  maxAttempts: setting(
    'max-attempts',
    '5',
    'Attempts of an execution whose machine or container dies, before it is ended from what is stored.',
    wholeNumber(1, 100),
  ),
  maxRunning: setting(
    'max-running',
    '10',
    'Live executions at once in the whole cluster, shared fairly between namespaces; as many dry runs and validations run beside them.',
    wholeNumber(1, 10_000),
  ),
  inputRetention: setting(
    'input-retention',
    '30d',
    'How long the input of an execution is kept after it ended, and its resource is gone.',
    durationMs,
  ),
  reportRetention: setting('report-retention', '90d', 'As before, for reports.', durationMs),
  outcomeRetention: setting('outcome-retention', '365d', 'As before, for the complete outcomes.', durationMs),
  workers: setting('workers', '4', 'Objects of one kind that are reconciled at once.', wholeNumber(1, 64)),
  publicUrl: setting(
    'public-url',
    '',
    'The URL under which people reach the HTTP endpoint: links in status begin with it. Empty: the address of the Service inside the cluster.',
    url,
  ),
  port: setting(
    'port',
    '8080',
    'The port of the HTTP endpoint: links, uploads, health and metrics.',
    wholeNumber(1, 65_535),
  ),
  logLevel: setting(
    'log-level',
    'info',
    'The least important messages that are logged.',
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;

export type OperatorSettings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never;
};
