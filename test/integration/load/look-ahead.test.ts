import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { connector, field, mapping, object, ref, rows, rule, scope, step } from '../../support/oracle/builders.ts';
import { createTables, readWorld, resetRecords, runLoad, writeScopes } from '../../support/oracle/database-world.ts';
import { recordId } from '../../support/oracle/random-values.ts';
import type { RandomWorld } from '../../support/oracle/random-world.ts';
import { wrapQueries } from '../../support/oracle/wrap-queries.ts';
import { freshPool } from '../../support/postgres.ts';

const code = field('code');
const note = field('note');
const item = object('item', [code, note]);
const variables = [ref('v_code'), ref('v_note')] as const;
const CODES = ['a', 'b', 'a', 'c'];

/** Each row changes the record of its code; the third one that of the first. */
const world: RandomWorld = {
  objects: [item],
  records: ['a', 'b', 'c'].map((value, index) => ({
    id: recordId(index),
    object: 'item',
    archived: false,
    values: { code: value, note: 'before' },
  })),
  connector: connector({
    steps: [
      step(
        item,
        [rule(code, variables[0])],
        [mapping(note, variables[1], { conflictResolution: 'OverwriteSkipIfBlank' })],
      ),
    ],
    scopes: [scope('rows', variables)],
  }),
  rows: new Map([
    [
      'rows',
      rows(
        variables,
        CODES.map((value, index) => ({ v_code: value, v_note: `row ${index + 1}` })),
      ),
    ],
  ]),
};

let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  await createTables(database.pool, world.objects);
});

afterAll(async () => {
  await database.drop();
});

/** @param around gets the statements of both sessions, as `wrapQueries` says */
async function runChunks(
  around: (name: 'client' | 'ahead', text: string, send: () => unknown) => unknown,
): Promise<void> {
  const { scopes, remove } = await writeScopes(world);
  try {
    await resetRecords(database.pool, world);
    await runLoad(database.pool, world, scopes, 'Live', 1, (client, name) =>
      wrapQueries(client, (text, send) => around(name, text, send)),
    );
    const { records } = await readWorld(database.pool, world.objects);
    expect(records['item']?.map(([, , values]) => values['note'])).toEqual(['row 3', 'row 2', 'row 4']);
  } finally {
    await remove();
  }
}

test('the records of a chunk are read while the chunk before is written', async () => {
  const reads = CODES.map(() => Promise.withResolvers<undefined>());
  let read = 0;
  let written = 0;
  await runChunks((name, text, send) => {
    if (name === 'ahead' && text.startsWith('COPY ')) reads[read++]?.resolve(undefined);
    if (name !== 'client' || !text.startsWith('UPDATE ')) return send();
    written += 1;
    // Never comes where the read waits for this write.
    return (reads[written]?.promise ?? Promise.resolve()).then(send);
  });
  expect([read, written]).toEqual([CODES.length, CODES.length]);
});

test('nothing of a chunk is written before the snapshot in which the next one is read', async () => {
  const snapshots: number[] = [];
  let taken = 0;
  await runChunks((name, text, send) => {
    if (name === 'ahead' && text.includes('object_change')) {
      return Promise.resolve(send()).then((answer) => {
        taken += 1;
        return answer;
      });
    }
    if (name === 'client' && text.startsWith('BEGIN')) snapshots.push(taken);
    return send();
  });
  expect(snapshots).toEqual([2, 3, 4, 4]);
});
