import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS, JOBS } from '../../../operator/api/kinds.ts';
import { awaitedArtifact } from '../../../operator/api/upload-key.ts';
import { roleName } from '../../../operator/database/namespace-role.ts';
import { RUNNER_SECRET } from '../../../operator/database/runner-secret.ts';
import { openPool } from '../../../runner/postgres/pool.ts';
import { quoteIdentifier, quoteLiteral } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { startLocalKubelet, type LocalKubelet } from '../../support/local-kubelet.ts';
import { startOperator, type OperatorProcess } from '../../support/operator-process.ts';
import { freshDatabase, testServer, type TestDatabase } from '../../support/postgres.ts';
import { watchStatuses, type StatusWatch } from '../../support/status-watch.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/price-list', import.meta.url));
const ROLE = `operator_${randomBytes(4).toString('hex')}`;
const PASSWORD = `pw-${randomBytes(12).toString('hex')}`;
const UPLOAD_KEY = randomBytes(32).toString('base64url');

describeWithApiServer('an operator that logs everything', () => {
  let server: TestApiServer;
  let database: TestDatabase;
  let operator: OperatorProcess;
  let kubelet: LocalKubelet;
  let statuses: StatusWatch;
  let namespace: string;

  beforeAll(async () => {
    database = await freshDatabase();
    await onServer(`CREATE ROLE ${quoteIdentifier(ROLE)} SUPERUSER LOGIN PASSWORD ${quoteLiteral(PASSWORD)}`);
    server = await startApiServer();
    namespace = await server.freshNamespace();
    kubelet = startLocalKubelet(server.api);
    statuses = watchStatuses(server.api);
    const url = database.url.replace(/\/\/[^/@]*@/, `//${ROLE}:${PASSWORD}@`);
    expect(url).toContain(PASSWORD);
    operator = await startOperator(server, url, { args: ['--log-level', 'trace'] });
    for (const file of ['objects.yaml', 'sample.yaml', 'connector.yaml']) {
      const text = await readFile(join(EXAMPLE, file), 'utf8');
      await server.kubectl(['apply', '-f', '-'], text.replaceAll('namespace: sales', `namespace: ${namespace}`));
    }
    const key = { namespace, name: 'price-list' };
    await awaitObject(server.api, CONNECTORS, key, ({ status }) => status?.activation?.state === 'Active');
  });
  afterAll(async () => {
    await operator.stop();
    await kubelet.stop();
    statuses.stop();
    await server.stop();
    await database.drop();
    await onServer(`DROP ROLE ${quoteIdentifier(roleName(namespace))}`);
    await onServer(`DROP ROLE ${quoteIdentifier(ROLE)}`);
  });

  const onServer = async (text: string): Promise<void> => {
    const pool = openPool((await testServer()).url, { maxConnections: 1 });
    await pool.query({ text, values: [] });
    await pool.close();
  };

  test('tells neither password nor key: in no log, argument, environment, event, metric or resource but its Secret', async () => {
    const name = 'run';
    await server.api.create(EXECUTIONS, {
      apiVersion: EXECUTIONS.apiVersion,
      kind: EXECUTIONS.kind,
      metadata: { namespace, name },
      spec: { connector: 'price-list', input: { artifact: { id: awaitedArtifact(UPLOAD_KEY), fileName: 'list.csv' } } },
    });
    const sent = await fetch(`${operator.url}/v1/namespaces/${namespace}/executions/${name}/input`, {
      method: 'PUT',
      headers: { 'x-smartconnector-upload-key': UPLOAD_KEY },
      body: await readFile(join(EXAMPLE, 'price-list-2026-11-02.csv')),
    });
    expect(sent.status).toBe(200);
    const ended = await awaitObject(
      server.api,
      EXECUTIONS,
      { namespace, name },
      ({ status }) => status?.endedAt !== undefined,
    );
    expect(ended.status?.phase).toBe('PartialSuccess');
    const link = new URL(ended.status?.links?.report ?? '');
    const linkKey = link.searchParams.get('key') ?? '';
    for (const path of [link.pathname + link.search, `${link.pathname}?key=${linkKey.slice(1)}`]) {
      await (await fetch(operator.url + path)).arrayBuffer();
    }
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    expect(await (await fetch(`${operator.url}/readyz`)).text()).toBe('ok\n');
    for (const metric of [
      'controller_runtime_reconcile_total{controller="execution",result=',
      'controller_runtime_reconcile_time_seconds_count{controller="connector"}',
      'workqueue_depth{name="schedule"}',
      'workqueue_unfinished_work_seconds{name="object"}',
      'process_resident_memory_bytes',
    ]) {
      expect(metrics).toContain(metric);
    }

    const secret = JSON.parse(
      await server.kubectl(['-n', namespace, 'get', 'secret', RUNNER_SECRET, '-o', 'json']),
    ) as { data: { url: string } };
    const runnerUrl = new URL(Buffer.from(secret.data.url, 'base64').toString());
    expect(runnerUrl.username).toBe(roleName(namespace));
    const jobs = JSON.stringify(await server.api.list(JOBS, { namespace }));
    const kinds = 'sc,sce,ko,events,configmaps,pods,serviceaccounts';
    const resources = await server.kubectl(['-n', namespace, 'get', kinds, '-o', 'yaml']);
    const places = { log: operator.log().join('\n'), containers: kubelet.output(), jobs, metrics, resources };
    // That there is something to look through.
    expect(places.log).toContain('execution changed');
    expect(places.jobs).toContain('SMARTCONNECTOR_DATABASE_FILE');
    expect(places.resources).toContain(linkKey);
    const secrets = { PASSWORD, runner: runnerUrl.password, UPLOAD_KEY };
    const told = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(place === 'resources' ? secrets : { ...secrets, linkKey })
        .filter(([, value]) => text.includes(value))
        .map(([what]) => `${place} has ${what}`),
    );
    expect(told).toEqual([]);
  });

  test('no status broke a rule or went back', async () => {
    expect(await statuses.faults()).toEqual([]);
  });
});
