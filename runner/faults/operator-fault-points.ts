/**
 * Every durable write of the operator: to PostgreSQL and to the API server. Whoever dies at one leaves the rest to the
 * next leader.
 */
export const OPERATOR_FAULT_POINTS = [
  /** The role and the schema of a namespace commit. */
  'namespace-role',
  /** The Secret with the credential of that role. */
  'runner-secret',
  'object-status',
  /** A validation is asked for. */
  'validation',
  'validation-job',
  'connector-status',
  /** What becomes of the slots that came due commits. */
  'schedule-slots',
  /** The execution of a slot. */
  'slot-execution',
  /** It is noted that the execution of a slot exists. */
  'slot-launched',
  /** It is noted that people were told of a slot that did not run. */
  'slot-recorded',
  'finalizer',
  /** An execution is taken into the queue. */
  'request',
  /** Why an execution waits. */
  'request-held',
  /** An execution is frozen and starts: the commit. */
  'start',
  'run-job',
  /** It is noted that the Job exists. */
  'job-noted',
  /** The next Job is decided on. */
  'next-job',
  'cancel-noted',
  /** A run that no attempt has begun is ended. */
  'unbegun-end',
  /** A run whose pods cannot be had is ended. */
  'abandoned',
  /** How an execution ended is noted. */
  'request-end',
  /** How many executions run is counted anew. */
  'running-recounted',
  'execution-status',
  /** A Job whose result is stored may be removed by the cluster. */
  'job-expiry',
  'job-deletion',
  /** An execution beyond the history of its connector is deleted. */
  'history',
  'finalizer-removal',
] as const;
