import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { RevertPlan } from '../../core/revert/plan-revert.ts';
import type { Execution } from '../executions/executions.ts';

const eventType = ({ plan, write }: RevertPlan): string => {
  if (write?.archive === true) return 'dev.smartconnectors.record.archived';
  return plan.status === 'Unarchived' ? 'dev.smartconnectors.record.unarchived' : 'dev.smartconnectors.record.updated';
};

/** One workflow event for every record that was written, where a step of the run that is reverted asked for events. */
export async function writeRevertEvents(
  client: ClientBase,
  execution: Execution,
  step: StepModel,
  plans: readonly RevertPlan[],
): Promise<void> {
  const written = plans.filter(({ write }) => write !== null);
  if (!step.triggerWorkflows || written.length === 0) return;
  const payloads = written.map(({ plan }) =>
    JSON.stringify({
      namespace: step.object.namespace,
      object: step.object.name,
      record: plan.record,
      connector: execution.connector,
      step: step.name,
      row: plan.row,
      changed: Object.keys(plan.after ?? {}),
      reverts: execution.reverts,
    }),
  );
  await client.query(
    `INSERT INTO smartconnector.outbox (execution_id, type, payload)
     SELECT $1, e.type, e.payload FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS e (type, payload, place) ORDER BY e.place`,
    [execution.id, written.map(eventType), payloads],
  );
}
