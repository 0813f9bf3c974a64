import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, type ConfigMapResource } from '../../../../operator/api/kinds.ts';
import { ApiConnection } from '../../../../operator/runtime/api-connection.ts';
import { Reflector } from '../../../../operator/runtime/reflector.ts';
import { RestApi } from '../../../../operator/runtime/rest-api.ts';

type Answer = (request: { readonly url: URL; readonly number: number }, response: ServerResponse) => void;

const object = (name: string, resourceVersion: string): object => ({
  metadata: { name, namespace: 'a', resourceVersion },
});
const event = (type: string, what: object): string => `${JSON.stringify({ type, object: what })}\n`;
const listing = (items: readonly object[], resourceVersion: string, next = ''): string =>
  JSON.stringify({ metadata: { resourceVersion, continue: next }, items });

/** Keeps a watch open, as a server does that has nothing to say. */
const keepOpen: Answer = (_request, response) => {
  response.flushHeaders();
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that misbehaves as it is told, and a reflector on it. Pauses are not waited for, but noted down. */
async function reflect(
  answers: { list: Answer; watch: Answer },
  options: { silenceMs?: number; watchLivesMs?: number } = {},
) {
  let wake: (() => void) | null = null;
  const counts = { list: 0, watch: 0 };
  const watched: URL[] = [];
  const server: Server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const what = url.searchParams.has('watch') ? 'watch' : 'list';
    counts[what] += 1;
    if (what === 'watch') watched.push(url);
    wake?.();
    answers[what]({ url, number: counts[what] }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'test' },
  );
  const connection = new ApiConnection(config);
  const changes: string[] = [];
  const pauses: number[] = [];
  let nowMs = 0;
  const stopping = new AbortController();
  const reflector = new Reflector<ConfigMapResource>(new RestApi(connection), {
    kind: CONFIG_MAPS,
    namespace: null,
    onChange: ({ metadata }) => {
      changes.push(`${metadata.name}@${metadata.resourceVersion}`);
      wake?.();
    },
    log: pino({ enabled: false }),
    random: () => 0.5,
    sleep: (ms, signal) => {
      pauses.push(ms);
      wake?.();
      // After so many it stands still: a hot loop would not end by itself.
      if (pauses.length < 12) return new Promise((resolve) => setImmediate(resolve));
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
    },
    now: () => (nowMs += options.watchLivesMs ?? 0),
    timing: { silenceMs: options.silenceMs ?? 5000 },
  });
  const running = reflector.run(stopping.signal);
  closing.push(async () => {
    stopping.abort();
    await running;
    connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const until = async (isReached: () => boolean): Promise<void> => {
    while (!isReached()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { reflector, counts, watched, changes, pauses, until };
}

const listOne: Answer = (_request, response) => void response.end(listing([object('x', '1')], '1'));

describe('a reflector', () => {
  it('reads lists page by page', async () => {
    const { reflector } = await reflect({
      list: ({ url }, response) => {
        const isSecond = url.searchParams.get('continue') === 'more';
        response.end(isSecond ? listing([object('y', '2')], '7') : listing([object('x', '1')], '7', 'more'));
      },
      watch: keepOpen,
    });
    await reflector.synced;
    expect(reflector.list(null).map(({ metadata }) => metadata.name)).toEqual(['x', 'y']);
  });

  it.each<[string, Answer]>([
    ['a connection that is reset', (_request, response) => void response.socket?.resetAndDestroy()],
    ['an error of the server', (_request, response) => void response.writeHead(500).end('{"message":"no"}')],
    ['too many requests', (_request, response) => void response.writeHead(429).end('{}')],
    ['an event that is cut in the middle', (_request, response) => void response.end('{"type":"ADD')],
    ['an event that is no JSON', (_request, response) => void response.end('nonsense\n')],
    ['a clean close without an event', (_request, response) => void response.end()],
    [
      'an error event',
      (_request, response) => void response.end(event('ERROR', { code: 500, message: 'etcd is away' })),
    ],
  ])('watches again after %s, from where it was', async (_sentence, fault) => {
    const { changes, counts, watched, until } = await reflect({
      list: listOne,
      watch: (request, response) => {
        if (request.number <= 2) fault(request, response);
        else response.write(event('ADDED', object('y', '2')));
      },
    });
    await until(() => changes.includes('y@2'));
    expect([counts.list, watched.at(-1)?.searchParams.get('resourceVersion')]).toEqual([1, '1']);
  });

  it('watches again where nothing comes for too long', async () => {
    const { counts, changes, until } = await reflect(
      {
        list: listOne,
        watch: (request, response) => {
          if (request.number === 1) keepOpen(request, response);
          else response.write(event('MODIFIED', object('x', '5')));
        },
      },
      { silenceMs: 100 },
    );
    await until(() => changes.includes('x@5'));
    expect(counts).toEqual({ list: 1, watch: 2 });
  });

  it.each<[string, Answer]>([
    ['as an event', (_request, response) => void response.end(event('ERROR', { code: 410, message: 'too old' }))],
    ['as a status', (_request, response) => void response.writeHead(410).end('{"message":"too old"}')],
  ])(
    'lists again when its version is too old, which the server says %s, and finds what went',
    async (_sentence, gone) => {
      const { changes, reflector, until } = await reflect({
        list: ({ number }, response) =>
          void response.end(
            number === 1 ? listing([object('x', '1'), object('y', '2')], '2') : listing([object('y', '2')], '9'),
          ),
        watch: (request, response) => (request.number === 1 ? gone(request, response) : keepOpen(request, response)),
      });
      await until(() => changes.filter((change) => change === 'x@1').length === 2);
      expect(reflector.list(null).map(({ metadata }) => metadata.name)).toEqual(['y']);
      expect(changes.filter((change) => change === 'y@2')).toHaveLength(1);
    },
  );

  it.each<[string, object, object, string[]]>([
    ['whose spec was edited', { uid: 'u', generation: 1 }, { uid: 'u', generation: 2 }, ['x@1', 'x@1', 'x@2']],
    ['that was created again', { uid: 'u', generation: 1 }, { uid: 'v', generation: 1 }, ['x@1', 'x@1', 'x@2']],
    ['whose status was written', { uid: 'u', generation: 1 }, { uid: 'u', generation: 1 }, ['x@1', 'x@2']],
  ])('of an object %s, tells those whom it mattered to before as well', async (_sentence, before, after, told) => {
    const of = (what: object, resourceVersion: string): object => ({
      metadata: { name: 'x', namespace: 'a', resourceVersion, ...what },
    });
    const { changes, until } = await reflect({
      list: (_request, response) => void response.end(listing([of(before, '1')], '1')),
      watch: (_request, response) => void response.write(event('MODIFIED', of(after, '2'))),
    });
    await until(() => changes.includes('x@2'));
    expect(changes).toEqual(told);
  });

  it('goes on from a bookmark, which is no change', async () => {
    const { changes, watched, until } = await reflect({
      list: listOne,
      watch: (request, response) => {
        if (request.number === 1) response.end(event('BOOKMARK', object('', '50')));
        else keepOpen(request, response);
      },
    });
    await until(() => watched.length === 2);
    expect([watched[1]?.searchParams.get('resourceVersion'), changes]).toEqual(['50', ['x@1']]);
  });

  it.each([
    ['grows while watches end at once', 0, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]],
    ['stays short while they last', 6000, [500, 500, 500, 500, 500, 500, 500, 500]],
  ])('asks again after a pause that %s', async (_sentence, watchLivesMs, expected) => {
    const { pauses, until } = await reflect(
      { list: listOne, watch: (_request, response) => void response.end() },
      { watchLivesMs },
    );
    await until(() => pauses.length >= 8);
    expect(pauses.slice(0, 8)).toEqual(expected);
  });
});
