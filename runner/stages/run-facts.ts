import { createHash } from 'node:crypto';
import type { RunFacts } from '../../core/planner/step.ts';
import type { Execution } from '../executions/executions.ts';

/** What additional variables may ask of a run; the same in every attempt. */
export function buildRunFacts(execution: Execution): RunFacts {
  return {
    ExecutionStartTime: execution.startedAt,
    ExecutionId: execution.id,
    ConnectorName: execution.connector,
    TriggerType: execution.snapshot.connector.type,
    TriggeredBy: execution.triggeredBy,
    InputFileName: execution.inputName,
    ScheduledTime: execution.scheduledTime,
  };
}

/** 36 bits that tell apart executions of one millisecond, for the ids of their records. */
export function recordIdSalt(executionId: string): string {
  return createHash('sha256').update(executionId).digest('hex').slice(0, 9);
}
