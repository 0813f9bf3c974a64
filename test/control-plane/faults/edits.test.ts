import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findCondition } from '../../../core/control/conditions.ts';
import { CONFIG_MAPS, CONNECTORS, EXECUTIONS, OBJECTS } from '../../../operator/api/kinds.ts';
import type { ConnectorResource, ExecutionResource } from '../../../operator/api/kinds.ts';
import { DESTRUCTIVE_ANNOTATION } from '../../../runner/postgres/object-migration.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitAbsence, awaitObject } from '../../support/await-object.ts';
import {
  FILE_CONNECTOR,
  MONTHLY_CONNECTOR,
  PLAIN_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  createHeld,
  effortOf,
  holdContainer,
  openFaultWorld,
  vendorsOf,
  type FaultWorld,
} from './fault-world.ts';

const SCRIPT = FILE_CONNECTOR.sql.script;
const UPPER = SCRIPT.replace('name FROM', 'upper(name) AS name FROM');
const BROKEN = 'CREATE TABLE output.vendors AS SELECT nothing FROM nowhere;';
const FROM_CONFIG_MAP = {
  ...FILE_CONNECTOR,
  sql: { ...FILE_CONNECTOR.sql, script: undefined, scriptFrom: { configMapKeyRef: { name: 'scripts', key: 'a.sql' } } },
};
const [STEP] = FILE_CONNECTOR.loadSteps;

/** What is done to a connector while it runs, how that is mended, and what its state is in between. */
interface Edit {
  readonly what: string;
  readonly spec: object;
  readonly spoil: (world: FaultWorld, namespace: string) => Promise<unknown>;
  readonly mend: (world: FaultWorld, namespace: string) => Promise<unknown>;
  /** The records in the end. */
  readonly records: readonly string[];
}

const BOTH = ['ACME', 'Acme', 'BOLT', 'Bolt'];

const patchConnector =
  (spec: object): Edit['spoil'] =>
  ({ server }, namespace) =>
    server.api.patch(CONNECTORS, { namespace, name: 'file' }, { spec });
const patchScripts =
  (script: string): Edit['spoil'] =>
  ({ server }, namespace) =>
    server.api.patch(CONFIG_MAPS, { namespace, name: 'scripts' }, { data: { 'a.sql': script } });
const createScripts =
  (script: string): Edit['spoil'] =>
  ({ server }, namespace) =>
    server.api.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'scripts' },
      data: { 'a.sql': script },
    });

const EDITS: readonly Edit[] = [
  {
    what: 'its SQL is edited',
    spec: FILE_CONNECTOR,
    spoil: patchConnector({ sql: { script: BROKEN } }),
    mend: patchConnector({ sql: { script: UPPER } }),
    records: BOTH,
  },
  {
    what: 'the ConfigMap with its SQL is edited',
    spec: FROM_CONFIG_MAP,
    spoil: patchScripts(BROKEN),
    mend: patchScripts(UPPER),
    records: BOTH,
  },
  {
    what: 'the ConfigMap with its SQL is deleted',
    spec: FROM_CONFIG_MAP,
    spoil: ({ server }, namespace) => server.api.delete(CONFIG_MAPS, { namespace, name: 'scripts' }),
    mend: createScripts(UPPER),
    records: BOTH,
  },
  {
    what: 'its load steps and variables are edited',
    spec: FILE_CONNECTOR,
    spoil: patchConnector({ loadSteps: [{ ...STEP, mapping: [{ field: 'name', variables: ['nobody'] }] }] }),
    mend: patchConnector({
      additionalVariables: [{ name: 'suffix', type: 'String', value: 'new' }],
      loadSteps: [
        {
          ...STEP,
          mapping: [{ field: 'name', variables: ['name', 'suffix'], conflictResolution: 'OverwriteClearIfBlank' }],
        },
      ],
    }),
    records: ['Acme new', 'Bolt new'],
  },
];

describeWithApiServer('what is edited in the middle of a run', () => {
  let world: FaultWorld;
  let namespace: string;

  beforeAll(async () => {
    world = await openFaultWorld();
    await world.inProcess();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    namespace = await world.freshNamespace();
  });

  const reasonOf = ({ status }: ConnectorResource | ExecutionResource): string =>
    findCondition(status?.conditions, 'Ready')?.reason ?? '';
  const revisionOf = ({ status }: ConnectorResource): string => status?.activation?.scriptHash ?? '';

  test.each(EDITS)('$what: the run ends as it began, and what waits runs once that is mended', async (edit) => {
    await createScripts(SCRIPT)(world, namespace);
    await createConnector(world, namespace, 'file', edit.spec);
    const before = await awaitConnector(world, namespace, 'file');
    const goOn = await createHeld(world, namespace, 'one', 'file', 'intake');
    await createExecution(world, namespace, 'two', 'file');

    await edit.spoil(world, namespace);
    const spoilt = await awaitConnector(
      world,
      namespace,
      'file',
      ({ status }) => status?.activation?.state === 'Invalid',
    );
    expect(revisionOf(spoilt)).not.toBe(revisionOf(before));
    await awaitExecution(world, namespace, 'two', (two) => reasonOf(two) === 'ConnectorInvalid');
    goOn();
    const one = await awaitExecution(world, namespace, 'one');
    expect(one.status).toMatchObject({ phase: 'Succeeded', revision: revisionOf(before) });
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
    expect(await effortOf(world, namespace, 'one')).toBe('1 Jobs, 1 planned, 1 begun');
    const waiting = await world.server.api.get(EXECUTIONS, { namespace, name: 'two' });
    expect(waiting?.status?.phase).toBe('Queued');

    await edit.mend(world, namespace);
    const mended = await awaitConnector(world, namespace, 'file');
    const two = await awaitExecution(world, namespace, 'two');
    expect(two.status).toMatchObject({ phase: 'Succeeded', revision: revisionOf(mended) });
    expect(await vendorsOf(world, namespace)).toEqual(edit.records);
  });

  const OBJECT_KEY = (): { namespace: string; name: string } => ({ namespace, name: 'vendor' });

  async function runAround(change: () => Promise<unknown>): Promise<ExecutionResource> {
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    await awaitConnector(world, namespace, 'file');
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await change();
    goOn();
    return awaitExecution(world, namespace, 'one');
  }

  async function awaitMigrated(fields: number): Promise<void> {
    const { server } = world;
    await awaitObject(server.api, OBJECTS, OBJECT_KEY(), ({ status }) => status?.fieldCount === fields);
  }

  test('its object gets another field, and a wider one: the run writes what it knows', async () => {
    const { status } = await runAround(async () => {
      const fields = [
        { name: 'name', type: 'LongText' },
        { name: 'code', type: 'Text' },
      ];
      await world.server.api.patch(OBJECTS, OBJECT_KEY(), { spec: { fields } });
      await awaitMigrated(2);
    });
    expect(status?.phase).toBe('Succeeded');
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
    const [object] = await world.rows({
      text: `SELECT model FROM smartconnector.object WHERE namespace = $1`,
      values: [namespace],
    });
    expect(object?.['model']).toMatchObject({ fields: [{ name: 'name', type: 'LongText' }, { name: 'code' }] });
  });

  test('its object is deleted: the table is there, so the run writes to it', async () => {
    const { status } = await runAround(async () => {
      await world.server.api.delete(OBJECTS, OBJECT_KEY());
      await awaitConnector(world, namespace, 'file', ({ status: now }) => now?.activation?.state === 'Invalid');
    });
    expect(status?.phase).toBe('Succeeded');
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
  });

  test('a field that it writes is removed from its object: the run fails, says so, and is not tried again', async () => {
    const { status } = await runAround(async () => {
      const fields = [{ name: 'label', type: 'Text' }];
      const metadata = { annotations: { [DESTRUCTIVE_ANNOTATION]: 'true' } };
      await world.server.api.patch(OBJECTS, OBJECT_KEY(), { metadata, spec: { fields } });
      await awaitConnector(world, namespace, 'file', ({ status: now }) => now?.activation?.state === 'Invalid');
    });
    expect(status?.phase).toBe('Failed');
    expect(status?.conditions?.[0]).toMatchObject({ reason: 'MigrationRefused' });
    expect(status?.conditions?.[0]?.message).toBe(
      'object vendor was changed after this run had started: vendor.name: the field was removed',
    );
    expect(await effortOf(world, namespace, 'one')).toBe('1 Jobs, 1 planned, 1 begun');
  });

  test.each([
    ['mode', { mode: 'DryRun' }],
    ['input', { input: { configMapKeyRef: { name: 'input', key: 'sample.csv' } } }],
    ['input', { input: null }],
    ['diffCheck', { diffCheck: { enabled: true } }],
  ])('the %s of an execution stays as it is: %j is refused', async (field, spec) => {
    await createExecution(world, namespace, 'one', 'nobody');
    const edited = world.server.api.patch(EXECUTIONS, { namespace, name: 'one' }, { spec });
    await expect(edited).rejects.toThrow(`${field} cannot change; create another execution`);
  });

  test('a connector with a schedule is deleted: the executions of its slots go with it, and their run is cancelled', async () => {
    const begun = holdContainer(world.kubelet, 'monthly', 'load');
    await createConnector(world, namespace, 'monthly', MONTHLY_CONNECTOR);
    await awaitConnector(world, namespace, 'monthly');
    await world.rows({
      text: `UPDATE smartconnector.schedule SET handled_until = date_trunc('month', now()) - interval '1 day'`,
      values: [],
    });
    await world.server.api.patch(
      CONNECTORS,
      { namespace, name: 'monthly' },
      { spec: { scheduler: { catchUp: 'Latest', startingDeadline: '99998h' } } },
    );
    const goOn = await begun;
    const [slot] = await world.server.api.list(EXECUTIONS, { namespace });
    await world.server.api.delete(CONNECTORS, { namespace, name: 'monthly' }, { propagationPolicy: 'Background' });
    const name = slot?.metadata.name ?? '';
    await awaitExecution(world, namespace, name, (one) => reasonOf(one) === 'Cancelling');
    goOn();
    await awaitAbsence(world.server.api, EXECUTIONS, { namespace, name });
    expect(await vendorsOf(world, namespace)).toEqual([]);
  });

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
