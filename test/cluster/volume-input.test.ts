import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS } from '../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../operator/api/kinds.ts';
import { roleName } from '../../operator/database/namespace-role.ts';
import { awaitObject } from '../support/await-object.ts';
import { type ClusterClient, connectToCluster, describeInCluster, findCluster, kubectl } from '../support/cluster.ts';
import { queryDatabase } from '../support/cluster-database.ts';

const LONGEST_MS = 180_000;
const ROWS = 500;

/** What fills the volume: a file, a link to it, and links to what is mounted beside it in a runner's pod. */
const FILLING = `
  const fs = require('node:fs');
  fs.mkdirSync('/drop/2026-11', { recursive: true });
  const lines = Array.from({ length: ${ROWS} }, (_, row) => 'P' + row + ',part ' + row);
  fs.writeFileSync('/drop/2026-11/parts.csv', 'code,label\\n' + lines.join('\\n') + '\\n');
  fs.symlinkSync('2026-11/parts.csv', '/drop/latest.csv');
  fs.symlinkSync('/run/secrets/smartconnector/database/url', '/drop/stolen.csv');
`;

/** A volume on the node, its claim, a pod that fills it, an object and a connector. */
const MANIFESTS = (namespace: string, image: string): object => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: namespace },
      spec: {
        capacity: { storage: '10Mi' },
        accessModes: ['ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: '',
        claimRef: { namespace, name: 'drop' },
        hostPath: { path: `/tmp/${namespace}`, type: 'DirectoryOrCreate' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'drop', namespace },
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '10Mi' } },
        storageClassName: '',
        volumeName: namespace,
      },
    },
    podWith(namespace, image, 'filler', FILLING),
    {
      apiVersion: 'smartconnectors.dev/v1alpha1',
      kind: 'KizenObject',
      metadata: { name: 'part', namespace },
      spec: {
        displayName: 'Part',
        fields: [
          { name: 'code', type: 'Text' },
          { name: 'label', type: 'Text' },
        ],
      },
    },
    {
      apiVersion: 'smartconnectors.dev/v1alpha1',
      kind: 'SmartConnector',
      metadata: { name: 'parts', namespace },
      spec: {
        type: 'Spreadsheet',
        spreadsheet: { tables: [{ name: 'parts' }] },
        executionVariables: [
          { name: 'code', type: 'String', required: true },
          { name: 'label', type: 'String' },
        ],
        loadSteps: [
          {
            name: 'parts',
            object: 'part',
            matching: [{ field: 'code', variable: 'code' }],
            mapping: [
              { field: 'code', variables: ['code'] },
              { field: 'label', variables: ['label'] },
            ],
          },
        ],
      },
    },
  ],
});

/** A pod of root that runs a script with the volume at `/drop`. */
function podWith(namespace: string, image: string, name: string, script: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsUser: 0 },
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', script],
          volumeMounts: [{ name: 'drop', mountPath: '/drop' }],
        },
      ],
      volumes: [{ name: 'drop', persistentVolumeClaim: { claimName: 'drop' } }],
    },
  };
}

describeInCluster('an input in a volume claim', () => {
  let cluster: ClusterClient;
  const namespace = `volume-${randomBytes(4).toString('hex')}`;
  const table = `"${roleName(namespace)}".part`;

  /** Runs a pod to its end. */
  const untilDone = (pod: string): Promise<string> =>
    kubectl([
      ...['-n', namespace, 'wait', `pod/${pod}`],
      ...['--for=jsonpath={.status.phase}=Succeeded', `--timeout=${LONGEST_MS / 1000}s`],
    ]);

  beforeAll(async () => {
    const image = findCluster()?.image ?? '';
    cluster = connectToCluster();
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['apply', '-f', '-'], JSON.stringify(MANIFESTS(namespace, image)));
    await untilDone('filler');
    await awaitObject(
      cluster.api,
      CONNECTORS,
      { namespace, name: 'parts' },
      ({ status }) => status?.activation?.state === 'Active',
      LONGEST_MS,
    );
  });

  afterAll(async () => {
    const image = findCluster()?.image ?? '';
    const emptying = `require('node:fs').readdirSync('/drop').forEach((name) => require('node:fs').rmSync('/drop/' + name, { recursive: true }))`;
    await kubectl(['create', '-f', '-'], JSON.stringify(podWith(namespace, image, 'emptier', emptying)));
    await untilDone('emptier');
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s']);
    await kubectl(['delete', 'persistentvolume', namespace, '--ignore-not-found', '--timeout=60s']);
    cluster.connection.close();
  });

  const start = async (name: string, claimName: string, path: string): Promise<void> => {
    await cluster.api.create(EXECUTIONS, {
      apiVersion: 'smartconnectors.dev/v1alpha1',
      kind: 'SmartConnectorExecution',
      metadata: { name, namespace },
      spec: { connector: 'parts', mode: 'Live', input: { persistentVolumeClaim: { claimName, path } } },
    });
  };
  const untilEnded = (name: string): Promise<ExecutionResource> =>
    awaitObject(
      cluster.api,
      EXECUTIONS,
      { namespace, name },
      ({ status }) => status?.endedAt !== undefined,
      LONGEST_MS,
    );
  const countRecords = async (): Promise<number | undefined> =>
    (await queryDatabase<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;

  test('a link that leaves the volume is refused, and loads nothing', async () => {
    await start('stolen', 'drop', 'stolen.csv');
    const { status } = await untilEnded('stolen');
    expect(status?.phase).toBe('Failed');
    expect(JSON.stringify(status?.conditions)).toContain('stolen.csv is a link that leaves the volume of the input');
    expect(await countRecords()).toBe(0);
  });

  test('a file that is not there is named', async () => {
    await start('missing', 'drop', '/2026-12/parts.csv');
    const { status } = await untilEnded('missing');
    expect(status?.phase).toBe('Failed');
    expect(JSON.stringify(status?.conditions)).toContain('cannot read 2026-12/parts.csv in the volume of the input');
  });

  test('a claim that is not there is said, and the execution can be cancelled', async () => {
    await start('no-claim', 'drip', 'parts.csv');
    await awaitObject(
      cluster.api,
      EXECUTIONS,
      { namespace, name: 'no-claim' },
      ({ status }) => JSON.stringify(status?.conditions ?? []).includes('persistentvolumeclaim \\"drip\\" not found'),
      LONGEST_MS,
    );
    await cluster.api.patch(EXECUTIONS, { namespace, name: 'no-claim' }, { spec: { cancel: true } });
    expect((await untilEnded('no-claim')).status?.phase).toBe('Cancelled');
  });

  test.each([
    ['by-path', '/2026-11/parts.csv'],
    ['by-link', 'latest.csv'],
  ])('a file in it is loaded (%s)', async (name, path) => {
    await start(name, 'drop', path);
    const { status } = await untilEnded(name);
    expect(status?.phase, JSON.stringify(status)).toBe('Succeeded');
    expect(await countRecords()).toBe(ROWS);
  });
});
