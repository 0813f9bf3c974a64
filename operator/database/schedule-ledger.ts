import type { Schedule, SlotDecision } from '../../core/control/schedule-slots.ts';
import type { SqlClient, SqlPool } from '../../runner/postgres/pool.ts';
import { withTransaction } from '../../runner/postgres/pool.ts';
import { raw, sql } from '../../runner/postgres/sql.ts';
import type { Key } from '../runtime/resource.ts';

/** How far the slots of a connector have been decided, and for which schedule. */
export interface ScheduleState {
  readonly schedule: Schedule;
  /** Whether its author wanted it to run, when it was looked at last. */
  readonly isWanted: boolean;
  readonly handledUntil: Date;
}

export interface ClaimedSlot {
  readonly slot: string;
  readonly execution: string;
}

export interface SlotPlan {
  readonly state: ScheduleState;
  readonly decisions: readonly SlotDecision[];
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/**
 * Decides slots while nobody else does for this connector. The ledger has each slot once, whoever decides: also for a
 * connector that was deleted and created again under its name.
 *
 * @param initial where nothing is known of the connector yet
 * @returns what was decided now: not what stood there already
 */
export async function decideInLedger(
  pool: SqlPool,
  { namespace, name }: Key,
  initial: ScheduleState,
  plan: (state: ScheduleState) => SlotPlan,
  executionName: (slot: Date) => string,
): Promise<SlotDecision[]> {
  return withTransaction(pool, async (client) => {
    await client.query(sql`
      INSERT INTO smartconnector.schedule (namespace, connector, schedule, time_zone, is_wanted, handled_until)
      VALUES (${namespace}, ${name}, ${initial.schedule.expression}, ${initial.schedule.timeZone}, ${initial.isWanted},
        ${initial.handledUntil.toISOString()})
      ON CONFLICT DO NOTHING`);
    const { rows } = await client.query(sql`
      SELECT schedule, time_zone, is_wanted, to_char(handled_until AT TIME ZONE 'UTC', ${raw(ISO)}) AS until
      FROM smartconnector.schedule WHERE namespace = ${namespace} AND connector = ${name} FOR UPDATE`);
    const row = rows[0] as { schedule: string; time_zone: string; is_wanted: boolean; until: string };
    const stored: ScheduleState = {
      schedule: { expression: row.schedule, timeZone: row.time_zone },
      isWanted: row.is_wanted,
      handledUntil: new Date(row.until),
    };
    const { state, decisions } = plan(stored);
    const added: SlotDecision[] = [];
    for (const decision of decisions) {
      const { rowCount } = await client.query(sql`
        INSERT INTO smartconnector.schedule_slot (namespace, connector, slot, state, reason, message, execution)
        VALUES (${namespace}, ${name}, ${decision.slot.toISOString()}, ${decision.state}, ${decision.reason},
          ${decision.message}, ${executionName(decision.slot)})
        ON CONFLICT DO NOTHING`);
      if (rowCount === 1) added.push(decision);
    }
    await client.query(sql`
      UPDATE smartconnector.schedule
      SET schedule = ${state.schedule.expression}, time_zone = ${state.schedule.timeZone}, is_wanted = ${state.isWanted},
        handled_until = ${state.handledUntil.toISOString()}
      WHERE namespace = ${namespace} AND connector = ${name}`);
    return added;
  });
}

/** Slots whose execution may not have been created yet, oldest first. */
export async function listClaimed(client: SqlClient, { namespace, name }: Key): Promise<ClaimedSlot[]> {
  await client.query(sql`
    UPDATE smartconnector.schedule_slot s SET state = 'Launched'
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed' AND EXISTS (
      SELECT FROM smartconnector.execution_request r WHERE r.namespace = s.namespace AND r.name = s.execution)`);
  const { rows } = await client.query(sql`
    SELECT to_char(slot AT TIME ZONE 'UTC', ${raw(ISO)}) AS slot, execution FROM smartconnector.schedule_slot s
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed'
    ORDER BY s.slot LIMIT 200`);
  return rows as unknown as ClaimedSlot[];
}

export async function markLaunched(client: SqlClient, { namespace, name }: Key, slot: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.schedule_slot SET state = 'Launched'
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed' AND slot = ${slot}`);
}

export async function countQueued(client: SqlClient, { namespace, name }: Key): Promise<number> {
  const { rows } = await client.query(sql`
    SELECT count(*)::int AS queued FROM smartconnector.execution_request
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Queued'`);
  return Number(rows[0]?.['queued'] ?? 0);
}
