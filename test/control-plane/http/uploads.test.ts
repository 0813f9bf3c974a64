import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { API_VERSION, EXECUTIONS, type ExecutionResource } from '../../../operator/api/kinds.ts';
import { awaitedArtifact } from '../../../operator/api/upload-key.ts';
import { newRequests } from '../../../operator/controllers/execution/new-requests.ts';
import { addRequests } from '../../../operator/database/execution-requests.ts';
import { findArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { MAX_BYTES, connectorNamespace, startEndpoint, userWho, type Endpoint } from './endpoint-fixture.ts';

const CSV = 'name\nAda\nGrace\n';
const KEY = 'k'.repeat(43);
const OTHER_KEY = 'o'.repeat(43);

interface Body {
  readonly name: string;
  readonly uid: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly error: { readonly code: string; readonly message: string };
}

describeWithApiServer('files that are sent', () => {
  let server: TestApiServer;
  let endpoint: Endpoint;
  let namespace: string;
  let creator: string;
  let reader: string;

  beforeAll(async () => {
    server = await startApiServer();
    endpoint = await startEndpoint(server);
    namespace = await connectorNamespace(server);
    creator = await userWho(server, namespace, 'creator', ['create']);
    reader = await userWho(server, namespace, 'reader', ['get', 'list']);
  });
  afterAll(async () => {
    await endpoint.stop();
    await server.stop();
  });
  beforeEach(async () => {
    await server.kubectl(['-n', namespace, 'delete', 'sce', '--all', '--wait=false']);
  });
  afterEach(() => endpoint.proxy.reset());

  const path = (connector = 'list', query = '?fileName=list.csv', where = namespace): string =>
    `/v1/namespaces/${where}/connectors/${connector}/executions${query}`;
  const post = async (
    to: string,
    {
      token = creator,
      headers = {},
      body = CSV,
    }: { token?: string; headers?: Record<string, string>; body?: NonNullable<RequestInit['body']> } = {},
  ) => {
    const authorization: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
    const init = { method: 'POST', body, duplex: 'half', headers: { ...authorization, ...headers } };
    const response = await fetch(endpoint.url + to, init as RequestInit);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  };
  const put = async (name: string, key: string | null, body = CSV) => {
    const response = await fetch(`${endpoint.url}/v1/namespaces/${namespace}/executions/${name}/input`, {
      method: 'PUT',
      body,
      headers: key === null ? {} : { 'x-smartconnector-upload-key': key },
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const list = (): Promise<ExecutionResource[]> => server.api.list(EXECUTIONS, { namespace });
  const contentOf = async (id: string): Promise<string | null> => {
    const found = await endpoint.pool.withConnection(({ pg }) => findArtifact(pg, id));
    if (found === null) return null;
    const { rows } = await endpoint.pool.query({
      text: `SELECT convert_from(content, 'UTF8') AS text FROM smartconnector.artifact_piece WHERE artifact = $1`,
      values: [id],
    });
    return rows.map(({ text }) => text as string).join('');
  };
  const countStored = async (): Promise<unknown> => {
    const { rows } = await endpoint.pool.query({
      text: 'SELECT count(*)::int AS n FROM smartconnector.artifact',
      values: [],
    });
    return rows[0]?.['n'];
  };

  test('whoever may create executions has his file stored, and an execution of it', async () => {
    const { status, body } = await post(path('list', '?fileName=people%20%C3%BC.csv&mode=DryRun'));
    expect(status).toBe(202);
    const execution = await server.api.get(EXECUTIONS, { namespace, name: body.name });
    expect(execution?.metadata.uid).toBe(body.uid);
    expect(execution?.metadata.annotations).toMatchObject({
      'smartconnectors.dev/triggered-by': `system:serviceaccount:${namespace}:creator`,
    });
    expect(execution?.spec).toMatchObject({
      connector: 'list',
      mode: 'DryRun',
      input: { artifact: { fileName: 'people ü.csv' } },
    });
    expect(await contentOf(execution?.spec.input?.artifact?.id ?? '')).toBe(CSV);
  });

  test('the token may come under another name, where a proxy keeps the usual one', async () => {
    const headers = { 'x-smartconnector-authorization': `Bearer ${creator}` };
    expect((await post(path(), { token: '', headers })).status).toBe(202);
  });

  test.each<[string, () => Parameters<typeof post>, number, string, RegExp]>([
    ['no token', () => [path(), { token: '' }], 401, 'Unauthenticated', /send a bearer token/],
    ['a token of nobody', () => [path(), { token: 'nobody' }], 401, 'Unauthenticated', /does not know this token/],
    [
      'a password',
      () => [path(), { token: '', headers: { authorization: 'Basic YTpi' } }],
      401,
      'Unauthenticated',
      /bearer/,
    ],
    ['a user who may only look', () => [path(), { token: reader }], 403, 'Forbidden', /reader may not create/],
    ['another namespace', () => [path('list', '?fileName=a.csv', 'default')], 403, 'Forbidden', /in namespace default/],
    [
      'a namespace of odd letters',
      () => [path('list', '?fileName=a.csv', '..%2Fdefault')],
      403,
      'Forbidden',
      /may not create/,
    ],
    ['a connector that is not there', () => [path('lists')], 404, 'NotFound', /no SmartConnector lists/],
    ['a connector that takes no file', () => [path('nightly')], 400, 'WrongType', /of type Scheduler/],
    ['no name', () => [path('list', '')], 400, 'Invalid', /\?fileName=/],
    ['an empty name', () => [path('list', '?fileName=')], 400, 'Invalid', /\?fileName=/],
    ['two names', () => [path('list', '?fileName=a.csv&fileName=b.csv')], 400, 'Invalid', /\?fileName=/],
    ['a name with a folder', () => [path('list', '?fileName=..%2Fa.csv')], 400, 'Invalid', /no folders/],
    ['a name with a folder of Windows', () => [path('list', '?fileName=C:%5Ca.csv')], 400, 'Invalid', /no folders/],
    ['a name that ends a header', () => [path('list', '?fileName=a%0D%0Ax:y')], 400, 'Invalid', /control characters/],
    ['a name that ends a text', () => [path('list', '?fileName=a%00.csv')], 400, 'Invalid', /control characters/],
    ['a name that is the folder', () => [path('list', '?fileName=..')], 400, 'Invalid', /name of a file/],
    ['a name that is too long', () => [path('list', `?fileName=${'a'.repeat(256)}`)], 400, 'Invalid', /at most 255/],
    ['another mode', () => [path('list', '?fileName=a.csv&mode=Validate')], 400, 'Invalid', /Live or DryRun/],
    ['an empty key', () => [path(), { headers: { 'idempotency-key': '' } }], 400, 'Invalid', /visible ASCII/],
    [
      'a file that is too large',
      () => [path(), { body: 'x'.repeat(MAX_BYTES + 1) }],
      413,
      'TooLarge',
      /maxBytes of connector list/,
    ],
    ['another path', () => ['/v2/executions'], 404, 'NotFound', /nothing at this path/],
  ])('%s is refused, and nothing is stored', async (_case, request, status, code, message) => {
    const before = await countStored();
    const answer = await post(...request());
    expect(answer.body.error.message).toMatch(message);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(await countStored()).toBe(before);
    expect(await list()).toEqual([]);
  });

  test.each(['<script>.csv', '<b onmouseover="x">.csv', `"a';b.csv`, '名前.csv', 'a b+c&d=e.csv', '🙂.csv'])(
    'a file may be called %s',
    async (fileName) => {
      const { status, body } = await post(path('list', `?fileName=${encodeURIComponent(fileName)}`));
      expect(status).toBe(202);
      const execution = await server.api.get(EXECUTIONS, { namespace, name: body.name });
      expect(execution?.spec.input?.artifact?.fileName).toBe(fileName);
    },
  );

  test('an empty file is one', async () => {
    const { status, body } = await post(path(), { body: '' });
    expect(status).toBe(202);
    const execution = await server.api.get(EXECUTIONS, { namespace, name: body.name });
    expect(await contentOf(execution?.spec.input?.artifact?.id ?? '')).toBe('');
  });

  test('a file that says it is too large is refused before any of it is sent', async () => {
    const answer = await exchange(
      `POST ${path()} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${creator}\r\nContent-Length: ${10 * 1024 ** 3}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a file that does not say how large it is is cut at the limit', async () => {
    const piece = Buffer.alloc(50_000, 'x');
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
    expect(await post(path(), { body })).toMatchObject({ status: 413, body: { error: { code: 'TooLarge' } } });
  });

  test('a file that is cut off is not kept; sent again with the same key, it is whole', async () => {
    const head = `POST ${path()} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${creator}\r\nIdempotency-Key: cut\r\n`;
    await exchange(`${head}Content-Length: 1000\r\n\r\nname\nAda`, 'Close');
    const headers = { 'idempotency-key': 'cut' };
    const { status, body } = await post(path(), { headers });
    expect(status).toBe(202);
    const execution = await server.api.get(EXECUTIONS, { namespace, name: body.name });
    expect(await contentOf(execution?.spec.input?.artifact?.id ?? '')).toBe(CSV);
    expect(await list()).toHaveLength(1);
  });

  test('the same idempotency key is the same upload, whoever sends it how often', async () => {
    const headers = { 'idempotency-key': '"week-45"' };
    const [first, again] = await Promise.all([post(path(), { headers }), post(path(), { headers })]);
    const later = await post(path(), { headers: { 'idempotency-key': 'week-45' }, body: 'name\nother\n' });
    expect([first.status, again.status, later.status]).toEqual([202, 202, 202]);
    expect(new Set([first.body.uid, again.body.uid, later.body.uid]).size).toBe(1);
    expect(await list()).toHaveLength(1);
    const other = await post(path('list', '?fileName=list.csv&mode=DryRun'), { headers });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } });
  });

  test('an idempotency key holds when its execution has been tidied away', async () => {
    const headers = { 'idempotency-key': 'tidied' };
    const first = await post(path(), { headers });
    const key = { namespace, name: first.body.name };
    const execution = await server.api.get(EXECUTIONS, key);
    if (execution !== null) await addRequests(endpoint.pool, newRequests(execution, []));
    await server.api.delete(EXECUTIONS, key);
    expect((await post(path(), { headers })).body.uid).toBe(first.body.uid);
    const other = await post(path('list', '?fileName=list.csv&mode=DryRun'), { headers });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } });
    expect(await list()).toEqual([]);
  });

  test('without the database nothing is taken, and it says when to try again', async () => {
    endpoint.proxy.cutAt('pg_advisory_xact_lock', 'before', { then: 'Refuse' });
    for (const during of ['while it is stored', 'from the beginning']) {
      const { status, headers, body } = await post(path());
      expect([during, status, headers.get('retry-after')]).toEqual([during, 503, '10']);
      expect(body.error.message).not.toMatch(/password|postgres:\/\//);
    }
    await endpoint.proxy.reset();
    expect((await post(path())).status).toBe(202);
  });

  describe('for an execution that waits for one', () => {
    const createWaiting = async (name: string, key = KEY): Promise<void> => {
      await server.api.create(EXECUTIONS, {
        apiVersion: API_VERSION,
        kind: EXECUTIONS.kind,
        metadata: { namespace, name },
        spec: { connector: 'list', input: { artifact: { id: awaitedArtifact(key), fileName: 'list.csv' } } },
      });
    };

    test('whoever has its key sends it, and needs no token; sent again, the first one stays', async () => {
      await createWaiting('waiting');
      const first = await put('waiting', KEY);
      expect(first).toMatchObject({ status: 200, body: { name: 'waiting', bytes: CSV.length } });
      expect(await put('waiting', KEY, 'name\nother\n')).toEqual(first);
      expect(await contentOf(awaitedArtifact(KEY))).toBe(CSV);
      const execution = await server.api.get(EXECUTIONS, { namespace, name: 'waiting' });
      expect(execution?.metadata.annotations).toMatchObject({ 'smartconnectors.dev/input-sha256': first.body.sha256 });
    });

    test.each<[string, string | null, () => Promise<unknown>, number, string]>([
      ['no key', null, () => createWaiting('a'), 401, 'Unauthenticated'],
      ['what is no key', awaitedArtifact(OTHER_KEY), () => createWaiting('a', OTHER_KEY), 401, 'Unauthenticated'],
      ['another key', OTHER_KEY, () => createWaiting('a'), 404, 'NotFound'],
      ['no execution', OTHER_KEY, () => Promise.resolve(), 404, 'NotFound'],
      [
        'an execution that was cancelled',
        OTHER_KEY,
        async () => {
          await createWaiting('a', OTHER_KEY);
          await server.api.patch(EXECUTIONS, { namespace, name: 'a' }, { spec: { cancel: true } });
        },
        409,
        'NotWaiting',
      ],
      [
        'an execution that has ended',
        OTHER_KEY,
        async () => {
          await createWaiting('a', OTHER_KEY);
          const status = { phase: 'Failed', endedAt: '2026-01-01T00:00:00Z' };
          await server.api.patch(EXECUTIONS, { namespace, name: 'a' }, { status }, 'status');
        },
        409,
        'NotWaiting',
      ],
    ])('%s: it is refused', async (_case, key, prepare, status, code) => {
      await prepare();
      expect(await put('a', key)).toMatchObject({ status, body: { error: { code } } });
      expect(await contentOf(awaitedArtifact(OTHER_KEY))).toBeNull();
    });

    test('one that is too large is refused, and a smaller one is taken after it', async () => {
      const key = 'l'.repeat(43);
      await createWaiting('large', key);
      expect(await put('large', key, 'x'.repeat(MAX_BYTES + 1))).toMatchObject({ status: 413 });
      expect((await put('large', key)).status).toBe(200);
    });
  });

  test('an operator of one namespace takes nothing for others', async () => {
    const narrow = await startEndpoint(server, { watchNamespace: 'default' });
    const response = await fetch(narrow.url + path(), {
      method: 'POST',
      body: CSV,
      headers: { authorization: `Bearer ${creator}` },
    });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('looks after namespace default only');
    await narrow.stop();
  });

  /** Sends bytes as they are. @returns what comes back until the server, or we, end it */
  async function exchange(bytes: string, then?: 'Close'): Promise<string> {
    const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    if (then === 'Close') socket.end();
    socket.on('data', (text: string) => {
      received += text;
      if (received.includes('\r\n\r\n')) socket.end();
    });
    await once(socket, 'close');
    return received;
  }
});
