import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { insertExecution } from '../../../runner/executions/executions.ts';
import { readChunkBytes } from '../../../runner/load/chunk-bytes.ts';
import { buildChunkStore } from '../../../runner/load/chunk-store.ts';
import { connector } from '../../support/oracle/builders.ts';
import { freshPool } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
});

afterAll(async () => {
  await database.drop();
});

/** Every byte, and more of them than come at a time. */
const LONG = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));

test('the bytes of chunks come as they were stored, in the order of the chunks, for one step of one execution', async () => {
  await database.pool.withConnection(async ({ pg }) => {
    const insert = (id: string): ReturnType<typeof insertExecution> =>
      insertExecution(pg, {
        id,
        mode: 'Live',
        diffCheck: false,
        chunkRows: 1,
        snapshot: { connector: connector({}), objects: [] },
        inputName: null,
        triggeredBy: null,
        scheduledTime: null,
        startedAt: new Date(0).toISOString(),
      });
    const store = buildChunkStore(pg, await insert("it's"));
    const save = (step: number, chunk: number, outcomes: Buffer, rowStates: Buffer): Promise<void> =>
      store.save(step, chunk, { rows: 1, counts: {}, warnings: {}, rowStates, outcomes });
    await save(1, 9, LONG, Buffer.alloc(0));
    await save(1, 2, Buffer.alloc(0), LONG);
    await save(0, 0, Buffer.from('other step'), Buffer.from('other step'));
    const other = buildChunkStore(pg, await insert('other'));
    await other.save(1, 1, { rows: 1, counts: {}, warnings: {}, rowStates: LONG, outcomes: LONG });

    const read = async (id: string, step: number, column: 'outcomes' | 'row_states'): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const { chunk, bytes } of readChunkBytes(pg, id, step, column)) found.push([chunk, bytes]);
      return found;
    };
    const nothing = Buffer.alloc(0);
    expect(await read("it's", 1, 'outcomes')).toEqual([[2, nothing], [9, LONG]]); // prettier-ignore
    expect(await read("it's", 1, 'row_states')).toEqual([[2, LONG], [9, nothing]]); // prettier-ignore
    expect(await read("it's", 2, 'outcomes')).toEqual([]);
    expect(await read('nobody', 1, 'outcomes')).toEqual([]);
  });
});
