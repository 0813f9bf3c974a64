import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXECUTIONS } from '../../../operator/api/kinds.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import {
  awaitExecution,
  MONTHLY_CONNECTOR,
  awaitConnector,
  createConnector,
  openFaultWorld,
  type FaultWorld,
} from './fault-world.ts';

describeWithApiServer('a schedule across a change of the clocks', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await openFaultWorld();
  });
  afterAll(() => world.close());

  /** The clock of the operator goes on from there. */
  const clockFrom = (start: string): (() => Date) => {
    const offset = Date.parse(start) - Date.now();
    return () => new Date(Date.now() + offset);
  };

  test.each([
    ['spring', '30 2 * * *', '2027-03-14T09:59:30Z', '2027-03-14T09:59:58Z', '2027-03-14T10:00:00.000Z'],
    ['autumn', '30 1 * * *', '2027-11-07T08:29:30Z', '2027-11-07T08:29:58Z', '2027-11-07T08:30:00.000Z'],
  ])(
    'in %s, a slot at %s that the clocks jump over or show twice runs once',
    async (name, schedule, handledUntil, start, slot) => {
      const namespace = await world.freshNamespace();
      const spec = { ...MONTHLY_CONNECTOR, timeZone: 'America/Los_Angeles', scheduler: { schedule } };
      await createConnector(world, namespace, name, spec);
      const before = await world.inProcess();
      await awaitConnector(world, namespace, name);
      await before.stop();
      await world.rows(sql`
        UPDATE smartconnector.schedule SET handled_until = ${handledUntil} WHERE namespace = ${namespace}`);
      // It comes due while the operator runs: its timer has to go off at the right moment.
      const live = await world.inProcess({ now: clockFrom(start) });
      const connector = await awaitConnector(
        world,
        namespace,
        name,
        ({ status }) => status?.executions?.[0]?.phase === 'Succeeded',
      );
      const execution = connector.status?.executions?.[0]?.name ?? '';
      const ended = await awaitExecution(world, namespace, execution);
      expect(ended.metadata.annotations?.['smartconnectors.dev/scheduled-time']).toBe(slot);
      await live.stop();
      // Two hours later the wall clock has shown the time a second time, or has never shown it.
      const later = await world.inProcess({ now: clockFrom(new Date(Date.parse(slot) + 2 * 3_600_000).toISOString()) });
      await awaitConnector(
        world,
        namespace,
        name,
        ({ status }) => Date.parse(status?.nextSchedule ?? '') > Date.parse(slot) + 20 * 3_600_000,
      );
      await later.stop();
      const slots = await world.rows(sql`
        SELECT state, reason FROM smartconnector.schedule_slot WHERE namespace = ${namespace}`);
      expect(slots).toEqual([{ state: 'Launched', reason: 'Due' }]);
      expect(await world.server.api.list(EXECUTIONS, { namespace })).toHaveLength(1);
    },
  );
});
