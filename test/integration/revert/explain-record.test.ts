import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordExplanation } from '../../../core/explain/explain-record.ts';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from '../run/manifests.ts';

const TABLE = '"kz_default".stock';

describe('smartconnector explain-record', () => {
  let database: TestDatabase;
  let pool: SqlPool;
  let world: CliWorld;

  const command = async (text: string): Promise<Readonly<Record<string, unknown>>[]> => [
    ...(await pool.query({ text, values: [] })).rows,
  ];

  const run = async (id: string, rows: string): Promise<void> => {
    const manifests = await world.file('manifests.yaml', `${STOCK_OBJECT}---${stockConnector({ diffCheck: false })}`);
    const input = await world.file(`${id}.csv`, stockFile(rows));
    const args = ['--connector', 'stock', '--input', input, '--execution', id, '--no-report', '--output', 'json'];
    expect(((await world.run(['run', manifests, ...args])).json() as RunResult).phase).toBe('Succeeded');
  };

  const idOf = async (sku: string): Promise<string> =>
    String((await command(`SELECT id::text AS id FROM ${TABLE} WHERE sku = '${sku}'`))[0]?.['id']);

  const explain = async (sku: string, ...args: string[]): Promise<RecordExplanation> => {
    const ended = await world.run(['explain-record', 'stock', await idOf(sku), '--output', 'json', ...args]);
    expect([ended.stderr, ended.status]).toEqual(['', 0]);
    return ended.json() as RecordExplanation;
  };

  /** `field=value state execution/row/rule`. */
  const fieldsOf = ({ fields }: RecordExplanation): string[] =>
    fields.map(({ field, value, state, source }) => {
      const by = source === null ? '-' : [source.execution, source.row, source.rule ?? '-'].join('/');
      return `${field}=${String(value)} ${state} ${by}`;
    });

  const historyOf = ({ history }: RecordExplanation): string[] =>
    history.map(({ execution, row, status }) => `${execution}/${row} ${status}`);

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool(database.url);
    world = await openCliWorld(database.url);
    await run('first', 'a=1 b=2 c=3');
    // The row of a neighbour comes first: a row has its own number, not the place of the record.
    await run('second', 'x=9 b=20 a=10');
    await command(`INSERT INTO ${TABLE} (id, sku) VALUES ('00000000-0000-4000-8000-000000000001', 'hand')`);
    await command(`UPDATE ${TABLE} SET note = 'by hand' WHERE sku = 'a'`);
    await command(`UPDATE ${TABLE} SET amount = 21 WHERE sku = 'b'`);
  });
  afterAll(async () => {
    await pool.close();
    await world.close();
    await database.drop();
  });

  test('names the execution, row and rule of every value, and what was changed outside', async () => {
    const a = await explain('a');
    expect(fieldsOf(a)).toEqual([
      'sku=a AsWritten first/1/1',
      'amount=10 AsWritten second/3/1',
      'note=by hand ChangedOutside -',
    ]);
    expect(historyOf(a)).toEqual(['second/3 Updated', 'first/1 Created']);
    const source = {
      execution: 'first',
      connector: 'stock',
      reverts: null,
      startedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string,
      scope: 'stock',
      step: 'stock',
      row: 1,
      rule: 1,
      status: 'Created',
      reason: 'NoMatch',
    };
    const time = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string;
    expect(a).toMatchObject({ namespace: 'default', object: 'stock', record: await idOf('a'), complete: true });
    expect(a).toMatchObject({ createdAt: time, updatedAt: time, archivedAt: null, createdBy: source });
    expect(a).toMatchObject({ archivedBy: null, unarchivedBy: null });
    expect(a.fields[0]).toEqual({ field: 'sku', value: 'a', state: 'AsWritten', source, written: 'a' });
    expect((await explain('b')).fields[1]).toMatchObject({
      value: '21',
      state: 'ChangedOutside',
      written: '20',
      source: { execution: 'second', row: 2 },
    });
  });

  test('a record that no execution made or reached', async () => {
    const hand = await explain('hand');
    expect(hand).toMatchObject({ createdBy: null, history: [], complete: true });
    expect(fieldsOf(hand)).toEqual([
      'sku=hand ChangedOutside -',
      'amount=null NeverWritten -',
      'note=null NeverWritten -',
    ]);
    const { stdout } = await world.run(['explain-record', 'stock', await idOf('hand')]);
    expect(stdout).toMatch(/^created \S+ outside of executions$/m);
    expect(stdout).toMatch(/^sku +hand .*set outside of executions$/m);
    expect(stdout).toMatch(/^no execution reached this record$/m);
  });

  test('stops early where enough is found, and says so', async () => {
    const one = await explain('b', '--limit', '1', '--executions', '1');
    expect(historyOf(one)).toEqual(['second/2 Updated']);
    expect(fieldsOf(one)).toEqual(['sku=b Unknown -', 'amount=21 ChangedOutside second/2/1', 'note=null Unknown -']);
    expect(one).toMatchObject({ complete: false, createdBy: { execution: 'first', row: 2 } });
    const { stdout } = await world.run(['explain-record', 'stock', await idOf('b'), '--executions', '1']);
    expect(stdout).toMatch(/^sku +b .*not found; search more with --executions and --limit$/m);
    expect(stdout).toMatch(/^older executions were not searched; see --limit and --executions$/m);
  });

  test('a revert is a writer like another, and the archive has one too, if it was an execution', async () => {
    await world.run(['archive', 'stock', await idOf('c')]);
    await world.run(['revert', 'second', '--execution', 'back', '--no-report']);
    expect(await explain('c')).toMatchObject({ archivedAt: expect.any(String) as string, archivedBy: null });
    expect(await explain('x')).toMatchObject({
      archivedBy: { execution: 'back', reverts: 'second', status: 'Updated', reason: 'Archived' },
      createdBy: { execution: 'second', row: 1 },
    });
    const { stdout } = await world.run(['explain-record', 'stock', await idOf('a')]);
    expect(stdout).toMatch(/^created \S+ by execution first \(stock\), step stock, row 1$/m);
    expect(stdout).toMatch(/^amount +1 +back \(stock, reverts second\) .* Restored/m);
    expect(stdout).toMatch(/^note +by hand +set outside of executions$/m);
    expect(stdout).toMatch(/ second \(stock\) +stock +3 +Updated +SingleMatch +amount: 1 → 10$/m);
  });

  test.each([
    ['an id that is none', ['stock', 'a'], 'Invalid'],
    ['a record that is not there', ['stock', '00000000-0000-7000-8000-000000000000'], 'RecordNotFound'],
    ['an object that is not there', ['stocks', '00000000-0000-7000-8000-000000000000'], 'ObjectNotFound'],
    ['a limit that is no number', ['stock', '00000000-0000-7000-8000-000000000000', '--limit', 'all'], 'Invalid'],
  ])('%s ends with 2 and one JSON error', async (_, args, code) => {
    const ended = await world.run(['explain-record', ...args, '--output', 'json']);
    expect([ended.status, (ended.json() as { error: RunError }).error.code]).toEqual([2, code]);
  });
});
