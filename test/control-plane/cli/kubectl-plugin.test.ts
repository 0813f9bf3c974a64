import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS } from '../../../operator/api/kinds.ts';
import { roleName } from '../../../operator/database/namespace-role.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { installPlugin, type KubectlPlugin } from '../../support/kubectl-plugin.ts';
import { startLocalKubelet, type LocalKubelet } from '../../support/local-kubelet.ts';
import { startOperator, type OperatorProcess } from '../../support/operator-process.ts';
import { proxiedAddress, publishOperator } from '../../support/operator-service.ts';
import { freshPool } from '../../support/postgres.ts';
import { watchStatuses, type StatusWatch } from '../../support/status-watch.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/price-list');
const FILE = join(EXAMPLE, 'price-list-2026-11-02.csv');
const SYSTEM = 'smartconnector-system';

interface Shown {
  readonly execution: string;
  readonly phase: string;
  readonly mode: string;
  readonly totals: { readonly written: number };
  readonly steps: readonly object[];
}

describeWithApiServer('kubectl smartconnector', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let operator: OperatorProcess;
  let kubelet: LocalKubelet;
  let statuses: StatusWatch;
  let plugin: KubectlPlugin;
  let namespace: string;
  let editor: string;
  let viewer: string;

  beforeAll(async () => {
    database = await freshPool();
    server = await startApiServer();
    namespace = await server.freshNamespace();
    plugin = await installPlugin(server);
    kubelet = startLocalKubelet(server.api);
    statuses = watchStatuses(server.api);
    operator = await startOperator(server, database.url);
    if (proxiedAddress !== null) await publishOperator(server, SYSTEM, Number(new URL(operator.url).port));
    else await server.kubectl(['create', 'namespace', SYSTEM]);
    await server.kubectl(['apply', '-f', join(ROOT, 'deploy/operator/user-roles.yaml')]);
    await server.kubectl(['apply', '-n', SYSTEM, '-f', join(ROOT, 'deploy/operator/http-access.yaml')]);
    editor = await plugin.kubeconfig(await createUser('editor', 'smartconnector-edit'));
    viewer = await plugin.kubeconfig(await createUser('viewer', 'smartconnector-view'));
    for (const file of ['objects.yaml', 'sample.yaml', 'connector.yaml']) {
      const text = await readFile(join(EXAMPLE, file), 'utf8');
      await server.kubectl(['apply', '-f', '-'], text.replaceAll('namespace: sales', `namespace: ${namespace}`));
    }
    await awaitObject(
      server.api,
      CONNECTORS,
      { namespace, name: 'price-list' },
      ({ status }) => status?.activation?.state === 'Active',
    );
  });
  afterAll(async () => {
    await operator.stop();
    await kubelet.stop();
    statuses.stop();
    await server.stop();
    await plugin.close();
    await database.pool.query({ text: `DROP OWNED BY "${roleName(namespace)}" CASCADE`, values: [] });
    await database.pool.query({ text: `DROP ROLE "${roleName(namespace)}"`, values: [] });
    await database.drop();
  });

  /** A user of a role, in the namespace of the connectors only. @returns its token */
  const createUser = async (name: string, clusterRole: string): Promise<string> => {
    await server.kubectl(['-n', namespace, 'create', 'serviceaccount', name]);
    const subject = `--serviceaccount=${namespace}:${name}`;
    await server.kubectl(['-n', namespace, 'create', 'rolebinding', name, `--clusterrole=${clusterRole}`, subject]);
    return (await server.kubectl(['-n', namespace, 'create', 'token', name])).trim();
  };
  const countRecords = async (): Promise<unknown> => {
    const { rows } = await database.pool.query({
      text: `SELECT count(*)::int AS count FROM "${roleName(namespace)}".product`,
      values: [],
    });
    return rows[0]?.['count'];
  };
  const countExecutions = async (): Promise<number> => (await server.api.list(EXECUTIONS, { namespace })).length;
  const directly = (): string[] => ['-n', namespace, '--server', operator.url];

  describe.skipIf(proxiedAddress === null)('through the API server', () => {
    test('a user who may edit connectors, and nothing else, sends a file, sees it run and gets its report', async () => {
      const dry = await plugin.run(editor, [
        'run',
        'price-list',
        '-n',
        namespace,
        '--input',
        FILE,
        '--dry-run',
        '-o',
        'json',
      ]);
      expect(dry).toMatchObject({ status: 3, stderr: '' });
      expect(await countRecords()).toBe(0);
      const live = await plugin.run(editor, ['run', 'price-list', '-n', namespace, '--input', FILE]);
      expect(live.status).toBe(3);
      expect(await countRecords()).toBeGreaterThan(2000);
      const { execution, steps } = dry.json() as Shown;
      expect(live.stdout).toMatch(/^price-list: PartialSuccess in [\d.]+ s\n/);
      expect(live.stdout).toMatch(/products +2,378 +15/);
      expect(live.stderr).toMatch(/^(Queued|Pending|Running)\b.*: ./m);
      expect(steps).toHaveLength(2);
      const report = await plugin.run(viewer, ['report', execution, '-n', namespace]);
      expect(report).toMatchObject({ status: 0, stderr: '' });
      const workbook = new ExcelJS.Workbook();
      await workbook.xlsx.readFile(report.stdout.trim());
      expect(workbook.worksheets[0]?.name).toBe('Summary Stats');
    });

    test('kubectl finds it by its name', async () => {
      const plugins = await server.kubectl(['plugin', 'list', '--name-only'], undefined, { PATH: plugin.directory });
      expect(plugins).toMatch(/^ *kubectl-smartconnector$/m);
    });
  });

  test('what it sent comes back byte for byte, and who sent it is on record', async () => {
    const run = await plugin.run(editor, [
      'run',
      'price-list',
      ...directly(),
      '--input',
      FILE,
      '--dry-run',
      '-o',
      'json',
    ]);
    const { execution: name } = run.json() as Shown;
    const target = join(plugin.directory, 'again.csv');
    const brought = await plugin.run(viewer, ['input', name, ...directly(), '--file', target]);
    expect(brought).toMatchObject({ status: 0, stdout: `${target}\n`, stderr: '' });
    expect(await readFile(target)).toEqual(await readFile(FILE));
    const execution = await server.api.get(EXECUTIONS, { namespace, name });
    expect(execution?.metadata.annotations).toMatchObject({
      'smartconnectors.dev/triggered-by': `system:serviceaccount:${namespace}:editor`,
    });
    // The hash of the key, and nothing that lets another send a file in its place.
    expect(execution?.spec.input).toEqual({
      artifact: {
        id: expect.stringMatching(/^awaited-[0-9a-f]{64}$/) as string,
        fileName: 'price-list-2026-11-02.csv',
      },
    });
  });

  test.each([
    ['a user who may only look', () => viewer, ['price-list', '--input', FILE], /forbidden.*cannot create/is],
    ['a connector that is not there', () => editor, ['prices', '--input', FILE], /there is no SmartConnector prices/],
    ['no file', () => editor, ['price-list'], /give its file with --input FILE/],
    ['a file that is not there', () => editor, ['price-list', '--input', 'none.csv'], /there is no such file/],
    ['a context that is not there', () => editor, ['price-list', '--context', 'none', '--input', FILE], /has test/],
  ])('%s is refused before anything is created', async (_case, user, args, message) => {
    const before = await countExecutions();
    const { status, stderr } = await plugin.run(user(), ['run', ...args, ...directly()]);
    expect(stderr).toMatch(message);
    expect([2, 4]).toContain(status);
    expect(await countExecutions()).toBe(before);
  });

  test('a file that is too large is refused before it is sent', async () => {
    const key = { namespace, name: 'price-list' };
    const before = await server.api.get(CONNECTORS, key);
    await server.api.patch(CONNECTORS, key, { spec: { spreadsheet: { maxBytes: '1k' } } });
    const run = await plugin.run(editor, ['run', 'price-list', ...directly(), '--input', FILE, '-o', 'json']);
    await server.api.patch(CONNECTORS, key, {
      spec: { spreadsheet: { maxBytes: before?.spec.spreadsheet?.maxBytes ?? null } },
    });
    expect(run.status).toBe(2);
    expect(run.json()).toMatchObject({ error: { code: 'TooLarge' } });
  });

  test('an interrupt ends the following and not the run, which can be followed again and cancelled', async () => {
    const key = { namespace, name: 'price-list' };
    await server.api.patch(CONNECTORS, key, { spec: { concurrency: { maxExecutions: 0 } } });
    const small = join(plugin.directory, 'small.csv');
    await writeFile(small, 'SKU\n1\n');
    // Once: a second one means that somebody is in a hurry.
    let isInterrupted = false;
    const call = plugin.run(editor, ['run', 'price-list', ...directly(), '--input', small], (stderr) => {
      if (isInterrupted || !stderr.includes('holds its queue')) return;
      isInterrupted = true;
      call.interrupt();
    });
    const stopped = await call;
    expect(stopped).toMatchObject({ status: 130, stdout: '' });
    const name = /^execution (\S+)$/m.exec(stopped.stderr)?.[1] ?? '';
    expect(stopped.stderr).toContain(`kubectl smartconnector follow ${name} -n ${namespace}`);
    expect((await server.api.get(EXECUTIONS, { namespace, name }))?.status?.phase).toBe('Queued');
    const following = plugin.run(editor, ['follow', name, ...directly(), '-o', 'json']);
    const cancelled = await plugin.run(editor, ['cancel', name, ...directly()]);
    expect(cancelled).toMatchObject({ status: 0, stdout: `${name}: asked to stop\n` });
    const ended = await following;
    expect(ended.status).toBe(130);
    expect(ended.json()).toMatchObject({ execution: name, phase: 'Cancelled', reason: 'Cancelled' });
    await server.api.patch(CONNECTORS, key, { spec: { concurrency: null } });
  });

  test('an endpoint that refuses the file leaves no execution that waits for it', async () => {
    const nowhere = ['-n', namespace, '--server', `${operator.url}/nowhere`];
    const { status, stderr } = await plugin.run(editor, ['run', 'price-list', ...nowhere, '--input', FILE]);
    expect(status).toBe(2);
    const name = /^execution (\S+)$/m.exec(stderr)?.[1] ?? '';
    expect(stderr).toContain('was cancelled, nothing was run');
    const ended = await awaitObject(
      server.api,
      EXECUTIONS,
      { namespace, name },
      ({ status: { endedAt } = {} }) => endedAt !== undefined,
    );
    expect(ended.status?.phase).toBe('Cancelled');
  });

  test('what is not there is said so', async () => {
    for (const command of ['follow', 'cancel', 'report']) {
      const missing = await plugin.run(editor, [command, 'none', ...directly(), '-o', 'json']);
      expect(missing.status).toBe(2);
      expect(missing.json()).toMatchObject({ error: { message: expect.stringContaining('execution none') as string } });
    }
  });

  test('no status broke a rule or went back', async () => {
    expect(await statuses.faults()).toEqual([]);
  });
});
