import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pruneStored, type Living } from '../../../operator/database/retention.ts';
import { findArtifact, storeArtifact, type ArtifactKind } from '../../../runner/artifacts/artifact-store.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { freshPool } from '../../support/postgres.ts';

const NOW = new Date('2025-06-01T00:00:00Z');
const DAY = 86_400_000;
const RETENTION = { inputsMs: 10 * DAY, reportsMs: 20 * DAY, outcomesMs: 30 * DAY };
const NOTHING: Living = { namespace: null, executionUids: [], artifacts: [], connectorUids: [] };
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * DAY).toISOString();

describe('what is kept in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof freshPool>>;
  beforeAll(async () => {
    database = await freshPool();
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  });
  afterAll(() => database.drop());
  beforeEach(() =>
    database.pool.query(sql`TRUNCATE smartconnector.execution, smartconnector.artifact, smartconnector.artifact_piece,
      smartconnector.validation, smartconnector.schedule, smartconnector.schedule_slot CASCADE`),
  );

  async function addExecution(uid: string, endedAt: string | null, inputArtifact: string | null = null): Promise<void> {
    await database.pool.query(sql`
      INSERT INTO smartconnector.execution (id, namespace, connector, mode, phase, diff_check, chunk_rows, snapshot,
        started_at, ended_at, input_artifact)
      VALUES (${uid}, 'sales', 'prices', 'Live', 'Succeeded', false, 1, '{}', ${daysAgo(400)}, ${endedAt}, ${inputArtifact})`);
  }
  async function addArtifact(
    id: string,
    kind: ArtifactKind,
    executionId: string | null,
    createdAt: string,
  ): Promise<void> {
    await database.pool.withConnection(async ({ pg }) => {
      // eslint-disable-next-line @typescript-eslint/require-await -- a source of pieces is asynchronous
      const content = async function* (): AsyncGenerator<Buffer> {
        yield Buffer.from('content');
      };
      await storeArtifact(pg, { id, namespace: 'sales', executionId, kind, fileName: 'a' }, content());
      await pg.query('UPDATE smartconnector.artifact SET created_at = $2 WHERE id = $1', [id, createdAt]);
    });
  }
  const prune = (living: Partial<Living> = {}) => pruneStored(database.pool, { ...NOTHING, ...living }, RETENTION, NOW);
  const pieces = async (): Promise<unknown> =>
    (await database.pool.query(sql`SELECT count(*)::int AS n FROM smartconnector.artifact_piece`)).rows[0]?.['n'];

  const files: [
    sentence: string,
    kind: ArtifactKind,
    endedAt: string | null,
    living: Partial<Living>,
    isKept: boolean,
  ][] = [
    ['an input goes when its time is over', 'Input', daysAgo(11), {}, false],
    ['an input is kept until then', 'Input', daysAgo(9), {}, true],
    ['what SQL made of an input goes with it', 'Scope', daysAgo(11), {}, false],
    ['a report is kept longer than the input', 'Report', daysAgo(11), {}, true],
    ['a report goes when its time is over', 'Report', daysAgo(21), {}, false],
    ['outcomes are kept longest', 'Outcomes', daysAgo(21), {}, true],
    ['outcomes go when their time is over', 'Outcomes', daysAgo(31), {}, false],
    ['and so does what they are found by', 'OutcomeIndex', daysAgo(31), {}, false],
    [
      'nothing of an execution goes while its resource is there',
      'Report',
      daysAgo(300),
      { executionUids: ['uid'] },
      true,
    ],
    ['nothing of an execution that has not ended goes', 'Report', null, {}, true],
    ['an operator of one namespace removes nothing of another', 'Report', daysAgo(300), { namespace: 'other' }, true],
    ['an operator of one namespace removes what is of that', 'Report', daysAgo(300), { namespace: 'sales' }, false],
  ];
  test.each(files)('%s', async (_sentence, kind, endedAt, living, isKept) => {
    await addExecution('uid', endedAt);
    await addArtifact('file', kind, 'uid', daysAgo(400));
    expect((await prune(living)).artifacts).toBe(isKept ? 0 : 1);
    const left = await database.pool.withConnection(({ pg }) => findArtifact(pg, 'file'));
    expect(left !== null).toBe(isKept);
    expect(await pieces()).toBe(isKept ? 1 : 0);
  });

  test('a machine whose clock is years ahead removes nothing that was made a moment ago', async () => {
    const { rows } = await database.pool.query(
      sql`SELECT now()::text AS now, (now() - interval '11 days')::text AS before`,
    );
    await addExecution('uid', String(rows[0]?.['now']));
    await addExecution('other', String(rows[0]?.['before']));
    await addArtifact('file', 'Input', 'uid', String(rows[0]?.['before']));
    await addArtifact('old', 'Input', 'other', String(rows[0]?.['before']));
    const pruned = await pruneStored(database.pool, NOTHING, RETENTION, new Date('2099-01-01T00:00:00Z'));
    expect(pruned.artifacts).toBe(1);
    expect(await database.pool.withConnection(({ pg }) => findArtifact(pg, 'file'))).not.toBeNull();
  });

  const uploads: [sentence: string, users: (string | null)[], living: Partial<Living>, isKept: boolean][] = [
    ['that nothing ever read goes when its time is over', [], {}, false],
    ['that a resource names stays, also before it has started', [], { artifacts: ['upload'] }, true],
    ['stays as long as the last execution that read it', [daysAgo(200), daysAgo(9)], {}, true],
    ['goes after that', [daysAgo(200), daysAgo(11)], {}, false],
    ['stays while an execution reads it', [daysAgo(200), null], {}, true],
    ['stays while the resource of one that read it is there', [daysAgo(200)], { executionUids: ['uid-0'] }, true],
  ];
  test.each(uploads)('an upload %s', async (_sentence, users, living, isKept) => {
    await addArtifact('upload', 'Input', null, daysAgo(300));
    for (const [index, endedAt] of users.entries()) await addExecution(`uid-${index}`, endedAt, 'upload');
    expect((await prune(living)).artifacts).toBe(isKept ? 0 : 1);
  });

  test('an upload that has just come stays', async () => {
    await addArtifact('upload', 'Input', null, daysAgo(1));
    expect((await prune()).artifacts).toBe(0);
  });

  test.each([1e6, 1e8, 2e9])('what is to be kept for %s days stays, and the rest goes all the same', async (days) => {
    await addExecution('uid', daysAgo(300));
    await addArtifact('outcomes', 'Outcomes', 'uid', daysAgo(400));
    await addArtifact('report', 'Report', 'uid', daysAgo(400));
    const retention = { ...RETENTION, outcomesMs: days * DAY };
    expect((await pruneStored(database.pool, NOTHING, retention, NOW)).artifacts).toBe(1);
    const left = await database.pool.withConnection(({ pg }) => findArtifact(pg, 'outcomes'));
    expect(left).not.toBeNull();
  });

  test('a diff baseline, whose pieces are no artifact, is left alone', async () => {
    await database.pool.query(sql`INSERT INTO smartconnector.artifact_piece VALUES ('baseline', 0, 'x')`);
    await prune();
    expect(await pieces()).toBe(1);
  });

  test('more than fits into one transaction goes too', async () => {
    await database.pool.query(sql`
      INSERT INTO smartconnector.artifact (id, namespace, kind, file_name, created_at)
      SELECT 'a' || n, 'sales', 'Input', 'a', ${daysAgo(300)} FROM generate_series(1, 250) AS n`);
    expect((await prune()).artifacts).toBe(250);
  });

  const validations: [sentence: string, state: string, days: number, living: Partial<Living>, isKept: boolean][] = [
    ['of a connector that is gone goes', 'Passed', 8, {}, false],
    ['of a connector that is there stays', 'Passed', 300, { connectorUids: ['connector'] }, true],
    ['that nobody answered goes', 'Requested', 8, { connectorUids: ['connector'] }, false],
    ['that is being answered stays', 'Requested', 1, { connectorUids: ['connector'] }, true],
    ['that is an execution which is there stays', 'Passed', 300, { executionUids: ['validation'] }, true],
  ];
  test.each(validations)('a validation %s', async (_sentence, state, days, living, isKept) => {
    await database.pool.query(sql`
      INSERT INTO smartconnector.validation (id, namespace, connector, connector_uid, script_hash, environment_hash, snapshot,
        state, created_at)
      VALUES ('validation', 'sales', 'prices', 'connector', 's', 'e', '{}', ${state}, ${daysAgo(days)})`);
    expect((await prune(living)).validations).toBe(isKept ? 0 : 1);
  });

  const slots: [sentence: string, state: string, days: number, handled: number, isKept: boolean][] = [
    ['goes when its time is over', 'Launched', 91, 1, false],
    ['stays until then', 'Launched', 89, 1, true],
    ['whose execution may not have been created stays', 'Claimed', 91, 1, true],
    ['that the schedule may look at again stays', 'Missed', 91, 92, true],
  ];
  test.each(slots)('a slot %s', async (_sentence, state, days, handled, isKept) => {
    await database.pool.query(sql`
      INSERT INTO smartconnector.schedule VALUES ('sales', 'prices', '* * * * *', 'UTC', true, ${daysAgo(handled)})`);
    await database.pool.query(sql`
      INSERT INTO smartconnector.schedule_slot (namespace, connector, slot, state, reason, message)
      VALUES ('sales', 'prices', ${daysAgo(days)}, ${state}, 'Due', '')`);
    expect((await prune()).slots).toBe(isKept ? 0 : 1);
  });
});
