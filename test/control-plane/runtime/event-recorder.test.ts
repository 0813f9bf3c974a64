import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONNECTORS, type ConnectorResource } from '../../../operator/api/kinds.ts';
import { ApiEventRecorder } from '../../../operator/runtime/api-event-recorder.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { connectorNamespace } from '../http/endpoint-fixture.ts';

describeWithApiServer('events', () => {
  let server: TestApiServer;
  let recorder: ApiEventRecorder;

  beforeAll(async () => {
    server = await startApiServer();
    recorder = new ApiEventRecorder({
      api: server.api,
      component: 'smartconnector',
      identity: 'operator-0',
      now: () => new Date(),
      suffix: () => randomUUID().replaceAll('-', ''),
      log: pino({ enabled: false }),
    });
  });
  afterAll(() => server.stop());

  const connectorOf = async (namespace: string): Promise<ConnectorResource> => {
    const connector = await server.api.get(CONNECTORS, { namespace, name: 'list' });
    if (connector === null) throw new Error('there is no connector list');
    return connector;
  };
  const describeConnector = (namespace: string): Promise<string> =>
    server.kubectl(['-n', namespace, 'describe', 'smartconnector', 'list']);

  test('kubectl describe tells them, those that came again with their number', async () => {
    const namespace = await connectorNamespace(server);
    const connector = await connectorOf(namespace);
    recorder.record(connector, { type: 'Warning', reason: 'SampleMissing', message: 'spec.sql.sample: name one' });
    for (let turn = 0; turn < 3; turn++) {
      recorder.record(connector, { type: 'Normal', reason: 'Activated', message: 'executions may start' });
    }
    await recorder.flush();
    const text = await describeConnector(namespace);
    expect(text).toMatch(/Warning +SampleMissing +\S+ +smartconnector +spec\.sql\.sample: name one/);
    expect(text).toMatch(/Normal +Activated +\S+ \(x3 over \S+\) +smartconnector +executions may start/);
  });

  test('a namespace that is being deleted takes none, and those of others are written', async () => {
    const [leaving, staying] = [await connectorNamespace(server), await connectorNamespace(server)];
    const [gone, left] = [await connectorOf(leaving), await connectorOf(staying)];
    await server.kubectl(['delete', 'namespace', leaving, '--wait=false']);
    const note = { type: 'Normal', reason: 'Deactivated', message: 'spec.active is false' } as const;
    recorder.record(gone, note);
    recorder.record(left, note);
    await recorder.flush();
    expect(await describeConnector(staying)).toContain('Deactivated');
    expect(await describeConnector(leaving)).not.toContain('Deactivated');
  });
});
