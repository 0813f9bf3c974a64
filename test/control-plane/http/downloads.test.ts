import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Download } from '../../../operator/http/artifact-link.ts';
import { TransferSlots } from '../../../operator/http/transfer-limits.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { connectorNamespace, startEndpoint, userWho, type Endpoint } from './endpoint-fixture.ts';

const REPORT = Buffer.from('PK the bytes of a workbook');
const UID = '0f1e2d3c-0000-4000-8000-000000000001';
/** More than connections hold on their way. */
const LARGE = 48 * 1024 ** 2;

/** Tells when its only place is free again. */
class OneSlot extends TransferSlots {
  freed = Promise.withResolvers<undefined>();

  constructor() {
    super(1);
  }

  override take(): () => void {
    const giveBack = super.take();
    this.freed = Promise.withResolvers();
    return () => {
      giveBack();
      this.freed.resolve(undefined);
    };
  }
}

describeWithApiServer('files that are downloaded', () => {
  const slots = new OneSlot();
  let server: TestApiServer;
  let endpoint: Endpoint;
  let namespace: string;
  let reader: string;
  let creator: string;

  beforeAll(async () => {
    server = await startApiServer();
    endpoint = await startEndpoint(server, { slots });
    namespace = await connectorNamespace(server);
    reader = await userWho(server, namespace, 'reader', ['get']);
    creator = await userWho(server, namespace, 'creator', ['create']);
    const common = { namespace, executionId: UID };
    await endpoint.store({ ...common, id: `${UID}-report`, kind: 'Report', fileName: 'list.xlsx' }, REPORT);
    await endpoint.store({ ...common, id: `${UID}-input`, fileName: 'list.csv' }, randomBytes(LARGE));
    const outcomes = { id: `${UID}-outcomes`, kind: 'Outcomes', fileName: 'outcomes.ndjson.gz' } as const;
    await endpoint.store({ ...common, ...outcomes }, Buffer.from('damaged'));
    await endpoint.pool.query({
      text: `UPDATE smartconnector.artifact_piece SET content = 'DAMAGED' WHERE artifact = $1`,
      values: [outcomes.id],
    });
  });
  afterAll(async () => {
    await endpoint.stop();
    await server.stop();
  });
  afterEach(async () => {
    await endpoint.proxy.reset();
    await slots.freed.promise;
  });

  /** The path of a link as it stands in a status: no execution of this id is in the cluster, as after its deletion. */
  const link = (download: Download, uid = UID): string => {
    const { pathname, search } = new URL(endpoint.links.build(uid, download));
    return pathname + search;
  };
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(endpoint.url + path, init);
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
  const plain = `/v1/executions/${UID}/report.xlsx`;

  test('a link opens by itself, also when its execution has been deleted, and saves what was stored', async () => {
    const response = await get(link('report.xlsx'));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'content-length': String(REPORT.length),
      'content-disposition': `attachment; filename="list.xlsx"; filename*=UTF-8''list.xlsx`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'none',
      'repr-digest': expect.stringMatching(/^sha-256=:[A-Za-z0-9+/]{43}=:$/) as string,
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(REPORT);
  });

  test('its key may stand in a header, and a user who may read executions needs none', async () => {
    const key = new URL(endpoint.links.build(UID, 'report.xlsx')).searchParams.get('key') ?? '';
    expect((await get(plain, { headers: { 'x-smartconnector-key': key } })).status).toBe(200);
    await slots.freed.promise;
    expect((await get(plain, bearer(reader))).status).toBe(200);
  });

  test('HEAD tells of a file and sends nothing of it', async () => {
    const response = await get(link('input'), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(LARGE));
    expect(await response.text()).toBe('');
  });

  test('a part of a file is answered with all of it, as HTTP has it', async () => {
    const response = await get(link('report.xlsx'), { headers: { range: 'bytes=3-5' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([200, null]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(REPORT);
  });

  test.each<[string, () => [string, RequestInit?], number]>([
    ['no key and no token', () => [plain], 401],
    ['a key that was changed', () => [`${link('report.xlsx').slice(0, -1)}~`], 401],
    ['a key that was cut', () => [link('report.xlsx').slice(0, -5)], 401],
    ['two keys', () => [`${link('report.xlsx')}&key=a`], 401],
    ['the key of another file', () => [link('input').replace('/input?', '/report.xlsx?')], 401],
    ['the key of another execution', () => [link('report.xlsx', 'other').replace('/other/', `/${UID}/`)], 401],
    ['a token of nobody', () => [plain, bearer('nobody')], 401],
    ['a user who may not read executions there', () => [plain, bearer(creator)], 404],
    ['an execution that never was', () => [link('report.xlsx', 'never')], 404],
    ['a user, and an execution that never was', () => ['/v1/executions/never/report.xlsx', bearer(reader)], 404],
    ['a file that no execution has', () => [`/v1/executions/${UID}/scopes`], 404],
    ['an id that leads elsewhere', () => [`/v1/executions/..%2F..%2Fmetrics/report.xlsx`], 404],
    ['an id that ends a text', () => [link('report.xlsx', 'a\0b')], 404],
  ])('%s is refused', async (_case, request, status) => {
    const response = await get(...request());
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ error: { code: status === 401 ? 'Unauthenticated' : 'NotFound' } });
    // Refused before it took a place, it frees none.
    slots.freed.resolve(undefined);
  });

  test.each([
    ['<script>alert(1)</script>.csv', 'attachment; filename="<script>alert(1)</script>.csv"'],
    ['"; filename=evil.exe', 'attachment; filename="_; filename=evil.exe"'],
    ['a\r\nset-cookie: b.csv', 'attachment; filename="a__set-cookie: b.csv"'],
    [`it's (a) 100% *名*.csv`, `attachment; filename="it's (a) 100_ *_*.csv"`],
  ])('a file that is called %j is saved under its name', async (fileName, disposition) => {
    const uid = `named-${Buffer.from(fileName).toString('hex')}`;
    await endpoint.store({ id: `${uid}-input`, namespace, fileName }, Buffer.from('x'));
    const response = await get(link('input', uid));
    const header = response.headers.get('content-disposition') ?? '';
    expect(header.startsWith(`${disposition}; filename*=UTF-8''`)).toBe(true);
    const encoded = header.split("filename*=UTF-8''")[1] ?? '';
    expect(encoded).toMatch(/^[A-Za-z0-9!#$&+.^_`|~%-]+$/);
    expect(decodeURIComponent(encoded)).toBe(fileName);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('a file whose bytes are not those that were stored is not handed over as whole, and that is logged', async () => {
    const response = await get(link('outcomes.ndjson.gz'));
    const received = await response.arrayBuffer().then(
      (content) => Buffer.from(content).toString(),
      () => 'cut off',
    );
    expect(received).not.toContain('DAMAGED');
    expect(response.status === 500 || received === 'cut off').toBe(true);
    expect(endpoint.logged.filter((line) => line.includes('ArtifactDamaged'))).not.toEqual([]);
  });

  test.each([
    ['less', 3],
    ['more', 1000],
  ])('a row that says %s than there is leads to no answer within another one', async (_case, bytes) => {
    const uid = '0f1e2d3c-0000-4000-8000-000000000002';
    const report = { id: `${uid}-report`, namespace, executionId: uid, kind: 'Report', fileName: 'a.xlsx' } as const;
    await endpoint.store(report, Buffer.from('HTTP/1.1 200 OK\r\n\r\nforged'));
    await endpoint.pool.query({
      text: 'UPDATE smartconnector.artifact SET bytes = $1 WHERE id = $2',
      values: [bytes, report.id],
    });
    const response = await get(link('report.xlsx', uid));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('forged')]);
    expect((await get(link('report.xlsx'))).status).toBe(200);
    expect(endpoint.logged.filter((line) => line.includes('ArtifactDamaged') && line.includes(uid))).not.toEqual([]);
  });

  test('one after another: who comes while all places are taken is told to come again', async () => {
    const first = await get(link('input'));
    const second = await get(link('report.xlsx'));
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await second.json()).toMatchObject({ error: { code: 'Busy' } });
    expect((await first.arrayBuffer()).byteLength).toBe(LARGE);
    await slots.freed.promise;
    expect((await get(link('report.xlsx'))).status).toBe(200);
  });

  test('who goes away in the middle leaves his place and his connection to others', async () => {
    // As many as there are connections to the database, and one more.
    for (let turn = 0; turn < 5; turn++) {
      const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
      socket.write(`GET ${link('input')} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
      await slots.freed.promise;
    }
    expect((await get(link('report.xlsx'))).status).toBe(200);
  });

  test('without the database it is said when to try again', async () => {
    endpoint.proxy.cutAt('SELECT', 'before', { then: 'Refuse' });
    for (const during of ['while it is looked for', 'from the beginning']) {
      const response = await get(link('report.xlsx'));
      expect([during, response.status, response.headers.get('retry-after')]).toEqual([during, 503, '10']);
      expect(await response.text()).not.toContain('postgres');
      await slots.freed.promise;
    }
  });

  test('readiness follows the database, liveness does not, and neither says where it is', async () => {
    expect((await get('/readyz')).status).toBe(200);
    endpoint.proxy.cutAt('SELECT 1', 'before', { then: 'Refuse' });
    for (let turn = 0; turn < 2; turn++) {
      const response = await get('/readyz');
      expect([response.status, await response.text()]).toEqual([503, 'the database does not answer\n']);
    }
    expect((await get('/healthz')).status).toBe(200);
    await endpoint.proxy.reset();
    expect((await get('/readyz')).status).toBe(200);
    slots.freed.resolve(undefined);
  });
});
