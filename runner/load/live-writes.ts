import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { FieldModel } from '../../core/model/object.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import type { Execution } from '../executions/executions.ts';
import { quotedOptionsTable } from '../postgres/object-table.ts';
import type { ObjectRelation } from './object-relation.ts';
import { renderWrites, writeRecords, type FinalRecord } from './write-records.ts';

export interface LiveWrites {
  readonly client: ClientBase;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly execution: Execution;
  readonly step: StepModel;
  /** ISO 8601. */
  readonly now: string;
}

/** Records, new options and workflow events of a chunk, made ready; what is returned sends them in its transaction. */
export function prepareLive(
  context: LiveWrites,
  fields: readonly FieldModel[],
  finals: readonly FinalRecord[],
  plans: readonly RowPlan[],
): () => Promise<void> {
  const { client, step, execution, now } = context;
  const relation = context.relations.get(step.object.name);
  if (relation === undefined) return () => Promise.resolve();
  const writes = renderWrites(fields, finals, execution.id, now);
  const options = plans.flatMap((plan) => plan.newOptions);
  return async () => {
    await writeRecords(client, relation, fields, writes, execution.id, now);
    if (options.length > 0) {
      await client.query(
        `INSERT INTO ${quotedOptionsTable(step.object.namespace)} (object, field, label, created_at, execution_id)
         SELECT $1, o.field, o.label, $4::timestamptz, $5 FROM unnest($2::text[], $3::text[]) AS o (field, label)
         ON CONFLICT DO NOTHING`,
        [step.object.name, options.map((one) => one.field), options.map((one) => one.label), now, execution.id],
      );
    }
    if (step.triggerWorkflows) await writeEvents(context, plans);
  };
}

const EVENT_TYPES: Readonly<Record<string, string>> = {
  Created: 'dev.smartconnectors.record.created',
  Updated: 'dev.smartconnectors.record.updated',
  Unarchived: 'dev.smartconnectors.record.unarchived',
};

/** One event for every row that wrote a record, in the order of the rows. */
async function writeEvents({ client, execution, step }: LiveWrites, plans: readonly RowPlan[]): Promise<void> {
  const written = plans.filter((plan) => plan.write !== null);
  if (written.length === 0) return;
  const payloads = written.map((plan) =>
    JSON.stringify({
      namespace: step.object.namespace,
      object: step.object.name,
      record: plan.record,
      connector: execution.connector,
      step: step.name,
      row: plan.row,
      changed: plan.after === null ? [] : Object.keys(plan.after),
    }),
  );
  await client.query(
    `INSERT INTO smartconnector.outbox (execution_id, type, payload)
     SELECT $1, e.type, e.payload FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS e (type, payload, place) ORDER BY e.place`,
    [execution.id, written.map((plan) => EVENT_TYPES[plan.status] ?? 'dev.smartconnectors.record.updated'), payloads],
  );
}
