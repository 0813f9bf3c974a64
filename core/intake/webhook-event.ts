import { clickHouseTime } from './click-house-time.ts';
import { parseJsonObject, replaceLoneSurrogates } from './json-object.ts';
import type { JsonMembers } from './json-object.ts';

const EVENT_KEYS = new Set(['timestamp', 'employee_id', 'querystring', 'body']);

/** One webhook event. Texts are as the file has them; JSON keeps every digit of its numbers. */
export interface WebhookEvent {
  /** As written; null where the event has none. */
  readonly timestamp: string | null;
  readonly employeeId: string | null;
  readonly querystring: string | null;
  /** JSON text; null for no body. */
  readonly body: string | null;
  /** Escapes that stand for no character and were replaced. */
  readonly replaced: number;
}

/**
 * The event that an object of the input is: an envelope with `body` and no other keys than `timestamp`, `employee_id`,
 * `querystring` and `body`, or else a body by itself. A body that is JSON in a string (as `webhooks_raw` holds it) is
 * taken out of the string. `text` is the object's own text.
 */
export function readWebhookEvent(members: JsonMembers, text: string): WebhookEvent {
  const isEnvelope = members.has('body') && [...members.keys()].every((key) => EVENT_KEYS.has(key));
  if (!isEnvelope) {
    const body = replaceLoneSurrogates(text);
    return { timestamp: null, employeeId: null, querystring: null, body: body.text, replaced: body.replaced };
  }
  const body = replaceLoneSurrogates(unwrapBody(members.get('body') ?? 'null'));
  return {
    timestamp: plainText(members.get('timestamp')),
    employeeId: plainText(members.get('employee_id')),
    querystring: plainText(members.get('querystring')),
    body: body.text === 'null' ? null : body.text,
    replaced: body.replaced,
  };
}

/** Whether JSON text is an object, which the typed column `body` has to be. */
export function isJsonObject(json: string): boolean {
  return /^\s*\{/.test(json);
}

/** Epoch milliseconds, or an ISO date-time with an offset, as ClickHouse writes it; null where it is neither. */
export function eventTime(timestamp: string): string | null {
  if (/^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(timestamp)) return clickHouseTime(Number(timestamp));
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(timestamp)) return null;
  return clickHouseTime(Date.parse(timestamp));
}

function unwrapBody(raw: string): string {
  if (!raw.startsWith('"')) return raw;
  const inner = stringOf(raw).trim();
  return inner.startsWith('{') && parseJsonObject(inner).kind === 'Members' ? inner : raw;
}

/** A string without its quotes, another value as its JSON text; null for none, null and ''. */
function plainText(raw: string | undefined): string | null {
  if (raw === undefined || raw === 'null') return null;
  const text = raw.startsWith('"') ? stringOf(raw) : raw;
  return text === '' ? null : text;
}

function stringOf(raw: string): string {
  const value: unknown = JSON.parse(raw);
  return typeof value === 'string' ? value : raw;
}
