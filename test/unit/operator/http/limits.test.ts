import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { ConnectorResource } from '../../../../operator/api/kinds.ts';
import { awaitedArtifact, isAwaitedArtifact, isUploadKey } from '../../../../operator/api/upload-key.ts';
import { executionName } from '../../../../operator/api/execution-name.ts';
import { inputLimit } from '../../../../operator/http/input-limit.ts';
import {
  TransferSlots,
  checkAnnounced,
  dropSlowReceiver,
  limitTransfer,
} from '../../../../operator/http/transfer-limits.ts';
import { limited } from '../../../../operator/http/uploads.ts';

const connector = (maxBytes?: string): ConnectorResource =>
  ({
    metadata: { name: 'list' },
    spec: { type: 'Spreadsheet', spreadsheet: maxBytes === undefined ? {} : { maxBytes } },
  }) as unknown as ConnectorResource;
const LIMIT = { bytes: 100, setting: 'a setting' };

test.each([
  ['8M', 8_000_000],
  ['500Mi', 500 * 1024 ** 2],
  ['1000', 1000],
  ['1.5k', 1500],
  [undefined, 500 * 1024 ** 2],
])('a connector that says %s takes files up to %s bytes', (text, bytes) => {
  expect(inputLimit(connector(text)).bytes).toBe(bytes);
});

test.each([
  ['a connector that says it', connector('1k'), 'spec.spreadsheet.maxBytes of connector list'],
  ['one that does not', connector(), 'the default of spec.spreadsheet.maxBytes of connector list'],
  [
    'one that cannot say it',
    { metadata: { name: 'orders' }, spec: { type: 'Webhook' } } as unknown as ConnectorResource,
    'the operator, for a connector of type Webhook,',
  ],
])('of %s it is told where the limit comes from', (_case, one, setting) => {
  expect(inputLimit(one).setting).toBe(setting);
});

test.each([
  ['nothing', undefined, false],
  ['as many as there may be', '100', false],
  ['one too many', '101', true],
  ['no number', 'many', false],
])('of a file that announces %s it is told at once whether it is too large', (_case, announced, isRefused) => {
  const check = (): void => checkAnnounced(announced, LIMIT);
  if (isRefused) expect(check).toThrow(/101 bytes, and a setting allows 100/);
  else expect(check).not.toThrow();
});

describe('a sender', () => {
  const send = async (steps: readonly (readonly [atMs: number, bytes: number])[], bytes = 1e9): Promise<number> => {
    let now = 0;
    const transfer = limitTransfer({ bytes, setting: 'a setting' }, () => now);
    let passed = 0;
    transfer.on('error', () => undefined).on('data', (part: Buffer) => (passed += part.length));
    for (const [atMs, size] of steps) {
      now = atMs;
      await new Promise<void>((resolve, reject) =>
        transfer.write(Buffer.alloc(size), (error) => (error == null ? resolve() : reject(error))),
      );
    }
    transfer.end();
    await finished(transfer);
    return passed;
  };

  test('may take long for the first bytes of a file', async () => {
    expect(await send([[59_000, 1]])).toBe(1);
  });

  test('may be slow all day, as long as it comes to 1 KiB a second', async () => {
    expect(
      await send([
        [61_000, 62_500],
        [120_000, 62_500],
      ]),
    ).toBe(125_000);
  });

  test('who holds a connection by a byte now and then is sent away', async () => {
    await expect(
      send([
        [1000, 1],
        [30_000, 1],
        [61_000, 1],
      ]),
    ).rejects.toMatchObject({ code: 'TooSlow' });
  });

  test('who sends more than there may be is stopped there', async () => {
    await expect(
      send(
        [
          [0, 60],
          [1, 60],
        ],
        100,
      ),
    ).rejects.toMatchObject({ code: 'TooLarge' });
  });
});

describe('a file whose sender goes away', () => {
  const parts = { monotonicNow: () => 0 };
  const cutOff = { code: 'CutOff' };

  test.each<[string, (content: PassThrough) => void]>([
    ['with an error', (content) => content.destroy(new Error('aborted'))],
    ['without a word', (content) => content.destroy()],
  ])('%s is cut off', async (_case, leave) => {
    const content = new PassThrough();
    const received = buffer(limited({ content, contentLength: undefined }, connector(), parts));
    content.write('name\nAda');
    leave(content);
    await expect(received).rejects.toMatchObject(cutOff);
  });

  test('before anybody listens is cut off too', () => {
    const content = new PassThrough();
    content.destroy();
    expect(() => limited({ content, contentLength: undefined }, connector(), parts)).toThrow(
      expect.objectContaining(cutOff) as Error,
    );
  });
});

describe('a receiver', () => {
  /** What becomes of an answer of which so many bytes are handed on at such times, looked at every ten seconds for `untilMs`. */
  const receive = (untilMs: number, steps: readonly (readonly [atMs: number, bytes: number])[]) => {
    const answer = new ServerResponse(new IncomingMessage(new Socket()));
    let now = 0;
    let waiting: (() => void)[] = [];
    const count = dropSlowReceiver(answer, {
      monotonicNow: () => now,
      later: (ms, call) => {
        expect(ms).toBe(10_000);
        waiting.push(call);
        return () => (waiting = waiting.filter((one) => one !== call));
      },
    });
    for (; now < untilMs && !answer.destroyed; now += 10_000) {
      for (const [, bytes] of steps.filter(([atMs]) => atMs === now)) count(bytes);
      for (const call of waiting.splice(0)) call();
    }
    return { answer, endedMs: answer.destroyed ? now : null, waiting: () => waiting.length };
  };

  test('who takes a byte now and then is not waited for', () => {
    expect(receive(600_000, [[0, 1]]).endedMs).toBe(80_000);
  });

  test('may be slow all day, as long as it comes to 1 KiB a second', () => {
    const steps = Array.from({ length: 360 }, (_, index) => [index * 10_000, 10_240] as const);
    expect(receive(3_600_000, steps).endedMs).toBeNull();
  });

  test('who stops in the middle of a large file is waited for as long as that much may take', () => {
    expect(receive(3_600_000, [[0, 1024 ** 2]]).endedMs).toBe(1_040_000);
  });

  test('who has gone is not looked at any more', () => {
    const { answer, waiting } = receive(10_000, [[0, 1]]);
    expect(waiting()).toBe(1);
    answer.emit('close');
    expect(waiting()).toBe(0);
  });
});

describe('places', () => {
  const response = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));

  test('are as many as there are, and given back once', () => {
    const slots = new TransferSlots(2);
    const first = slots.take();
    slots.take();
    expect(() => slots.take()).toThrow(expect.objectContaining({ code: 'Busy', class: 'transient' }) as Error);
    first();
    first();
    slots.take();
    expect(() => slots.take()).toThrow(/try again/);
  });

  test('of a response that is gone already are free again', () => {
    const slots = new TransferSlots(1);
    const gone = response();
    gone.destroy();
    slots.takeFor(gone);
    expect(() => slots.take()).not.toThrow();
  });

  test('of a response are free when it ends', () => {
    const slots = new TransferSlots(1);
    const running = response();
    slots.takeFor(running);
    expect(() => slots.take()).toThrow(/try again/);
    running.emit('close');
    expect(() => slots.take()).not.toThrow();
  });
});

test('only the hash of an upload key is written down, and it fits where an artifact is named', () => {
  const key = 'k'.repeat(43);
  expect(isUploadKey(key)).toBe(true);
  expect(isAwaitedArtifact(awaitedArtifact(key))).toBe(true);
  expect(isUploadKey(awaitedArtifact(key))).toBe(false);
  expect(awaitedArtifact(key).length).toBeLessThanOrEqual(128);
  expect(awaitedArtifact(key)).not.toContain(key);
});

test.each([
  ['list', 'list-1'],
  ['a'.repeat(60), `${'a'.repeat(40)}-1`],
  [`${'a'.repeat(39)}.b`, `${'a'.repeat(39)}-1`],
])('the name of an execution of %s is one', (name, expected) => {
  expect(executionName(name, '1')).toBe(expected);
});
