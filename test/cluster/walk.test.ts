import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-status.ts';
import { CONNECTORS, EXECUTIONS } from '../../operator/api/kinds.ts';
import { awaitObject } from '../support/await-object.ts';
import {
  type ClusterClient,
  clusterEnvironment,
  connectToCluster,
  describeInCluster,
  kubectl,
  REPOSITORY,
} from '../support/cluster.ts';
import { freePort } from '../support/child-program.ts';

/** The commands of a Markdown file from one heading up to another, as one script, without those that install the operator. */
async function commandsOf(file: string, from: string, to: string): Promise<string> {
  const text = await readFile(join(REPOSITORY, file), 'utf8');
  const part = text.slice(text.indexOf(`\n${from}\n`), text.indexOf(`\n${to}\n`));
  const blocks = [...part.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const script = blocks.filter((block) => !block.includes('deploy/')).join('\n');
  if (script === '') throw new Error(`${file} has no commands between ${from} and ${to}`);
  return script.replaceAll('examples/', `${REPOSITORY}/examples/`);
}

/**
 * Stops at the first command that fails; that some rows have problems is no failure of the walk. What runs in the background ends with it:
 * the script has a process group of its own.
 */
const PRELUDE = `set -euo pipefail
trap 'status=$?; trap "" TERM; kill -TERM 0; exit $status' EXIT
kubectl() { command kubectl "$@" || { local status=$?; [ "$1" = smartconnector ] && [ $status = ${EXIT.partial} ]; }; }`;

function bash(script: string, directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const closed = `${PRELUDE}\n${script}`;
    const environment = clusterEnvironment();
    const env = { ...environment, PATH: `${join(REPOSITORY, 'bin')}:${environment['PATH'] ?? ''}` };
    const options = { env, cwd: directory, maxBuffer: 2 ** 24 };
    execFile('setsid', ['--wait', 'bash', '-c', closed], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`the walk stopped:\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}

/** Before a walk too: one that was killed leaves its namespace. */
const removeSales = (): Promise<string> =>
  kubectl(['delete', 'namespace', 'sales', '--ignore-not-found', '--timeout=120s']);

describeInCluster('README.md in a real cluster', () => {
  beforeAll(removeSales);
  afterAll(removeSales);

  test('its commands pass one after another, and the tables show what people look for', async () => {
    const said = await bash(await commandsOf('README.md', '## In a cluster', '## Where to go on'), REPOSITORY);
    expect(said).toMatch(/price-list +Active +True +Spreadsheet /);
    expect(said).toMatch(/price-list-dry +price-list +DryRun +PartialSuccess /);
  });
});

describeInCluster('docs/cluster.md in a real cluster', () => {
  let cluster: ClusterClient;
  let directory: string;
  let said: string;

  beforeAll(async () => {
    cluster = connectToCluster();
    await removeSales();
    directory = await mkdtemp(join(tmpdir(), 'smartconnector-walk-'));
    const commands = await commandsOf('docs/cluster.md', '## A connector', '## Who may do what');
    // The port of a machine on which anything may run.
    const port = await freePort();
    const script = commands
      .replaceAll('smartconnector 8080', `smartconnector ${port}:8080`)
      .replaceAll('localhost:8080', `localhost:${port}`);
    said = await bash(script, directory);
  }, 600_000);

  afterAll(async () => {
    await removeSales();
    cluster.connection.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('its commands pass one after another, and the tables show what people look for', () => {
    expect(said).toMatch(/^NAME +ACTIVE +READY +TYPE +SCHEDULE +LAST-RUN +LAST-RESULT +AGE$/m);
    expect(said).toMatch(/^price-list +Active +True +Spreadsheet /m);
    expect(said).toMatch(/^price-list-dry +price-list +DryRun +PartialSuccess /m);
    expect(said).toMatch(/price-list-live +price-list +Live +PartialSuccess /);
    // The story in events.
    expect(said).toMatch(/^Events:\n[\s\S]*Normal +\w+[\s\S]*/m);
  });

  test('the dry run said what the live run did', async () => {
    const [dry, live] = await Promise.all(
      ['price-list-dry', 'price-list-live'].map((name) => cluster.api.get(EXECUTIONS, { namespace: 'sales', name })),
    );
    expect(live?.status?.totals?.written).toBeGreaterThan(0);
    expect(dry?.status?.steps).toEqual(live?.status?.steps);
  });

  test('the report that the link gave opens', async () => {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(join(directory, 'price-list-live.xlsx'));
    expect(workbook.worksheets[0]?.name).toBe('Summary Stats');
  });

  test('the upload of the next file ran', async () => {
    const list = await cluster.api.get(CONNECTORS, { namespace: 'sales', name: 'price-list' });
    expect(list?.status?.activation?.state).toBe('Active');
    const uploaded = (await kubectl(['-n', 'sales', 'get', 'sce', '-o', 'name']))
      .split('\n')
      .map((line) => line.replace(/^.*\//, ''))
      .find((name) => name !== '' && !['price-list-dry', 'price-list-live'].includes(name));
    const ended = await awaitObject(
      cluster.api,
      EXECUTIONS,
      { namespace: 'sales', name: uploaded ?? '' },
      ({ status }) => status?.endedAt !== undefined,
      120_000,
    );
    expect(ended.status?.phase).toBe('PartialSuccess');
  });

  test('a broken SQL deactivates it, with the place of the fault; mended, it is active without another Job', async () => {
    const key = { namespace: 'sales', name: 'price-list' };
    const before = await cluster.api.get(CONNECTORS, key);
    const script = before?.spec.sql?.script ?? '';
    await cluster.api.patch(CONNECTORS, key, { spec: { sql: { script: `${script}\nSELECT nothing FROM nowhere;` } } });
    const broken = await awaitObject(
      cluster.api,
      CONNECTORS,
      key,
      ({ status }) => status?.activation?.state === 'Invalid',
      120_000,
    );
    expect(broken.status?.activation?.message).toMatch(/spec\.sql\.script/);
    const jobs = await kubectl(['-n', 'sales', 'get', 'jobs', '-o', 'name']);
    await cluster.api.patch(CONNECTORS, key, { spec: { sql: { script } } });
    await awaitObject(cluster.api, CONNECTORS, key, ({ status }) => status?.activation?.state === 'Active', 60_000);
    expect((await kubectl(['-n', 'sales', 'get', 'jobs', '-o', 'name'])).split('\n').length).toBeLessThanOrEqual(
      jobs.split('\n').length,
    );
  });
});
