import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXECUTIONS, JOBS } from '../../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import { artifactId, streamArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { findExecution } from '../../../runner/executions/executions.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitAbsence } from '../../support/await-object.ts';
import {
  PLAIN_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  createManyNames,
  openFaultWorld,
  stopAfterChunks,
  vendorsOf,
  type FaultWorld,
} from './fault-world.ts';

const LONG = 90_000;
const HOUR_MS = 3_600_000;

describeWithApiServer('a run in the middle of its load that no pod can end', () => {
  let world: FaultWorld;
  let namespace: string;
  let execution: ExecutionResource | null;
  let goOn: () => void;
  let ahead = 0;

  beforeAll(async () => {
    world = await openFaultWorld();
    await world.inProcess({ now: () => new Date(Date.now() + ahead) });
  });
  afterAll(() => world.close());

  /** Two chunks of three are committed, and nothing of it moves any more. */
  async function stopMidway(): Promise<void> {
    ahead = 0;
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    await awaitConnector(world, namespace, 'file', undefined, LONG);
    const stopping = stopAfterChunks(world.kubelet, 'one', 2);
    execution = await createExecution(world, namespace, 'one', 'file', await createManyNames(world, namespace, 25_000));
    goOn = await stopping;
  }

  const AS_STORED = { created: 20_000, updated: 0, failed: 0, notProcessed: 5000 };

  async function checkStored(): Promise<void> {
    const id = execution?.metadata.uid ?? '';
    await world.pool.withConnection(async ({ pg }) => {
      const { result, phase, endedAt } = (await findExecution(pg, id)) ?? {};
      expect(phase).toBe('Cancelled');
      expect(result).toMatchObject({
        phase,
        scopes: [{ name: 'list', rows: 25_000, rejected: 0 }],
        steps: [{ name: 'vendors', ...AS_STORED }],
        report: null,
        outcomes: artifactId.outcomes(id),
        warnings: [{ code: 'OutcomesPartial', count: 5000 }],
      });
      expect(endedAt).not.toBeNull();
      const file = await buffer(streamArtifact(pg, artifactId.outcomes(id)));
      const lines = gunzipSync(file).toString().trimEnd().split('\n');
      expect(lines).toHaveLength(20_000);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ row: 20_000, status: 'Created', step: 'vendors' });
      const index = await buffer(streamArtifact(pg, artifactId.outcomeIndex(id)));
      expect(JSON.parse(index.toString())).toEqual([{ step: 'vendors', start: 0, end: file.length }]);
    });
  }

  /** What is left of the run comes to life again, has lost its token, and ends with its Job. */
  async function awaitItsEnd(): Promise<void> {
    const jobs = (await world.server.api.list(JOBS, { namespace })).map(({ metadata }) => metadata);
    goOn();
    for (const job of jobs.filter(({ name }) => name.startsWith('one-'))) {
      await awaitAbsence(world.server.api, JOBS, job, LONG);
    }
  }

  test('torn away without its finalizer, it ends with the counts and outcomes of its chunks', async () => {
    await stopMidway();
    const key = { namespace, name: 'one' };
    await createExecution(world, namespace, 'two', 'file');
    await world.server.api.delete(EXECUTIONS, key);
    await world.server.api.patch(EXECUTIONS, key, { metadata: { finalizers: null } });
    expect((await awaitExecution(world, namespace, 'two', undefined, LONG)).status?.phase).toBe('Succeeded');
    await checkStored();
    await awaitItsEnd();
    expect(await vendorsOf(world, namespace)).toHaveLength(20_002);
  });

  test('deleted while its pod cannot be ended, it says in its status what its chunks hold before it goes', async () => {
    await stopMidway();
    const key = { namespace, name: 'one' };
    const told = awaitExecution(world, namespace, 'one', ({ status }) => status?.phase === 'Cancelled', LONG);
    await world.server.api.delete(EXECUTIONS, key);
    ahead = HOUR_MS;
    const { status } = await told;
    expect(status).toMatchObject({
      totals: { written: 20_000, problems: 0 },
      steps: [{ name: 'vendors', ...AS_STORED }],
      conditions: [{ type: 'Ready', reason: 'Abandoned' }, { type: 'Stalled' }],
    });
    expect(Object.keys(status?.links ?? {})).toEqual(['input', 'outcomes']);
    await awaitAbsence(world.server.api, EXECUTIONS, key, LONG);
    await checkStored();
    await awaitItsEnd();
    expect(await vendorsOf(world, namespace)).toHaveLength(20_000);
  });

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
