import type { SqlPool } from '../../runner/postgres/pool.ts';
import { endValidation } from '../../runner/executions/validations.ts';
import { JOBS, type JobResource } from '../../operator/api/kinds.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { follow } from '../../test/support/follow.ts';

interface FullJob extends JobResource {
  readonly spec?: JobResource['spec'] & {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] } };
  };
}

/**
 * Stands for nodes: no pod is made. A Job that validates is answered at once, as its runner and the Job controller would: the
 * answer in PostgreSQL, then the end in the Job's status. Jobs of executions stay as they are created.
 */
export function standInForNodes(
  api: RestApi,
  pool: SqlPool,
  signal: AbortSignal,
  onFault: (error: unknown) => void,
): void {
  const answered = new Set<string>();
  follow(api, { kind: JOBS, namespace: null }, signal, (job: FullJob) => {
    if (job.metadata.deletionTimestamp !== undefined || answered.has(job.metadata.uid)) return;
    answered.add(job.metadata.uid);
    const id = validationOf(job);
    if (id === null) return;
    answer(api, pool, job, id).catch((error: unknown) => {
      if (!signal.aborted) onFault(error);
    });
  });
}

function validationOf(job: FullJob): string | null {
  for (const { args = [] } of job.spec?.template?.spec?.containers ?? []) {
    const option = args.indexOf('--validation');
    if (option !== -1) return args[option + 1] ?? null;
  }
  return null;
}

async function answer(api: RestApi, pool: SqlPool, job: JobResource, validation: string): Promise<void> {
  await pool.withConnection(({ pg }) => endValidation(pg, validation, []));
  const at = new Date().toISOString();
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'CompletionsReached',
    message: '',
    lastTransitionTime: at,
  });
  const status = {
    startTime: at,
    completionTime: at,
    succeeded: 1,
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
  };
  await api.patch(JOBS, job.metadata, { status }, 'status');
}
