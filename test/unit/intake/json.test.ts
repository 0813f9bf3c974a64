import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventSplitter, positionInEvent } from '../../../core/intake/event-splitter.ts';
import { parseJsonObject, replaceLoneSurrogates } from '../../../core/intake/json-object.ts';
import { eventTime, readWebhookEvent } from '../../../core/intake/webhook-event.ts';

function split(text: string, cut = 1_000): { texts: string[]; fault: string | null } {
  const splitter = new EventSplitter(1_000_000);
  const texts: string[] = [];
  for (let at = 0; at < text.length; at += cut) {
    texts.push(...splitter.push(text.slice(at, at + cut)).map((event) => event.text));
  }
  const rest = splitter.end();
  if (rest !== null) texts.push(rest.text);
  const { fault } = splitter;
  return { texts, fault: fault === null ? null : `${fault.line}:${fault.column} ${fault.code}` };
}

describe('splitting a file of events', () => {
  it.each([
    ['an array', '[{"a":1}, {"b":[{}]}]', ['{"a":1}', '{"b":[{}]}'], null],
    ['one object over several lines', '{\n "a": "}"\n}\n', ['{\n "a": "}"\n}'], null],
    ['one object a line', '{"a":1}\r\n\n{"a":2}', ['{"a":1}', '{"a":2}'], null],
    ['escaped quotes and brackets in texts', '[{"a":"\\"]}"}]', ['{"a":"\\"]}"}'], null],
    ['an empty array', ' [ ] ', [], null],
    ['an object cut short comes out as it is', '[{"a":1', ['{"a":1'], null],
    ['an array not closed', '[{"a":1}', ['{"a":1}'], '1:9 InvalidJson'],
    ['a comma too many', '[{},]', ['{}'], '1:5 InvalidJson'],
    ['a comma missing', '[{}\n {}]', ['{}'], '2:2 InvalidJson'],
    ['an event that is a number', '[{},\n17]', ['{}'], '2:1 InvalidEvent'],
    ['an array in an array', '[[{}]]', [], '1:2 InvalidEvent'],
    ['plain text', 'id,name\n', [], '1:1 InvalidJson'],
  ])('%s', (_, text, texts, fault) => {
    expect(split(text)).toEqual({ texts, fault });
    expect(split(text, 1)).toEqual({ texts, fault });
  });
});

describe('checking an object', () => {
  it('keeps every digit and blank of its members', () => {
    const result = parseJsonObject('{ "n" : 12345678901234567890.10, "o": {"x": [1.0, 2e3 ]} }');
    expect(result).toEqual({
      kind: 'Members',
      members: new Map([
        ['n', '12345678901234567890.10'],
        ['o', '{"x": [1.0, 2e3 ]}'],
      ]),
    });
  });

  it.each([
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ["{'a':1}", 1],
    ['{"a":01}', 6],
    ['{"a":1.}', 6],
    ['{"a":nul}', 5],
    ['{"a":nullx}', 9],
    ['{"a":"\n"}', 6],
    ['{"a":"\\x"}', 6],
    ['{"a":1', 6],
    ['{"a":[1}]', 7],
    ['{"a" 1}', 5],
    ['{}}', 2],
  ])('finds the fault in %j', (text, index) => {
    expect(parseJsonObject(text)).toMatchObject({ kind: 'Fault', index });
  });

  it('refuses nesting without an end, and does not overflow', () => {
    expect(parseJsonObject('{"a":'.repeat(100_000))).toMatchObject({ kind: 'Fault' });
    expect(parseJsonObject(`{"a":${'['.repeat(100_000)}`)).toMatchObject({ kind: 'Fault' });
  });

  it('agrees with JSON.parse on every object, sound or damaged', () => {
    const damaged = fc
      .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), fc.constantFrom('', '"', '}', ',', '\\', '0', '\n'))
      .map(([value, at, extra]) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        return text.slice(0, place) + extra + text.slice(place + (at % 3 === 0 ? 1 : 0));
      })
      .filter((text) => text.startsWith('{'));
    fc.assert(
      fc.property(damaged, (text) => {
        let isSound = true;
        try {
          JSON.parse(text);
        } catch {
          isSound = false;
        }
        expect(parseJsonObject(text).kind).toBe(isSound ? 'Members' : 'Fault');
      }),
      { numRuns: 500 },
    );
  });

  it('counts places in the lines of the file', () => {
    const event = { text: '{\n  "ä": x}', line: 4, column: 7 };
    expect(positionInEvent(event, 1)).toEqual({ line: 4, column: 8 });
    expect(positionInEvent(event, 9)).toEqual({ line: 5, column: 8 });
  });
});

describe('reading an event', () => {
  const read = (text: string): object => {
    const parsed = parseJsonObject(text);
    if (parsed.kind === 'Fault') throw new Error(parsed.message);
    return readWebhookEvent(parsed.members, text);
  };
  it.each([
    [
      'an envelope',
      '{"timestamp":1700000000000,"employee_id":"e1","querystring":"a=1","body":{"n":1.10}}',
      { timestamp: '1700000000000', employeeId: 'e1', querystring: 'a=1', body: '{"n":1.10}' },
    ],
    [
      'an envelope with its body only',
      '{"body":{}}',
      { timestamp: null, employeeId: null, querystring: null, body: '{}' },
    ],
    ['an object with another key is a body', '{"body":{},"x":1}', { body: '{"body":{},"x":1}' }],
    ['an object without body is a body', '{"timestamp":1}', { timestamp: null, body: '{"timestamp":1}' }],
    ['a body as a string of JSON', '{"body":"{\\"a\\":1}"}', { body: '{"a":1}' }],
    ['a body as another string', '{"body":"a=1"}', { body: '"a=1"' }],
    [
      'null is blank',
      '{"employee_id":null,"querystring":"","body":null}',
      { employeeId: null, querystring: null, body: null },
    ],
    [
      'a number as employee id',
      '{"employee_id":12345678901234567890,"body":[]}',
      { employeeId: '12345678901234567890', body: '[]' },
    ],
  ])('%s', (_, text, event) => {
    expect(read(text)).toMatchObject(event);
  });

  it('replaces halves of surrogate pairs, and nothing that only looks like one', () => {
    expect(replaceLoneSurrogates('"\\ud83d\\ude00 \\ud83d \\udc00x \\\\ud83d"')).toEqual({
      text: '"\\ud83d\\ude00 \\ufffd \\ufffdx \\\\ud83d"',
      replaced: 2,
    });
  });

  it.each([
    ['1700000000123', '2023-11-14 22:13:20.123'],
    ['-1', '1969-12-31 23:59:59.999'],
    ['1700000000123.9', '2023-11-14 22:13:20.123'],
    ['2026-01-01T00:00:00+01:00', '2025-12-31 23:00:00.000'],
    ['yesterday', null],
    ['1e300', null],
    ['2026-01-01', null],
  ])('the timestamp %s is %s', (timestamp, text) => {
    expect(eventTime(timestamp)).toBe(text);
  });
});
