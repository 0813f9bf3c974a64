import { clickHouseTime } from '../../core/intake/click-house-time.ts';
import { EventSplitter, positionInEvent } from '../../core/intake/event-splitter.ts';
import type { EventText } from '../../core/intake/event-splitter.ts';
import { parseJsonObject } from '../../core/intake/json-object.ts';
import { eventTime, isJsonObject, readWebhookEvent } from '../../core/intake/webhook-event.ts';
import type { WebhookEvent } from '../../core/intake/webhook-event.ts';
import type { InputColumn, InputTable } from '../../core/model/stages.ts';
import { BadInput } from './bad-input.ts';
import type { IntakeFailureCode } from './bad-input.ts';
import { compileBodySchema } from './body-schema.ts';
import type { BodyCheck } from './body-schema.ts';
import { fileSource } from './byte-source.ts';
import { emptyInput } from './delimited-faults.ts';
import { EVENT_BYTES } from './limits.ts';
import type { IntakeContext } from './intake-context.ts';
import { TableFile } from './table-file.ts';
import { newDamage } from './text-decoding.ts';
import { openText } from './text-source.ts';

const NAMES = ['timestamp', 'employee_id', 'querystring', 'body'] as const;
const RAW_TYPES = ['Nullable(String)', 'Nullable(String)', 'Nullable(String)', 'Nullable(String)'] as const;
const TYPES = ["DateTime64(3, 'UTC')", 'Nullable(String)', 'Nullable(String)', 'JSON'] as const;

interface EventSink {
  readonly raw: TableFile;
  readonly typed: TableFile;
  readonly check: BodyCheck;
  readonly defaultMs: number;
  readonly defaultTime: string;
  rows: number;
}

/**
 * Reads a file of webhook events into `webhooks_raw` (texts) and `webhooks` (typed): a JSON array of events, one event,
 * or one a line. An event whose body does not fit the connector's schema is kept out of both and reported. Throws
 * `BadInput`.
 */
export async function writeWebhookTables(context: IntakeContext): Promise<InputTable[]> {
  const { request } = context;
  const defaultMs = Date.parse(request.scheduledTime);
  const defaultTime = clickHouseTime(defaultMs);
  if (defaultTime === null) throw new TypeError(`not a date-time: ${request.scheduledTime}`);
  const check = compileBodySchema(request.connector.webhook.bodySchema);
  const raw = await TableFile.create(context.tablePath(0).absolute);
  const typed = await TableFile.create(context.tablePath(1).absolute);
  const sink: EventSink = { raw, typed, check, defaultMs, defaultTime, rows: 0 };
  try {
    await readEvents(context, sink);
    await raw.flush();
    await typed.flush();
  } finally {
    await raw.close();
    await typed.close();
  }
  const table = (name: string, page: number | null, types: readonly string[], file: string): InputTable => ({
    name,
    sourceName: name,
    page,
    columns: NAMES.map((column, index): InputColumn => ({ name: column, type: types[index] ?? 'Nullable(String)' })),
    headers: NAMES,
    written: null,
    rows: sink.rows,
    file,
  });
  return [
    table('webhooks_raw', 0, RAW_TYPES, context.tablePath(0).relative),
    table('webhooks', null, TYPES, context.tablePath(1).relative),
  ];
}

async function readEvents(context: IntakeContext, sink: EventSink): Promise<void> {
  const { fileName, path, warnings } = context;
  const source = await openText(fileSource(path, fileName));
  const splitter = new EventSplitter(EVENT_BYTES);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const damage = newDamage();
  const take = async (event: EventText): Promise<void> => {
    writeEvent(context, sink, event);
    if (sink.raw.isFull) await sink.raw.flush();
    if (sink.typed.isFull) await sink.typed.flush();
  };
  for await (const chunk of source.open(damage)) {
    for (const event of splitter.push(decoder.decode(chunk, { stream: true }))) await take(event);
    if (splitter.fault !== null) break;
  }
  const rest = splitter.end();
  if (rest !== null) await take(rest);
  const { fault } = splitter;
  if (fault !== null) throw eventFault(fileName, fault.code === 'EventTooLarge' ? 'InputTooLarge' : fault.code, fault);
  if (!splitter.hasContent) throw emptyInput(fileName);
  if (source.isGuessed)
    warnings.add('EncodingGuessed', 1, `files that are not UTF-8, read as ${source.encoding}`, fileName);
  warnings.add(
    'InvalidBytesReplaced',
    damage.replaced,
    'byte sequences that are no text, replaced by U+FFFD',
    fileName,
  );
}

function eventFault(
  fileName: string,
  code: IntakeFailureCode,
  fault: { readonly message: string; readonly line: number; readonly column: number },
): BadInput {
  const { line, column } = fault;
  return new BadInput(code, `${fileName}:${line}:${column}: ${fault.message}`, {
    file: fileName,
    line,
    column,
    hint: 'a file of events is a JSON array of objects, one object, or one object a line',
  });
}

function writeEvent({ fileName, warnings }: IntakeContext, sink: EventSink, text: EventText): void {
  const parsed = parseJsonObject(text.text);
  if (parsed.kind === 'Fault') {
    throw eventFault(fileName, 'InvalidJson', { message: parsed.message, ...positionInEvent(text, parsed.index) });
  }
  const event = readWebhookEvent(parsed.members, text.text);
  const place = `${fileName}:${text.line}:${text.column}`;
  warnings.add('InvalidBytesReplaced', event.replaced, 'byte sequences that are no text, replaced by U+FFFD', place);
  const mismatch = sink.check(event.body);
  if (mismatch !== null) {
    const what = `events whose body does not fit the schema kept out (${mismatch})`;
    warnings.add('BodySchemaMismatch', 1, what, place);
    return;
  }
  if (event.body !== null && !isJsonObject(event.body)) {
    warnings.add('BodyNotObject', 1, 'bodies that are no JSON objects, in webhooks_raw only', place);
  }
  const time = event.timestamp === null ? sink.defaultTime : eventTime(event.timestamp);
  if (time === null) {
    const what = 'timestamps that are no epoch milliseconds, in webhooks replaced by the time of the run';
    warnings.add('InvalidTimestamp', 1, what, place);
  }
  encodeEvent(sink, event, time ?? sink.defaultTime);
}

function encodeEvent(sink: EventSink, event: WebhookEvent, time: string): void {
  const row = (sink.rows += 1);
  const raw = sink.raw.encoder;
  raw.integer(row);
  raw.text(event.timestamp ?? String(sink.defaultMs));
  raw.text(event.employeeId);
  raw.text(event.querystring);
  raw.text(event.body);
  raw.endRow();
  const typed = sink.typed.encoder;
  typed.integer(row);
  typed.text(time);
  typed.text(event.employeeId);
  typed.text(event.querystring);
  typed.text(event.body !== null && isJsonObject(event.body) ? event.body : '{}');
  typed.endRow();
}
