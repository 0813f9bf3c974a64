import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_MAPS, CONNECTORS, EXECUTIONS, JOBS, OBJECTS } from '../../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import { roleName } from '../../../operator/database/namespace-role.ts';
import type { Resource } from '../../../operator/runtime/resource.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { startLocalKubelet, type LocalKubelet } from '../../support/local-kubelet.ts';
import { startOperator, type OperatorProcess } from '../../support/operator-process.ts';
import { freshPool } from '../../support/postgres.ts';
import { watchStatuses, type StatusWatch } from '../../support/status-watch.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/price-list', import.meta.url));

const POLICY = fileURLToPath(new URL('../../../deploy/runners/network-policy.yaml', import.meta.url));

type Conditioned = Resource & {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
};

const has =
  (type: string, status = 'True') =>
  (object: Conditioned): boolean =>
    object.status?.conditions?.some((condition) => condition.type === type && condition.status === status) === true;

const hasEnded = ({ status }: ExecutionResource): boolean => status?.endedAt !== undefined;

describeWithApiServer('a connector in a cluster', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let operator: OperatorProcess;
  let kubelet: LocalKubelet;
  let statuses: StatusWatch;
  let namespace: string;

  beforeAll(async () => {
    database = await freshPool();
    server = await startApiServer();
    namespace = await server.freshNamespace();
    kubelet = startLocalKubelet(server.api);
    statuses = watchStatuses(server.api);
    operator = await startOperator(server, database.url);
    for (const file of ['objects.yaml', 'sample.yaml', 'connector.yaml']) {
      const text = (await readFile(join(EXAMPLE, file), 'utf8')).replaceAll(
        'namespace: sales',
        `namespace: ${namespace}`,
      );
      await server.kubectl(['apply', '-f', '-'], text);
    }
    const input = await readFile(join(EXAMPLE, 'price-list-2026-11-02.csv'), 'utf8');
    await server.api.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'input', namespace },
      data: { 'price-list.csv': input },
    });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelet.stop();
    statuses.stop();
    await server.stop();
    await database.pool.query({ text: `DROP OWNED BY "${roleName(namespace)}" CASCADE`, values: [] });
    await database.pool.query({ text: `DROP ROLE "${roleName(namespace)}"`, values: [] });
    await database.drop();
  });

  const run = async (name: string, mode: 'Live' | 'DryRun'): Promise<ExecutionResource> => {
    await server.api.create(EXECUTIONS, {
      apiVersion: EXECUTIONS.apiVersion,
      kind: EXECUTIONS.kind,
      metadata: { name, namespace },
      spec: { connector: 'price-list', mode, input: { configMapKeyRef: { name: 'input', key: 'price-list.csv' } } },
    });
    return awaitObject(server.api, EXECUTIONS, { namespace, name }, hasEnded);
  };
  const countRecords = async (): Promise<unknown> => {
    const { rows } = await database.pool.query({
      text: `SELECT count(*)::int AS count FROM "${roleName(namespace)}".product`,
      values: [],
    });
    return rows[0]?.['count'];
  };

  test('its objects become tables, and its SQL is validated before it is active', async () => {
    await awaitObject(server.api, OBJECTS, { namespace, name: 'product' }, has('Ready'));
    const connector = await awaitObject(server.api, CONNECTORS, { namespace, name: 'price-list' }, has('Ready'));
    expect(connector.status?.activation?.state).toBe('Active');
    expect(connector.status?.activation?.validatedHash).toBe(connector.status?.activation?.scriptHash);
    expect(await countRecords()).toBe(0);
  });

  test('a dry run says what the live run then does, and only that writes records', async () => {
    const dry = await run('dry', 'DryRun');
    expect(await countRecords()).toBe(0);
    const live = await run('live', 'Live');
    expect(await countRecords()).toBeGreaterThan(0);
    expect(dry.status?.phase).toBe(live.status?.phase);
    expect(dry.status?.steps).toEqual(live.status?.steps);
    expect(['Succeeded', 'PartialSuccess']).toContain(live.status?.phase);
    // What a dry run says now is what the upload below has to say.
    await run('dry-again', 'DryRun');
  });

  test('the network policy for runners is of the pods of its Jobs', async () => {
    await server.kubectl(['-n', namespace, 'apply', '-f', POLICY]);
    const { spec } = JSON.parse(await server.kubectl(['-n', namespace, 'get', '-f', POLICY, '-o', 'json'])) as {
      spec: { podSelector: { matchLabels: object }; policyTypes: string[]; ingress?: unknown };
    };
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(spec.ingress).toBeUndefined();
    const jobs = await server.api.list(JOBS, { namespace });
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(job.spec?.template?.metadata?.labels).toMatchObject(spec.podSelector.matchLabels);
  });

  test('the link in its status opens the report, and no other key does', async () => {
    const live = await server.api.get(EXECUTIONS, { namespace, name: 'live' });
    const link = new URL(live?.status?.links?.report ?? '');
    const here = new URL(link.pathname + link.search, operator.url);
    const response = await fetch(here);
    expect(response.status).toBe(200);
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.load(await response.arrayBuffer());
    expect(workbook.worksheets[0]?.name).toBe('Summary Stats');
    here.searchParams.set('key', 'wrong');
    expect((await fetch(here)).status).toBe(401);
  });

  test('an upload runs the file for whoever may create executions, and for nobody else', async () => {
    const address = `${operator.url}/v1/namespaces/${namespace}/connectors/price-list/executions?fileName=list.csv&mode=DryRun`;
    const body = await readFile(join(EXAMPLE, 'price-list-2026-11-02.csv'));
    const send = (token: string, to = address): Promise<Response> =>
      fetch(to, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });
    expect((await send('wrong')).status).toBe(401);
    const token = server.config.getCurrentUser()?.token ?? '';
    expect((await send(token, address.replace('/price-list/', '/nobody/'))).status).toBe(404);
    const response = await send(token);
    expect(response.status).toBe(202);
    const { name } = (await response.json()) as { name: string };
    const ended = await awaitObject(server.api, EXECUTIONS, { namespace, name }, hasEnded);
    expect(ended.status?.steps).toEqual(
      (await server.api.get(EXECUTIONS, { namespace, name: 'dry-again' }))?.status?.steps,
    );
  });

  test('a change of its SQL deactivates it, with the place of the fault, and mending it activates it without another Job', async () => {
    const key = { namespace, name: 'price-list' };
    const before = await server.api.get(CONNECTORS, key);
    const script = before?.spec.sql?.script ?? '';
    await server.api.patch(CONNECTORS, key, { spec: { sql: { script: `${script}\nSELECT nothing FROM nowhere;` } } });
    const broken = await awaitObject(
      server.api,
      CONNECTORS,
      key,
      ({ status }) => status?.activation?.state === 'Invalid',
    );
    expect(has('Stalled')(broken)).toBe(true);
    const jobs = kubelet.jobs.length;
    await server.api.patch(CONNECTORS, key, { spec: { sql: { script } } });
    await awaitObject(server.api, CONNECTORS, key, ({ status }) => status?.activation?.state === 'Active');
    expect(kubelet.jobs.length).toBe(jobs);
  });

  test('no status broke a rule or went back', async () => {
    expect(await statuses.faults()).toEqual([]);
  });
});
