import { describe, expect, test } from 'vitest';
import { resolveText } from './edited.ts';

const OBJECT = `apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: { name: person }
spec: { fields: [{ name: name, type: Text }] }
---
`;

const STEP = `  executionVariables: [{ name: name, type: String }]
  loadSteps:
    - { name: people, object: person, matching: [{ field: name, variable: name }], mapping: [{ field: name, variables: [name] }] }
`;

function connector(spec: string): string {
  return `${OBJECT}apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: { name: people }
spec:
${spec}${STEP}`;
}

test('a connector that names no scope has one, without a name', () => {
  const { connectors, faults, warnings } = resolveText(connector('  type: Spreadsheet\n'));
  expect(faults).toEqual([]);
  expect(warnings).toEqual([]);
  expect(connectors[0]).toMatchObject({ scopes: [{ name: '' }], steps: [{ scope: '' }] });
});

test('every default of the schema is filled in', () => {
  const { connectors } = resolveText(connector('  type: Spreadsheet\n'));
  expect(connectors[0]).toMatchObject({
    namespace: 'default',
    active: true,
    timeZone: 'UTC',
    phoneRegion: null,
    spreadsheet: {
      maxBytes: 524_288_000,
      trim: true,
      delimiter: null,
      encoding: null,
      limits: {
        columns: 10_000,
        cellBytes: 16_777_216,
        rowBytes: 67_108_864,
        sheets: 256,
        entries: 10_000,
        expandedBytes: 8_589_934_592,
        expansionRatio: 200,
      },
      tables: [],
    },
    sql: null,
    limits: { memoryBytes: 1_073_741_824, seconds: 300, threads: 1, rows: 10_000_000 },
    diffCheck: false,
    maxExecutions: 1,
    reportMaxRows: 1_000_000,
    scopes: [{ variables: [{ column: 'name', required: false, arrayDelimiter: null, inputFormat: null }] }],
    steps: [
      {
        index: 0,
        onBlankKey: 'Skip',
        triggerWorkflows: false,
        rules: [
          {
            onNoMatch: 'CreateNew',
            onSingleMatch: 'UpdateCurrent',
            onMultipleMatches: 'DoNotUpload',
            onArchivedMatch: 'CreateNew',
          },
        ],
        mappings: [
          {
            conflictResolution: 'OnlyUpdateBlank',
            createOptions: false,
            onUnresolved: 'FailRow',
            source: { kind: 'Variables', separator: ' ' },
          },
        ],
      },
    ],
  });
});

describe('what starts an execution', () => {
  const sql = '  sql: { script: SELECT 1 }\n';
  test.each<readonly [sentence: string, spec: string, path: string, message: string]>([
    ['a webhook needs SQL', '  type: Webhook\n', 'spec.sql', 'a connector of type Webhook needs sql'],
    [
      'a scheduler needs SQL',
      '  type: Scheduler\n  scheduler: { schedule: 0 1 * * * }\n',
      'spec.sql',
      'a connector of type Scheduler needs sql',
    ],
    [
      'a scheduler needs its block',
      `  type: Scheduler\n${sql}`,
      'spec.scheduler',
      'a connector of type Scheduler needs the scheduler block',
    ],
    [
      'a webhook has no spreadsheet',
      `  type: Webhook\n  spreadsheet: { trim: true }\n${sql}`,
      'spec.spreadsheet',
      'spreadsheet belongs to connectors of type Spreadsheet, and this one is a Webhook',
    ],
    [
      'several tables need SQL',
      '  type: Spreadsheet\n  spreadsheet: { tables: [{ name: a }, { name: b }] }\n',
      'spec.sql',
      'the spreadsheet has 2 tables, and several tables need sql',
    ],
    [
      'authentication needs a secret',
      `  type: Webhook\n  webhook: { authentication: { type: GitHub } }\n${sql}`,
      'spec.webhook.authentication.secretRef',
      'GitHub needs secretRef',
    ],
    [
      'a body schema is JSON Schema',
      `  type: Webhook\n  webhook: { authentication: { type: None }, bodySchema: { properties: { a: { type: txt } } } }\n${sql}`,
      'spec.webhook.bodySchema.properties.a.type',
      'properties.a.type is not JSON Schema',
    ],
    [
      'a batch waits for some time',
      `  type: Webhook\n  webhook: { authentication: { type: None }, batch: { maxWait: 0s } }\n${sql}`,
      'spec.webhook.batch.maxWait',
      '0s is no time at all',
    ],
    [
      'a duration has a unit',
      `  type: Scheduler\n  scheduler: { schedule: 0 1 * * *, startingDeadline: '10' }\n${sql}`,
      'spec.scheduler.startingDeadline',
      '"10" is not written as it must be',
    ],
    [
      'six fields are too many',
      `  type: Scheduler\n  scheduler: { schedule: '0 0 1 * * *' }\n${sql}`,
      'spec.scheduler.schedule',
      'the schedule has 6 fields, not 5',
    ],
    [
      'a nickname has no fields',
      `  type: Scheduler\n  scheduler: { schedule: '@daily' }\n${sql}`,
      'spec.scheduler.schedule',
      'the schedule has 1 field, not 5',
    ],
    [
      'a minute goes to 59',
      `  type: Scheduler\n  scheduler: { schedule: 60 * * * * }\n${sql}`,
      'spec.scheduler.schedule',
      'the schedule cannot be read: Invalid value for minute: 60',
    ],
    [
      'a schedule names no zone',
      `  type: Scheduler\n  scheduler: { schedule: CRON_TZ=UTC 0 1 * * * }\n${sql}`,
      'spec.scheduler.schedule',
      'a schedule names no time zone',
    ],
    [
      'a schedule comes due some day',
      `  type: Scheduler\n  scheduler: { schedule: 0 1 30 2 * }\n${sql}`,
      'spec.scheduler.schedule',
      'the schedule never comes due: there is no such day',
    ],
  ])('%s', (_, spec, path, message) => {
    expect(resolveText(connector(spec)).faults).toMatchObject([{ path, message }]);
  });

  test.each(['*/15 * * * *', '0 9 * * MON-FRI', '0 0 29 2 *', '0 0 L * *'])('%s is a schedule', (schedule) => {
    const spec = `  type: Scheduler\n  scheduler: { schedule: '${schedule}' }\n  sql: { script: SELECT 1 }\n`;
    const resolved = resolveText(connector(spec));
    expect(resolved.faults).toEqual([]);
    expect(resolved.connectors[0]?.schedule).toBe(schedule);
  });

  test('a webhook without authentication runs here, with a warning', () => {
    const { faults, warnings } = resolveText(connector('  type: Webhook\n  sql: { script: SELECT 1 }\n'));
    expect(faults).toEqual([]);
    expect(warnings).toMatchObject([{ path: 'spec.webhook.authentication' }]);
  });

  test('without SQL the scope is the input table', () => {
    const text = connector('  type: Spreadsheet\n  spreadsheet: { tables: [{ name: people }] }\n').replace(
      '{ name: name, type: String }',
      '{ name: name, scope: persons, type: String }',
    );
    expect(resolveText(text).faults).toMatchObject([
      { path: 'spec.executionVariables[0].scope', message: 'without sql the only scope is the input table people' },
    ]);
  });
});

test('without SQL a variable cannot come from a column that no cleaned header is', () => {
  const text = connector('  type: Spreadsheet\n').replace(
    '{ name: name, type: String }',
    '{ name: name, column: Full Name, type: String }',
  );
  expect(resolveText(text).faults).toMatchObject([
    { path: 'spec.executionVariables[0].column', hint: 'write full_name' },
  ]);
});
