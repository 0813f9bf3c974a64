import type { ExecutionPorts } from '../execution/ports.ts';

export type SchedulePorts = Pick<
  ExecutionPorts,
  'api' | 'connectors' | 'executions' | 'pool' | 'events' | 'now' | 'log' | 'buildInput' | 'readActivation'
>;
