import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSqlHandoff } from '../../../runner/container/handoff.ts';
import { requestCancel, type Snapshot } from '../../../runner/executions/executions.ts';
import { findValidation, requestValidation } from '../../../runner/executions/validations.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { openContainerWorld, readSnapshot, statuses, type ContainerWorld } from '../../support/container-world.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from '../run/manifests.ts';

const ROWS = 'a=1 b=2 c=3 d=4 e=5 f=6';

describe('an execution in containers that is disturbed', () => {
  let world: ContainerWorld;
  let files: CliWorld;
  let input: string;

  beforeAll(async () => {
    world = await openContainerWorld();
    files = await openCliWorld();
    input = await files.file('stock.csv', stockFile(ROWS));
  });
  afterAll(async () => {
    await world.close();
    await files.close();
  });

  /** Each in a namespace of its own: its table begins empty. */
  const stock = async (namespace: string, script = '', diffCheck = false): Promise<Snapshot> => {
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const sql = script === '' ? '' : `  sql: {script: ${JSON.stringify(script)}}\n`;
    const connector = stockConnector({ diffCheck, extra: sql });
    const path = await files.file(`${namespace}.yaml`, `${inNamespace(STOCK_OBJECT)}---${inNamespace(connector)}`);
    return readSnapshot([path], 'stock');
  };
  const amounts = async (namespace: string): Promise<unknown[]> => {
    const text = `SELECT sku || '=' || amount AS row FROM "kz_${namespace}".stock ORDER BY sku`;
    return (await world.pool.query({ text, values: [] })).rows.map(({ row }) => row);
  };
  const counts = async (id: string): Promise<object> => {
    const { phase, error, steps } = await world.result(id);
    const { created, notProcessed } = steps[0]!;
    return { phase, code: error?.code ?? null, created, notProcessed };
  };
  const statusesOf = async (id: string): Promise<string[]> =>
    (await world.outcomes(id)).map(({ row, status, reason }) => [row, status, reason].filter((one) => one).join(' '));

  test('killed in load, its pod goes on from the stored scopes: no SQL, no row twice', async () => {
    await world.start('killed', await stock('killed'), { input, chunkRows: 2 });
    const environment = { SMARTCONNECTOR_FAULT: 'chunk:after:2' };
    const died = await world.attempt('killed', { environment });
    expect(died.map(({ status, signal }) => signal ?? status)).toEqual([0, 0, 'SIGKILL']);
    expect(await amounts('killed')).toEqual(['a=1', 'b=2', 'c=3', 'd=4']);
    const again = await world.attempt('killed');
    expect(statuses(again)).toEqual([0, 0, 0]);
    expect(again[1]?.log.map(({ msg }) => msg)).toEqual(['no SQL has to run']);
    expect(await counts('killed')).toEqual({ phase: 'Succeeded', code: null, created: 6, notProcessed: 0 });
    expect(await amounts('killed')).toEqual(['a=1', 'b=2', 'c=3', 'd=4', 'e=5', 'f=6']);
    expect((await world.find('killed')).attempt).toBe(2);
  });

  test.each([
    ['intake', 'intake:after'],
    ['load, before the scopes are stored', 'scopes:before'],
    ['load, once they are', 'scopes:after'],
    ['load, before the result is stored', 'result:before'],
  ])('killed in %s: the next attempt ends it', async (name, fault) => {
    const id = `at-${fault.replace(':', '-')}`;
    await world.start(id, await stock(id), { input, chunkRows: 2 });
    const died = await world.attempt(id, { environment: { SMARTCONNECTOR_FAULT: fault } });
    expect(died.at(-1)?.signal, name).toBe('SIGKILL');
    expect(statuses(await world.attempt(id))).toEqual([0, 0, 0]);
    expect(await counts(id)).toEqual({ phase: 'Succeeded', code: null, created: 6, notProcessed: 0 });
    expect(await amounts(id)).toEqual(['a=1', 'b=2', 'c=3', 'd=4', 'e=5', 'f=6']);
  });

  test('killed right after its result was stored, the next attempt finds that it has ended', async () => {
    await world.start('ended', await stock('ended'), { input });
    await world.attempt('ended', { environment: { SMARTCONNECTOR_FAULT: 'result:after' } });
    const result = await world.result('ended');
    expect(statuses(await world.attempt('ended'))).toEqual([0, 0, 0]);
    expect(await world.find('ended')).toMatchObject({ result, attempt: 1, phase: 'Succeeded' });
  });

  test.each([
    ['after its attempts are used up: Failed', 'exhausted', [], 'Failed', 'AttemptsExhausted'],
    ['cancelled after its pod is gone: Cancelled', 'gone', ['--cancelled'], 'Cancelled', null],
  ])('finish ends an execution %s, with what was committed and a report', async (_, id, args, phase, code) => {
    await world.start(id, await stock(id), { input, chunkRows: 2 });
    await world.attempt(id, { environment: { SMARTCONNECTOR_FAULT: 'chunk:after:2' } });
    const finish = await world.run('finish', id, await world.workspace(), { args });
    expect(finish.status).toBe(0);
    expect(await counts(id)).toEqual({ phase, code, created: 4, notProcessed: 2 });
    const reason = code ?? 'Cancelled';
    expect(await statusesOf(id)).toEqual([
      ...['1 Created NoMatch', '2 Created NoMatch', '3 Created NoMatch', '4 Created NoMatch'],
      ...[`5 NotProcessed ${reason}`, `6 NotProcessed ${reason}`],
    ]);
    expect((await world.run('finish', id, await world.workspace())).status).toBe(0);
    expect((await world.result(id)).phase).toBe(phase);
  });

  test('finish ends an execution that never came to its SQL', async () => {
    await world.start('never', await stock('never'), { input });
    expect((await world.run('finish', 'never', await world.workspace())).status).toBe(0);
    expect(await world.result('never')).toMatchObject({ phase: 'Failed', error: { code: 'AttemptsExhausted' } });
    expect(await statusesOf('never')).toEqual([]);
  });

  test('asked to stop before it starts, it runs no SQL and ends as Cancelled', async () => {
    await world.start('early', await stock('early'), { input });
    await world.pool.withConnection(({ pg }) => requestCancel(pg, 'early'));
    const ends = await world.attempt('early');
    expect(statuses(ends)).toEqual([0, 0, 0]);
    expect(ends[1]?.log.map(({ msg }) => msg)).toEqual(['no SQL has to run']);
    expect((await world.result('early')).phase).toBe('Cancelled');
  });

  test('asked to stop while its SQL ran, it loads nothing and lists every row as not processed', async () => {
    await world.start('late', await stock('late'), { input });
    const workspace = await world.workspace();
    await world.run('intake', 'late', workspace);
    await world.run('sql', 'late', workspace);
    await world.pool.withConnection(({ pg }) => requestCancel(pg, 'late'));
    expect((await world.run('load', 'late', workspace)).status).toBe(0);
    expect(await counts('late')).toEqual({ phase: 'Cancelled', code: null, created: 0, notProcessed: 6 });
    expect(await amounts('late')).toEqual([]);
  });

  test('a fault of the script is a result: every container ends with 0, and load reports it', async () => {
    const snapshot = await stock('fault', 'CREATE TABLE output.stock AS SELECT nope FROM input.stock;');
    await world.start('fault', snapshot, { input });
    expect(statuses(await world.attempt('fault'))).toEqual([0, 0, 0]);
    expect(await world.result('fault')).toMatchObject({ phase: 'Failed', error: { code: 'SqlFailed' } });
    expect((await world.find('fault')).phase).toBe('Failed');
  });

  test('an input that cannot be read is a result too', async () => {
    await world.start('empty', await stock('empty'), { input: await files.file('empty.csv', '') });
    expect(statuses(await world.attempt('empty'))).toEqual([0, 0, 0]);
    expect((await world.result('empty')).phase).toBe('Failed');
  });

  test('an input that is neither stored nor mounted ends it, and says what to do', async () => {
    await world.start('lost', await stock('lost'), { inputName: 'lost.csv' });
    expect(statuses(await world.attempt('lost'))).toEqual([0, 0, 0]);
    expect(await world.result('lost')).toMatchObject({ phase: 'Failed', error: { code: 'InputMissing' } });
  });

  test('an attempt that was taken over stores nothing more, and asks to be looked at again', async () => {
    await world.start('older', await stock('older'), { input });
    const workspace = await world.workspace();
    await world.run('intake', 'older', workspace);
    await world.run('sql', 'older', workspace);
    expect(statuses(await world.attempt('older'))).toEqual([0, 0, 0]);
    const before = await world.result('older');
    expect((await world.run('load', 'older', workspace)).status).toBe(0);
    expect(await world.result('older')).toEqual(before);
    await world.start('taken', await stock('taken'), { input });
    const older = await world.workspace();
    for (const stage of ['intake', 'sql']) await world.run(stage, 'taken', older);
    await world.run('intake', 'taken', await world.workspace());
    const load = await world.run('load', 'taken', older);
    expect(load).toMatchObject({ status: 75, log: [{ code: 'Superseded' }] });
  });

  test('a link that a script left in place of a scope is not followed', async () => {
    await world.start('link', await stock('link'), { input });
    const workspace = await world.workspace();
    for (const stage of ['intake', 'sql']) await world.run(stage, 'link', workspace);
    const directory = join(workspace, 'work', 'link', '1');
    const target = await files.file('secret', 'postgres://user:password@host/name');
    const { result } = await readSqlHandoff(directory);
    const scope = join(directory, result?.scopes[0]?.file ?? '');
    await rm(scope);
    await symlink(target, scope);
    expect((await world.run('load', 'link', workspace)).status).toBe(0);
    expect(await world.result('link')).toMatchObject({ phase: 'Failed', error: { code: 'WorkspaceFile' } });
    expect(await amounts('link')).toEqual([]);
  });

  test('with a diff check, what another run changed in between is not hidden: another attempt compares again', async () => {
    const snapshot = await stock('turns', '', true);
    await world.start('turn-1', snapshot, { input });
    await world.attempt('turn-1');
    await world.start('turn-2', snapshot, { input });
    const workspace = await world.workspace();
    for (const stage of ['intake', 'sql']) await world.run(stage, 'turn-2', workspace);
    await world.start('turn-3', snapshot, {
      input: await files.file('changed.csv', stockFile(ROWS.replace('=1', '=9'))),
    });
    expect(statuses(await world.attempt('turn-3'))).toEqual([0, 0, 0]);
    expect(await world.run('load', 'turn-2', workspace)).toMatchObject({ status: 75, log: [{ code: 'TurnLost' }] });
    expect(statuses(await world.attempt('turn-2'))).toEqual([0, 0, 0]);
    expect(await amounts('turns')).toEqual(['a=1', 'b=2', 'c=3', 'd=4', 'e=5', 'f=6']);
    expect((await world.result('turn-2')).scopes[0]).toMatchObject({ rows: 6, unchangedByDiff: 5 });
  });

  test.each([
    ['load without intake', 'load', 75, 'HandoffMissing'],
    ['sql without intake', 'sql', 75, 'HandoffMissing'],
    ['intake of an execution that there is not', 'intake', 2, 'ExecutionNotFound'],
    ['finish of an execution that there is not', 'finish', 2, 'ExecutionNotFound'],
    ['a validation that there is not', 'take', 2, 'ValidationNotFound'],
    ['a validation that nobody took', 'validate', 75, 'HandoffMissing'],
    ['an answer to nothing', 'answer', 75, 'HandoffMissing'],
  ])('%s ends with a status that says so', async (_, stage, status, code) => {
    const ended = await world.run(stage, 'nothing', await world.workspace());
    expect(ended).toMatchObject({ status, log: [{ code }] });
  });

  test('without a database it says so, and asks for another attempt', async () => {
    await world.start('away', await stock('away'), { input });
    const environment = { SMARTCONNECTOR_DATABASE: 'postgres://user:hidden-password@127.0.0.1:1/none' };
    const ended = await world.run('intake', 'away', await world.workspace(), { environment });
    expect(ended).toMatchObject({ status: 69, log: [{ code: 'DatabaseUnavailable' }] });
    expect(JSON.stringify(ended.log)).not.toContain('hidden-password');
  });

  test.each([
    ['a script that fits its sample passes', 'CREATE TABLE output.stock AS SELECT * FROM input.stock;', 'Passed'],
    ['a script that does not fit it fails', 'CREATE TABLE output.stock AS SELECT nope FROM input.stock;', 'Failed'],
  ])('%s', async (id, script, state) => {
    const { connector } = await stock(`validate-${state.toLowerCase()}`, script);
    const sample = { fileName: 'stock.csv', content: Buffer.from(stockFile(ROWS)) };
    const asked = { id, connectorUid: 'u', scriptHash: 's', environmentHash: 'e' };
    const tried = { ...connector, sql: { ...connector.sql!, sample } };
    await world.pool.withConnection(async ({ pg }) => {
      await requestValidation(pg, { ...asked, connector: tried });
      expect(statuses(await world.validate(id))).toEqual([0, 0, 0]);
      const found = await findValidation(pg, id);
      expect(found?.state).toBe(state);
      expect(found?.faults.map(({ path }) => path)).toEqual(state === 'Passed' ? [] : ['spec.sql.script']);
      // Another pod of the same one tries nothing again.
      expect(statuses(await world.validate(id))).toEqual([0, 0, 0]);
      expect(await findValidation(pg, id)).toEqual(found);
    });
  });

  test.each([
    ['is no verdict', '{"faults":"none"}'],
    ['has a fault that says nothing', '{"faults":[{}]}'],
    ['has more than a fault has', '{"faults":[{"message":"m","extra":1}]}'],
    ['is null', 'null'],
  ])('what the SQL left in place of a verdict is not stored where it %s', async (id, verdict) => {
    const { connector } = await stock('forged');
    const asked = { id, connectorUid: 'u', scriptHash: 's', environmentHash: 'e' };
    await world.pool.withConnection(async ({ pg }) => {
      await requestValidation(pg, { ...asked, connector });
      const workspace = await world.workspace();
      expect((await world.run('take', id, workspace)).status).toBe(0);
      await writeFile(join(workspace, 'verdict.json'), verdict);
      expect(await world.run('answer', id, workspace)).toMatchObject({ status: 2, log: [{ code: 'VerdictRefused' }] });
      expect((await findValidation(pg, id))?.state).toBe('Requested');
    });
  });
});
