import { exec } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS, JOBS, OBJECTS } from '../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../operator/api/kinds.ts';
import { OWNER_UID_LABEL } from '../../operator/jobs/pod-parts.ts';
import { roleName } from '../../operator/database/namespace-role.ts';
import { awaitObject } from '../support/await-object.ts';
import {
  type ClusterClient,
  connectToCluster,
  describeInCluster,
  forwardPort,
  kubectl,
  SYSTEM_NAMESPACE,
} from '../support/cluster.ts';
import { holdRow, queryDatabase } from '../support/cluster-database.ts';

const ROWS = 150_000;
const LONGEST_MS = 280_000;

const MANIFESTS = (namespace: string): string => `
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: { name: article, namespace: ${namespace} }
spec:
  displayName: Article
  fields:
    - { name: code, type: Text }
    - { name: label, type: Text }
    - { name: amount, type: Decimal }
---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: { name: articles, namespace: ${namespace} }
spec:
  type: Spreadsheet
  spreadsheet: { tables: [{ name: articles }] }
  executionVariables:
    - { name: code, type: String, required: true }
    - { name: label, type: String }
    - { name: amount, type: Number }
  loadSteps:
    - name: articles
      object: article
      matching: [{ field: code, variable: code }]
      mapping:
        - { field: code, variables: [code] }
        - { field: label, variables: [label], conflictResolution: OverwriteSkipIfBlank }
        - { field: amount, variables: [amount], conflictResolution: OverwriteSkipIfBlank }
`;

const hasEnded = ({ status }: ExecutionResource): boolean => status?.endedAt !== undefined;

describeInCluster('an execution that is disturbed in a real cluster', () => {
  let cluster: ClusterClient;
  const namespace = `disturbed-${randomBytes(4).toString('hex')}`;
  const table = `"${roleName(namespace)}".article`;
  let token: string;
  let edition = 0;

  beforeAll(async () => {
    cluster = connectToCluster();
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['apply', '-f', '-'], MANIFESTS(namespace));
    await kubectl(['-n', namespace, 'create', 'serviceaccount', 'loader']);
    await kubectl([
      ...['-n', namespace, 'create', 'rolebinding', 'loader'],
      ...['--clusterrole=smartconnector-edit', `--serviceaccount=${namespace}:loader`],
    ]);
    token = (await kubectl(['-n', namespace, 'create', 'token', 'loader', '--duration=2h'])).trim();
    const isReady = awaitObject(
      cluster.api,
      CONNECTORS,
      { namespace, name: 'articles' },
      ({ status }) => status?.activation?.state === 'Active',
      LONGEST_MS,
    );
    await awaitObject(cluster.api, OBJECTS, { namespace, name: 'article' }, ({ status }) => status !== undefined);
    await isReady;
    await expectWhole(await await_(await upload(), hasEnded));
  });

  afterAll(async () => {
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s']);
    cluster.connection.close();
  });

  /** Uploads a file in which every row differs from the last file's, and starts it live. @returns the execution's name */
  const upload = async (): Promise<string> => {
    edition += 1;
    const lines = Array.from(
      { length: ROWS },
      (_, row) => `A${row},edition ${edition} of article ${row},${row + edition}`,
    );
    const forward = await forwardPort('service/smartconnector', 8080);
    try {
      const address = `http://127.0.0.1:${forward.port}/v1/namespaces/${namespace}/connectors/articles/executions`;
      const response = await fetch(`${address}?fileName=articles.csv&mode=Live`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: `code,label,amount\n${lines.join('\n')}\n`,
      });
      expect(response.status).toBe(202);
      return ((await response.json()) as { name: string }).name;
    } finally {
      forward.close();
    }
  };

  const await_ = (name: string, isWanted: (execution: ExecutionResource) => boolean): Promise<ExecutionResource> =>
    awaitObject(cluster.api, EXECUTIONS, { namespace, name }, isWanted, LONGEST_MS);

  /**
   * Uploads a file, and disturbs its load when it has come to the row in the middle of it: some chunks are committed, and
   * one waits for that row. @returns the execution's name
   */
  const disturb = async (how: (name: string) => Promise<unknown>): Promise<string> => {
    const row = await holdRow(`SELECT FROM ${table} WHERE code = $1`, [`A${ROWS / 2}`]);
    try {
      const name = await upload();
      await row.untilAwaited();
      await how(name);
      return name;
    } finally {
      await row.release();
    }
  };

  /** Rows, and those of them that the last file wrote. */
  const countRecords = async (): Promise<{ all: number; latest: number; codes: number }> => {
    const [row] = await queryDatabase<{ all: number; latest: number; codes: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT code)::int AS codes, count(*) FILTER (WHERE label LIKE $1)::int AS latest
       FROM ${table} WHERE archived_at IS NULL`,
      [`edition ${edition} of %`],
    );
    if (row === undefined) throw new Error('a count gave no row');
    return row;
  };

  const expectWhole = async (ended: ExecutionResource): Promise<void> => {
    expect(ended.status?.phase, JSON.stringify(ended.status)).toBe('Succeeded');
    expect(ended.status?.totals).toEqual({ written: ROWS, problems: 0 });
    expect(await countRecords()).toEqual({ all: ROWS, latest: ROWS, codes: ROWS });
  };

  /** What selects the Jobs and pods of an execution. */
  const selectorOf = async (name: string): Promise<string> =>
    `${OWNER_UID_LABEL}=${(await cluster.api.get(EXECUTIONS, { namespace, name }))?.metadata.uid ?? 'none'}`;

  const killNow = (args: readonly string[]): Promise<string> =>
    kubectl([...args, '--grace-period=0', '--force', '--wait=false']);

  const findLeader = async (): Promise<string> =>
    (
      await kubectl([
        ...['-n', SYSTEM_NAMESPACE, 'get', 'lease', 'smartconnector-operator'],
        ...['-o', 'jsonpath={.spec.holderIdentity}'],
      ])
    ).trim();

  test('its pod is killed in the middle of the load: another attempt goes on, and every row is there once', async () => {
    const name = await disturb(async (held) =>
      killNow(['-n', namespace, 'delete', 'pods', '-l', await selectorOf(held)]),
    );
    const ended = await await_(name, hasEnded);
    await expectWhole(ended);
    expect(ended.status?.attempt).toBeGreaterThan(1);
  });

  test('the leading operator is killed as soon as its Job is there: one Job, and another replica tells how it ends', async () => {
    const leader = await findLeader();
    const name = await upload();
    const labelSelector = await selectorOf(name);
    const countJobs = async (): Promise<number> => (await cluster.api.list(JOBS, { namespace, labelSelector })).length;
    while ((await countJobs()) === 0) await new Promise(setImmediate);
    await killNow(['-n', SYSTEM_NAMESPACE, 'delete', 'pod', leader]);
    const ended = await await_(name, hasEnded);
    await expectWhole(ended);
    expect(ended.status?.attempt).toBe(1);
    expect(await countJobs()).toBe(1);
    expect(await findLeader()).not.toBe(leader);
  });

  describe.each([
    // A crashed backend makes PostgreSQL throw out every session and recover.
    [
      'PostgreSQL crashes',
      "for p in /proc/[0-9]*; do if grep -q 'postgres: smartconnector' $p/cmdline; then kill -9 ${p#/proc/}; exit; fi; done",
    ],
    // Its container ends, and the kubelet starts it again on the same data.
    ['PostgreSQL is started again', 'kill -INT 1'],
  ])('%s', (_what, command) => {
    test('in the middle of a load: it goes on, and every row is there once', async () => {
      const crash = ['-n', SYSTEM_NAMESPACE, 'exec', 'postgres-0', '--', 'sh', '-c', command];
      const name = await disturb(() => kubectl(crash));
      await expectWhole(await await_(name, hasEnded));
    });
  });

  test('the API server is started again in the middle of a load: status tells how it ended', async () => {
    const restart = process.env['SMARTCONNECTOR_TEST_RESTART_API_SERVER'];
    if (restart === undefined) throw new Error('set SMARTCONNECTOR_TEST_RESTART_API_SERVER to a command that does it');
    const name = await disturb(() => promisify(exec)(restart));
    await expectWhole(await await_(name, hasEnded));
  });

  test('cancelled in the middle of a load, it keeps what is committed, says how much, and stops', async () => {
    const name = await disturb(async (held) => {
      await cluster.api.patch(EXECUTIONS, { namespace, name: held }, { spec: { cancel: true } });
      await await_(held, ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Cancelling') === true);
    });
    const ended = await await_(name, hasEnded);
    expect(ended.status?.phase).toBe('Cancelled');
    const { all, latest, codes } = await countRecords();
    expect({ all, codes }).toEqual({ all: ROWS, codes: ROWS });
    expect(latest).toBe(ended.status?.totals?.written);
    expect(latest).toBeGreaterThan(0);
    expect(latest).toBeLessThan(ROWS);
  });

  test('deleted in the middle of a load, it is gone when kubectl returns, with its Job, and nothing writes any more', async () => {
    let deletion: Promise<string> | undefined;
    let selector = '';
    await disturb(async (held) => {
      selector = await selectorOf(held);
      deletion = kubectl(['-n', namespace, 'delete', 'sce', held, '--timeout=120s']);
      await await_(held, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    });
    await deletion;
    await kubectl(['-n', namespace, 'wait', '--for=delete', 'pod', '-l', selector, '--timeout=120s']);
    const first = await countRecords();
    expect(first.codes).toBe(ROWS);
    expect(await countRecords()).toEqual(first);
  });

  test('its namespace is deleted in the middle of a load: nothing is left that waits', async () => {
    let deletion: Promise<string> | undefined;
    await disturb(async (held) => {
      deletion = kubectl(['delete', 'namespace', namespace, '--timeout=200s']);
      await await_(held, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    });
    await deletion;
  });
});
