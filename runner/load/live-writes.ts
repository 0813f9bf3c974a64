import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { NewOption, RowPlan } from '../../core/planner/plan.ts';
import type { Execution } from '../executions/executions.ts';
import { quotedOptionsTable } from '../postgres/object-table.ts';
import type { PlainShape } from './chunk-record.ts';
import { relationOf, type ObjectRelation } from './object-relation.ts';
import type { BytePool } from './row-bytes.ts';
import type { GatheredChunk } from './step-ports.ts';
import { gatherRecords } from './write-records.ts';

export interface LiveWrites {
  readonly client: ClientBase;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly execution: Execution;
  readonly step: StepModel;
  readonly plain: PlainShape;
  readonly pool: BytePool;
  /** ISO 8601. */
  readonly now: string;
}

/** Records, new options and workflow events of a chunk, gathered row by row and sent in its transaction. */
export function gatherLive(context: LiveWrites): GatheredChunk {
  const { client, step, execution, now } = context;
  const records = gatherRecords(
    relationOf(context.relations, step.object),
    step.mappings.map((mapping) => mapping.field),
    context.plain,
    execution.id,
    now,
    context.pool,
  );
  const options: NewOption[] = [];
  const events: Event[] = [];
  return {
    add: (plan) => {
      if (plan.write === null) return;
      records.add(plan.write);
      options.push(...plan.newOptions);
      if (step.triggerWorkflows) events.push(buildEvent(context, plan));
    },
    addPlain: (plan) => records.addPlain(plan),
    addUpdate: (plan) => records.addUpdate(plan),
    send: async () => {
      if (records.isEmpty) return;
      await records.send(client);
      await writeOptions(context, options);
      await writeEvents(context, events);
    },
    release: () => records.release(),
  };
}

async function writeOptions(
  { client, step, execution, now }: LiveWrites,
  options: readonly NewOption[],
): Promise<void> {
  if (options.length === 0) return;
  await client.query(
    `INSERT INTO ${quotedOptionsTable(step.object.namespace)} (object, field, label, created_at, execution_id)
     SELECT $1, o.field, o.label, $4::timestamptz, $5 FROM unnest($2::text[], $3::text[]) AS o (field, label)
     ON CONFLICT DO NOTHING`,
    [step.object.name, options.map((one) => one.field), options.map((one) => one.label), now, execution.id],
  );
}

const EVENT_TYPES: Readonly<Record<string, string>> = {
  Created: 'dev.smartconnectors.record.created',
  Updated: 'dev.smartconnectors.record.updated',
  Unarchived: 'dev.smartconnectors.record.unarchived',
};

interface Event {
  readonly type: string;
  /** JSON. */
  readonly payload: string;
}

function buildEvent({ execution, step }: LiveWrites, plan: RowPlan): Event {
  return {
    type: EVENT_TYPES[plan.status] ?? 'dev.smartconnectors.record.updated',
    payload: JSON.stringify({
      namespace: step.object.namespace,
      object: step.object.name,
      record: plan.record,
      connector: execution.connector,
      step: step.name,
      row: plan.row,
      changed: plan.after === null ? [] : Object.keys(plan.after),
    }),
  };
}

/** One event for every row that wrote a record, in the order of the rows. */
async function writeEvents({ client, execution }: LiveWrites, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return;
  await client.query(
    `INSERT INTO smartconnector.outbox (execution_id, type, payload)
     SELECT $1, e.type, e.payload FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS e (type, payload, place) ORDER BY e.place`,
    [execution.id, events.map((event) => event.type), events.map((event) => event.payload)],
  );
}
