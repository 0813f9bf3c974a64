import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONNECTORS } from '../../operator/api/kinds.ts';
import type { ConnectorResource } from '../../operator/api/kinds.ts';
import { roleName } from '../../operator/database/namespace-role.ts';
import { awaitObject } from '../support/await-object.ts';
import { type ClusterClient, connectToCluster, describeInCluster, kubectl } from '../support/cluster.ts';
import { queryDatabase } from '../support/cluster-database.ts';

const LONGEST_MS = 280_000;

const MANIFESTS = (namespace: string): string => `
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: { name: beat, namespace: ${namespace} }
spec:
  displayName: Beat
  fields: [{ name: slot, type: Text }]
---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: { name: beats, namespace: ${namespace} }
spec:
  type: Scheduler
  scheduler: { schedule: '* * * * *' }
  sql:
    script: CREATE TABLE output.beats AS SELECT toString(schedule_trigger_time) AS slot FROM input.schedule;
  executionVariables:
    - { name: slot, type: String, required: true }
  loadSteps:
    - name: beats
      object: beat
      matching: [{ field: slot, variable: slot }]
      mapping: [{ field: slot, variables: [slot] }]
`;

describeInCluster('a schedule in a real cluster', () => {
  let cluster: ClusterClient;
  const namespace = `schedule-${randomBytes(4).toString('hex')}`;
  const key = { namespace, name: 'beats' };
  const awaitConnector = (isWanted: (connector: ConnectorResource) => boolean): Promise<ConnectorResource> =>
    awaitObject(cluster.api, CONNECTORS, key, isWanted, LONGEST_MS);

  beforeAll(async () => {
    cluster = connectToCluster();
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['apply', '-f', '-'], MANIFESTS(namespace));
  });
  afterAll(async () => {
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s']);
    cluster.connection.close();
  });

  test('each slot is one execution with one record, and none comes once the connector is switched off', async () => {
    const active = await awaitConnector(({ status }) => status?.nextSchedule !== undefined);
    const next = Date.parse(active.status?.nextSchedule ?? '');
    expect(next % 60_000).toBe(0);
    const activeSince = Date.parse(
      active.status?.conditions?.find(({ type }) => type === 'Active')?.lastTransitionTime ?? '',
    );
    await awaitConnector(
      ({ status }) => (status?.executions ?? []).filter(({ phase }) => phase === 'Succeeded').length >= 2,
    );
    await cluster.api.patch(CONNECTORS, key, { spec: { active: false } });
    const off = await awaitConnector(
      ({ status }) =>
        status?.activation?.state === 'Inactive' &&
        (status.executions ?? []).every(({ phase }) => !['Queued', 'Pending', 'Running'].includes(phase ?? '')),
    );
    expect(off.status?.nextSchedule).toBeUndefined();
    const records = await queryDatabase<{ slot: string }>(
      `SELECT slot FROM "${roleName(namespace)}".beat ORDER BY slot`,
    );
    const slots = await queryDatabase<{ slot: Date; state: string }>(
      'SELECT slot, state FROM smartconnector.schedule_slot WHERE namespace = $1 ORDER BY slot',
      [namespace],
    );
    const times = slots.map(({ slot }) => slot.getTime());
    const [first] = times;
    // A minute may end between activation and the moment at which this test sees it: that slot is one too.
    expect(first).toBeLessThanOrEqual(next);
    expect(first).toBeGreaterThanOrEqual(activeSince);
    expect(times).toEqual(times.map((_, index) => (first ?? NaN) + index * 60_000));
    expect(records.length).toBe(slots.length);
    expect(new Set(records.map(({ slot }) => slot)).size).toBe(records.length);
    const table = await kubectl(['-n', namespace, 'get', 'smartconnectors']);
    expect(table).toMatch(/^beats +Inactive +\w+ +Scheduler +\* \* \* \* \* +\S+ +Succeeded /m);
  });
});
