import { describe, expect, it } from 'vitest';
import { intake, SCHEDULED_TIME } from './harness.ts';

const DEFAULT_MS = String(Date.parse(SCHEDULED_TIME));
const DEFAULT_TIME = '2026-01-02 03:04:05.678';

describe('webhook events', () => {
  it('become a table of texts and a typed one, with every digit of the bodies', async () => {
    const file =
      '[{"timestamp":1700000000123,"employee_id":"e1","querystring":"a=1&b=2","body":{"n": 12345678901234567890.10, "t":"x\\ty"}},\n' +
      ' {"order": 7, "lines": [{"qty": 1.0}]}]';
    const { result, tables, warnings, failure } = await intake('events.json', file, { type: 'Webhook' });
    expect(failure).toBeNull();
    expect(warnings).toEqual([]);
    const columns = ['timestamp', 'employee_id', 'querystring', 'body'];
    const first = '{"n": 12345678901234567890.10, "t":"x\\ty"}';
    const second = '{"order": 7, "lines": [{"qty": 1.0}]}';
    expect(tables).toEqual([
      {
        name: 'webhooks_raw',
        columns,
        rows: [
          ['1700000000123', 'e1', 'a=1&b=2', first],
          [DEFAULT_MS, null, null, second],
        ],
      },
      {
        name: 'webhooks',
        columns,
        rows: [
          ['2023-11-14 22:13:20.123', 'e1', 'a=1&b=2', first],
          [DEFAULT_TIME, null, null, second],
        ],
      },
    ]);
    expect(result.tables.map(({ page, columns: typed }) => [page, ...typed.map(({ type }) => type)])).toEqual([
      [0, 'Nullable(String)', 'Nullable(String)', 'Nullable(String)', 'Nullable(String)'],
      [null, "DateTime64(3, 'UTC')", 'Nullable(String)', 'Nullable(String)', 'JSON'],
    ]);
  });

  it.each([
    ['one object', '{"a":1}', 1],
    ['one object a line', '{"a":1}\n{"a":2}\r\n', 2],
    ['an empty array', '[]', 0],
    ['UTF-16', Buffer.from('\ufeff[{"a":"é"}]', 'utf16le'), 1],
    ['a byte order mark', '\ufeff{"a":1}', 1],
  ])('%s', async (_, bytes, rows) => {
    const { tables, failure } = await intake('e.json', bytes, { type: 'Webhook' });
    expect(failure).toBeNull();
    expect(tables.map((table) => table.rows.length)).toEqual([rows, rows]);
  });

  it.each([
    ['an empty file', '', /^EmptyInput/, {}],
    [
      'JSON that is none',
      '{"a":1}\n{"b": tru}\n',
      /^InvalidJson: e.ndjson:2:7: a value is expected here, not "t"/,
      { line: 2, column: 7 },
    ],
    ['an object cut short', '[{"a":1', /^InvalidJson: e.ndjson:1:8: .*the end of the file/, { line: 1, column: 8 }],
    ['an event that is no object', '[{"a":1}, 5]', /^InvalidEvent: e.ndjson:1:11/, {}],
    ['a CSV file', 'timestamp,body\n1,x\n', /^InvalidJson: e.ndjson:1:1/, {}],
  ])('%s is a failure', async (_, bytes, failure, place) => {
    const { result, failure: found } = await intake('e.ndjson', bytes, { type: 'Webhook' });
    expect(found).toMatch(failure);
    expect(result.failure?.details[0]).toMatchObject(place);
    expect(result.tables).toEqual([]);
  });

  it('keeps bodies that do not fit the schema out of the tables, and says where', async () => {
    const bodySchema = {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' }, at: { type: 'string', format: 'date' } },
    };
    const file = '{"id":1}\n{"id":"x"}\n{"id":2,"at":"soon"}\n{"id":3}\n';
    const { result, tables, warnings } = await intake('e.ndjson', file, { type: 'Webhook', bodySchema });
    expect(tables.map((table) => table.rows.map(([, , , body]) => body))).toEqual([
      ['{"id":1}', '{"id":3}'],
      ['{"id":1}', '{"id":3}'],
    ]);
    expect(warnings).toEqual(['BodySchemaMismatch 2']);
    expect(result.warnings[0]?.message).toContain('(body/id must be integer): 2, first in e.ndjson:2:1');
  });

  it('a schema that is none is a fault of the manifest', async () => {
    await expect(intake('e.json', '{}', { type: 'Webhook', bodySchema: { type: 'nothing' } })).rejects.toMatchObject({
      code: 'Invalid',
    });
  });

  it('bodies that are no objects and timestamps that are none are counted', async () => {
    const file = '[{"body":[1]},{"body":"a=1","timestamp":"soon"},{"body":null}]';
    const { tables, warnings } = await intake('e.json', file, { type: 'Webhook' });
    expect(tables[0]?.rows).toEqual([
      [DEFAULT_MS, null, null, '[1]'],
      ['soon', null, null, '"a=1"'],
      [DEFAULT_MS, null, null, null],
    ]);
    expect(tables[1]?.rows.map(([time, , , body]) => [time, body])).toEqual([
      [DEFAULT_TIME, '{}'],
      [DEFAULT_TIME, '{}'],
      [DEFAULT_TIME, '{}'],
    ]);
    expect(warnings).toEqual(['BodyNotObject 2', 'InvalidTimestamp 1']);
  });

  it('needs a file', async () => {
    expect((await intake('e.json', null, { type: 'Webhook' })).failure).toMatch(/^InputMissing/);
  });
});

describe('a schedule tick', () => {
  it('is a table of one row', async () => {
    const { result, tables } = await intake('', null, { type: 'Scheduler' });
    expect(tables).toEqual([{ name: 'schedule', columns: ['schedule_trigger_time'], rows: [[DEFAULT_TIME]] }]);
    expect(result.tables[0]?.columns).toEqual([{ name: 'schedule_trigger_time', type: "DateTime64(3, 'UTC')" }]);
  });

  it('takes no file', async () => {
    expect((await intake('a.csv', 'a\n', { type: 'Scheduler' })).failure).toMatch(/^InputNotExpected/);
  });
});
