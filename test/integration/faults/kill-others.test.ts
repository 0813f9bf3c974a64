import { expect, test } from 'vitest';
import { FAULT_POINTS } from '../../../runner/faults/fault-point.ts';
import { CASES, OTHER_POINTS } from './cases.ts';
import {
  afterFirst,
  BACK,
  DRY,
  FIRST,
  fingerprint,
  openFaultWorld,
  SECOND,
  THIRD,
  type FaultWorld,
} from './fault-world.ts';
import { killAndResume } from './kill-and-resume.ts';

test('there is a case for both sides of every point', () => {
  const sides = new Set(Object.values(CASES).flatMap((cases) => cases.map(([point, side]) => `${point}:${side}`)));
  const wanted = FAULT_POINTS.filter((point) => !OTHER_POINTS.includes(point));
  expect([...sides].sort()).toEqual(wanted.flatMap((point) => [`${point}:after`, `${point}:before`]).sort());
});

killAndResume('a first run', { command: FIRST, id: 'first', cases: CASES.first });
killAndResume('a dry run', { command: DRY, id: 'dry', cases: CASES.dry, before: afterFirst });
killAndResume('a revert', { command: BACK, id: 'back', cases: CASES.back, before: afterSecond });

async function afterSecond(): Promise<FaultWorld> {
  const world = await afterFirst();
  await world.run(SECOND);
  return world;
}

test.each(['before', 'after'] as const)(
  'an attempt that dies %s it takes an execution over leaves it to the next',
  async (side) => {
    const start = await afterFirst();
    const [calm, world] = [await openFaultWorld(start), await openFaultWorld(start)];
    try {
      await calm.run(SECOND);
      for (const fault of ['chunk:after:2', `attempt:${side}`, `attempt:${side}`]) {
        const { signal } = await world.run(SECOND, { environment: { SMARTCONNECTOR_FAULT: fault } });
        expect([fault, signal]).toEqual([fault, 'SIGKILL']);
      }
      expect(await world.run(SECOND)).toMatchObject({ status: 3, stderr: '' });
      expect(await fingerprint(world, 'second')).toEqual(await fingerprint(calm, 'second'));
    } finally {
      await Promise.all([start, calm, world].map((one) => one.close()));
    }
  },
);

test.each(['before', 'after'] as const)(
  'a run that others overtook, killed %s it is put behind them, hides no row from the run after it',
  async (side) => {
    const start = await afterFirst();
    const [calm, world] = [await openFaultWorld(start), await openFaultWorld(start)];
    try {
      for (const one of [calm, world]) {
        await one.run(SECOND, { environment: { SMARTCONNECTOR_FAULT: 'chunk:after:2' } });
        await one.run(THIRD);
      }
      await calm.run(SECOND);
      const killed = await world.run(SECOND, { environment: { SMARTCONNECTOR_FAULT: `place:${side}` } });
      expect(killed.signal).toBe('SIGKILL');
      await world.run(SECOND);
      expect(await fingerprint(world, 'second')).toEqual(await fingerprint(calm, 'second'));
      const next = THIRD.map((word) => (word === 'third' ? 'next' : word));
      for (const one of [calm, world]) await one.run(next);
      expect(await fingerprint(world, 'next')).toEqual(await fingerprint(calm, 'next'));
    } finally {
      await Promise.all([start, calm, world].map((one) => one.close()));
    }
  },
);

test.each([
  ['before', 0, false],
  ['after', 2, true],
] as const)(
  'archive and cancel, killed %s they commit, have done all or nothing',
  async (side, archived, cancelled) => {
    const world = await afterFirst();
    try {
      const ids = (await world.query('SELECT id::text FROM kz_default.product ORDER BY sku LIMIT 2')).map((row) =>
        String(row['id']),
      );
      const archive = ['archive', 'product', ...ids];
      const killed = await world.run(archive, { environment: { SMARTCONNECTOR_FAULT: `archive:${side}` } });
      expect(killed.signal).toBe('SIGKILL');
      const count = 'SELECT count(*)::int AS n FROM kz_default.product WHERE archived_at IS NOT NULL';
      expect(await world.query(count)).toEqual([{ n: archived }]);
      expect((await world.run(archive)).status).toBe(0);
      expect(await world.query(count)).toEqual([{ n: 2 }]);

      await world.run(SECOND, { environment: { SMARTCONNECTOR_FAULT: 'chunk:after:2' } });
      const cancel = await world.run(['cancel', 'second'], { environment: { SMARTCONNECTOR_FAULT: `cancel:${side}` } });
      expect(cancel.signal).toBe('SIGKILL');
      expect(await world.query(`SELECT cancel_requested FROM smartconnector.execution WHERE id = 'second'`)).toEqual([
        { cancel_requested: cancelled },
      ]);
      expect((await world.run(SECOND)).status).toBe(cancelled ? 130 : 3);
    } finally {
      await world.close();
    }
  },
);
