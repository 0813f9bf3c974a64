import type { Schedule, SlotDecision } from '../../core/control/schedule-slots.ts';
import type { SqlClient, SqlPool } from '../../runner/postgres/pool.ts';
import { raw, sql, type SqlText } from '../../runner/postgres/sql.ts';
import type { Key } from '../runtime/resource.ts';
import { insertRequests, type NewRequest } from './execution-requests.ts';
import { withShortTransaction } from './short-transaction.ts';

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
const STATE = `schedule, time_zone, is_wanted, to_char(handled_until AT TIME ZONE 'UTC', ${ISO}) AS until`;

/** A slot that did not run, and what people are to be told of it. */
export interface UnrecordedSlot extends ClaimedSlot {
  readonly state: 'Missed' | 'Skipped';
  readonly reason: string;
  readonly message: string;
}

const hasOpenSlots = (namespace: string, name: string): SqlText => sql`(
  EXISTS (
    SELECT FROM smartconnector.schedule_slot
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed') OR EXISTS (
    SELECT FROM smartconnector.schedule_slot
    WHERE namespace = ${namespace} AND connector = ${name} AND to_record IS NOT NULL))`;

/** What the ledger says of a connector, at the cost of one look; null: nothing yet. */
export async function readSchedule(
  client: SqlClient,
  { namespace, name }: Key,
): Promise<{ readonly state: ScheduleState; readonly hasOpen: boolean } | null> {
  const { rows } = await client.query(sql`
    SELECT ${raw(STATE)}, ${hasOpenSlots(namespace, name)} AS open
    FROM smartconnector.schedule WHERE namespace = ${namespace} AND connector = ${name}`);
  const [row] = rows;
  return row === undefined ? null : { state: readState(row), hasOpen: row['open'] === true };
}

function readState(row: Readonly<Record<string, unknown>>): ScheduleState {
  return {
    schedule: { expression: String(row['schedule']), timeZone: String(row['time_zone']) },
    isWanted: row['is_wanted'] === true,
    handledUntil: new Date(String(row['until'])),
  };
}

/** What is known of a connector when its slots are decided. */
export interface LedgerView {
  readonly state: ScheduleState;
  /** How many of its executions wait. */
  readonly queued: number;
}

/** Slots of which something is left to do, oldest first. */
export interface OpenSlots {
  /** Their executions may not have been created yet. */
  readonly claimed: readonly ClaimedSlot[];
  /** They did not run, and nobody was told of it yet. */
  readonly unrecorded: readonly UnrecordedSlot[];
}

/**
 * Decides slots while nobody else does for this connector. The ledger has each slot once, whoever decides: also for a
 * connector that was deleted and created again under its name.
 *
 * @param initial where nothing is known of the connector yet
 * @returns the slots of this and of earlier decisions: whoever made those may have died before it acted on them
 */
export async function decideInLedger(
  pool: SqlPool,
  key: Key,
  initial: ScheduleState,
  plan: (view: LedgerView) => SlotPlan,
  executionName: (slot: Date) => string,
): Promise<OpenSlots> {
  return withShortTransaction(pool, 'schedule-slots', async (client) => {
    const { hasOpen, ...view } = (await lockSchedule(client, key)) ?? (await beginSchedule(client, key, initial));
    const { state, decisions } = plan(view);
    const added = await storePlan(client, key, state, decisions, executionName);
    const unstarted = added.filter((one) => one.state !== 'Claimed' && one.state !== 'Launched');
    for (const kind of ['Missed', 'Skipped'] as const) {
      const slots = unstarted.filter((decision) => decision.state === kind);
      const newest = slots.at(-1);
      if (newest !== undefined) await noteUnstarted(client, key, newest, slots.length - 1);
    }
    // The usual case: what is open is what was claimed just now.
    if (hasOpen || unstarted.length > 0) return listOpen(client, key);
    return { claimed: added.filter((one) => one.state === 'Claimed'), unrecorded: [] };
  });
}

async function lockSchedule(
  client: SqlClient,
  { namespace, name }: Key,
): Promise<(LedgerView & { readonly hasOpen: boolean }) | null> {
  const { rows } = await client.query(sql`
    SELECT ${raw(STATE)}, ${hasOpenSlots(namespace, name)} AS open, (
      SELECT count(*) FROM smartconnector.execution_request
      WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Queued')::int AS queued
    FROM smartconnector.schedule WHERE namespace = ${namespace} AND connector = ${name} FOR UPDATE`);
  const [row] = rows;
  if (row === undefined) return null;
  return { state: readState(row), queued: Number(row['queued']), hasOpen: row['open'] === true };
}

async function beginSchedule(
  client: SqlClient,
  key: Key,
  { schedule, isWanted, handledUntil }: ScheduleState,
): Promise<LedgerView & { readonly hasOpen: boolean }> {
  await client.query(sql`
    INSERT INTO smartconnector.schedule (namespace, connector, schedule, time_zone, is_wanted, handled_until)
    VALUES (${key.namespace}, ${key.name}, ${schedule.expression}, ${schedule.timeZone}, ${isWanted},
      ${handledUntil.toISOString()})
    ON CONFLICT DO NOTHING`);
  const begun = await lockSchedule(client, key);
  if (begun === null)
    throw new Error(`the schedule of ${key.namespace}/${key.name} was removed while it was decided on`);
  return begun;
}

interface AddedSlot extends ClaimedSlot {
  readonly state: 'Claimed' | 'Launched' | 'Missed' | 'Skipped';
  readonly message: string;
}

/**
 * Remembers how far slots are decided, and each that the ledger does not have yet. One whose execution is known already is
 * launched.
 *
 * @returns those that were added, oldest first
 */
async function storePlan(
  client: SqlClient,
  { namespace, name }: Key,
  { schedule, isWanted, handledUntil }: ScheduleState,
  decisions: readonly SlotDecision[],
  executionName: (slot: Date) => string,
): Promise<readonly AddedSlot[]> {
  const slots = decisions.map((decision) => ({ ...decision, execution: executionName(decision.slot) }));
  const { rows } = await client.query(sql`
    WITH handled AS (
      UPDATE smartconnector.schedule
      SET schedule = ${schedule.expression}, time_zone = ${schedule.timeZone}, is_wanted = ${isWanted},
        handled_until = ${handledUntil.toISOString()}
      WHERE namespace = ${namespace} AND connector = ${name}),
    added AS (
      INSERT INTO smartconnector.schedule_slot AS s (namespace, connector, slot, state, reason, message, execution)
      SELECT ${namespace}, ${name}, d.slot,
        CASE WHEN d.state = 'Claimed' AND EXISTS (
          SELECT FROM smartconnector.execution_request r WHERE r.namespace = ${namespace} AND r.name = d.execution)
        THEN 'Launched' ELSE d.state END, d.reason, d.message, d.execution
      FROM json_to_recordset(${JSON.stringify(slots)}::json)
        AS d (slot timestamptz, state text, reason text, message text, execution text)
      ON CONFLICT DO NOTHING
      RETURNING s.slot, s.state, s.message, s.execution)
    SELECT to_char(slot AT TIME ZONE 'UTC', ${raw(ISO)}) AS slot, state, message, execution FROM added a ORDER BY a.slot`);
  return rows as unknown as AddedSlot[];
}

async function noteUnstarted(
  client: SqlClient,
  { namespace, name }: Key,
  newest: AddedSlot,
  before: number,
): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.schedule_slot SET to_record = ${describeUnstarted(newest, before)}
    WHERE namespace = ${namespace} AND connector = ${name} AND slot = ${newest.slot}`);
}

function describeUnstarted({ slot, message }: AddedSlot, before: number): string {
  const others = before === 0 ? '' : `; ${before} slots before it did not run either`;
  return `the slot of ${slot} did not run: ${message}${others}`;
}

async function listOpen(client: SqlClient, { namespace, name }: Key): Promise<OpenSlots> {
  await client.query(sql`
    UPDATE smartconnector.schedule_slot s SET state = 'Launched'
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed' AND EXISTS (
      SELECT FROM smartconnector.execution_request r WHERE r.namespace = s.namespace AND r.name = s.execution)`);
  const { rows: claimed } = await client.query(sql`
    SELECT to_char(slot AT TIME ZONE 'UTC', ${raw(ISO)}) AS slot, execution FROM smartconnector.schedule_slot s
    WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed'
    ORDER BY s.slot LIMIT 200`);
  const { rows: unrecorded } = await client.query(sql`
    SELECT to_char(slot AT TIME ZONE 'UTC', ${raw(ISO)}) AS slot, execution, state, reason, to_record AS message
    FROM smartconnector.schedule_slot s
    WHERE namespace = ${namespace} AND connector = ${name} AND to_record IS NOT NULL
    ORDER BY s.slot LIMIT 200`);
  return { claimed: claimed as unknown as ClaimedSlot[], unrecorded: unrecorded as unknown as UnrecordedSlot[] };
}

/** The execution of a slot exists, and is taken into the queue with whatever was to come before it. */
export async function markLaunched(
  client: SqlClient,
  { namespace, name }: Key,
  slot: string,
  requests: readonly NewRequest[],
): Promise<void> {
  await client.query(sql`
    WITH launched AS (
      UPDATE smartconnector.schedule_slot SET state = 'Launched'
      WHERE namespace = ${namespace} AND connector = ${name} AND state = 'Claimed' AND slot = ${slot})
    ${insertRequests(requests)}`);
}

export async function markRecorded(client: SqlClient, { namespace, name }: Key, slot: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.schedule_slot SET to_record = NULL
    WHERE namespace = ${namespace} AND connector = ${name} AND slot = ${slot}`);
}
