import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttemptHolder, beginAttempt } from '../../../runner/executions/begin-attempt.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { findExecution, insertExecution } from '../../../runner/executions/executions.ts';
import { endValidation, findValidation, requestValidation } from '../../../runner/executions/validations.ts';
import { freshPool } from '../../support/postgres.ts';
import { connector as buildConnector } from '../../support/oracle/builders.ts';

let database: Awaited<ReturnType<typeof freshPool>>;
beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
});
afterAll(() => database.drop());

const connector = buildConnector({
  sql: {
    script: 'CREATE TABLE output.rows AS SELECT * FROM input.list;',
    origin: { path: 'spec.sql.script', file: null, firstLine: 1, indent: 0 },
    sample: { fileName: 'list.csv', content: Buffer.from([0, 1, 0xff, 0x0a]) },
    parameters: {},
    settings: {},
  },
});

describe('an execution that waits for its first attempt', () => {
  test('runs, and has started, once that attempt begins', async () => {
    await database.pool.withConnection((main) =>
      database.pool.withConnection(async (side) => {
        const pending = await insertExecution(main.pg, {
          id: '0f6d',
          snapshot: { connector, objects: [] },
          mode: 'Live',
          diffCheck: false,
          chunkRows: 10,
          inputName: 'list.csv',
          triggeredBy: null,
          scheduledTime: null,
          startedAt: '2001-01-01T00:00:00.000Z',
          phase: 'Pending',
          name: 'first',
          connectorUid: 'c0ffee',
          inputArtifact: '0f6d-input',
        });
        expect(pending).toMatchObject({ phase: 'Pending', attempt: 0, name: 'first', connectorUid: 'c0ffee' });
        const first = await beginAttempt(main.pg, side.pg, pending, new AttemptHolder());
        expect(first).toMatchObject({ phase: 'Running', attempt: 1, inputArtifact: '0f6d-input' });
        expect(Date.parse(first.startedAt)).toBeGreaterThan(Date.parse('2001-01-01T00:00:00.000Z'));
        const second = await beginAttempt(main.pg, side.pg, first, new AttemptHolder());
        expect(second).toEqual({ ...first, attempt: 2, holder: second.holder });
        expect(second.holder).not.toBe(first.holder);
        expect(await findExecution(main.pg, '0f6d')).toEqual(second);
      }),
    );
  });
});

describe('a validation', () => {
  test.each([
    ['without faults has passed', [], 'Passed'],
    ['with faults has failed', [{ path: 'spec.sql', message: 'no such column' }], 'Failed'],
  ])('%s, and what ended it first holds', async (id, faults, state) => {
    await database.pool.withConnection(async ({ pg }) => {
      const asked = { id, connectorUid: 'c0ffee', scriptHash: 'aa', environmentHash: 'bb', connector };
      await requestValidation(pg, asked);
      await requestValidation(pg, { ...asked, scriptHash: 'other' });
      expect(await findValidation(pg, id)).toEqual({ ...asked, state: 'Requested', faults: [] });
      await endValidation(pg, id, faults);
      await endValidation(pg, id, [{ message: 'late' }]);
      expect(await findValidation(pg, id)).toEqual({ ...asked, state, faults });
    });
  });

  test('that nobody asked for is not there', async () => {
    expect(await database.pool.withConnection(({ pg }) => findValidation(pg, 'none'))).toBeNull();
  });
});
