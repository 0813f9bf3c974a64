import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaseFault } from './cases.ts';
import { fingerprint, openFaultWorld, type Command, type FaultWorld } from './fault-world.ts';

export interface KilledCommand {
  readonly command: Command;
  /** Its execution. */
  readonly id: string;
  readonly cases: readonly CaseFault[];
  /** What was there before; none: an empty database. */
  readonly before?: () => Promise<FaultWorld>;
}

const nameOf = ([point, side, visit]: CaseFault): string => `${point}:${side}:${visit}`;

/** Kills a command at each point, runs it again, and compares with one that nobody disturbed. */
export function killAndResume(title: string, { command, id, cases, before }: KilledCommand): void {
  describe(`${title}, killed and run again, is as if nobody had killed it`, () => {
    let start: FaultWorld | undefined;
    let status: number | null;
    let undisturbed: unknown;

    beforeAll(async () => {
      start = await before?.();
      const calm = await openFaultWorld(start);
      try {
        status = (await calm.run(command)).status;
        undisturbed = await fingerprint(calm, id);
      } finally {
        await calm.close();
      }
    });
    afterAll(() => start?.close());

    test.each(cases.map((fault, index) => ({ fault: nameOf(fault), isLost: index % 2 === 1 })))(
      'killed at $fault, workspace lost: $isLost',
      async ({ fault, isLost }) => {
        const world = await openFaultWorld(start);
        try {
          const killed = await world.run(command, { environment: { SMARTCONNECTOR_FAULT: fault } });
          // A point that is not reached would prove nothing.
          expect(killed).toMatchObject({ status: null, signal: 'SIGKILL', stderr: expect.stringContaining(fault) });
          if (isLost) await world.loseWorkspace();
          const resumed = await world.run(command);
          expect([resumed.stderr, resumed.status]).toEqual(['', status]);
          expect(await fingerprint(world, id)).toEqual(undisturbed);
        } finally {
          await world.close();
        }
      },
    );
  });
}
