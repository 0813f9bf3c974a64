import { isDeepStrictEqual } from 'node:util';
import { requestValidation } from '../../../runner/executions/validations.ts';
import { durably } from '../../../runner/faults/fault-point.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import { API_VERSION, CONNECTORS, JOBS, type ConnectorResource } from '../../api/kinds.ts';
import { cancelConnectorRuns, pruneConnectorValidations } from '../../database/connector-validations.ts';
import { buildValidateJob } from '../../jobs/validate-job.ts';
import type { NewResource } from '../../runtime/kubernetes-api.ts';
import { madeFor } from '../indexes.ts';
import type { Action } from './decide.ts';
import { isValidateJob } from './job-state.ts';
import type { Observation } from './observe.ts';
import type { ConnectorPorts } from './ports.ts';
import { validationId } from './validation-id.ts';

/** How long a Job and its log stay after its answer is stored. */
const JOB_TTL_SECONDS = 3600;

/** Every action may be done twice: names are the same, and what is there or gone already is a success. */
export async function apply(
  actions: readonly Action[],
  observation: Observation,
  ports: ConnectorPorts,
): Promise<void> {
  const { namespace, uid } = observation.connector.metadata;
  for (const action of actions) {
    switch (action.kind) {
      case 'CreateJob':
        await createJob(action.attempt, observation, ports);
        break;
      case 'DeleteJob': {
        const options = { uid: action.uid, propagationPolicy: 'Background' } as const;
        await durably('job-deletion', () => ports.api.delete(JOBS, { namespace, name: action.name }, options));
        break;
      }
      case 'ExpireJob':
        await durably('job-expiry', () =>
          ports.api.patch(
            JOBS,
            { namespace, name: action.name },
            { spec: { ttlSecondsAfterFinished: JOB_TTL_SECONDS } },
          ),
        );
        break;
      case 'CancelRuns':
        await durably('cancel', () => cancelConnectorRuns(ports.pool, uid));
        break;
    }
  }
}

/** The row first: a Job without one has nothing to validate. */
async function createJob(attempt: number, { connector, input }: Observation, ports: ConnectorPorts): Promise<void> {
  if (input.connector === null) return;
  const { namespace, name, uid } = connector.metadata;
  const id = validationId(connector, input);
  const { scriptHash, environmentHash } = input;
  const request = { id, connectorUid: uid, scriptHash, environmentHash, connector: input.connector };
  await durably('validation', () => ports.pool.withConnection(({ pg }) => requestValidation(pg, request)));
  if (attempt === 1) await pruneConnectorValidations(ports.pool, uid);
  await ports.prepareNamespace(namespace);
  const job = buildValidateJob(
    {
      owner: { resource: connector, apiVersion: API_VERSION, kind: CONNECTORS.kind },
      validationId: id,
      attempt,
      sourceSecrets: input.connector.externalSources.map(({ secret }) => secret),
    },
    ports.settings.jobs,
  );
  const created = await durably('validation-job', () => ports.api.create(JOBS, job));
  if (created === null) await takeBack(job, connector, ports);
  else ports.log.info({ namespace, name, job: job.metadata.name, attempt }, 'validation started');
}

/**
 * A Job of that name is there, and the watch does not show it as the connector's: somebody took away its labels or its owner.
 * It gets them back; then it is seen, and what becomes of it counts.
 *
 * @throws AppError `JobNameTaken` where it was made for something else
 */
async function takeBack(
  job: NewResource,
  { metadata: { uid } }: ConnectorResource,
  { api }: ConnectorPorts,
): Promise<void> {
  const { name, namespace = '', labels, annotations, ownerReferences } = job.metadata;
  const found = await api.get(JOBS, { namespace, name });
  if (found === null || found.metadata.deletionTimestamp !== undefined) return;
  if (!isValidateJob(found) || madeFor(found) !== uid) {
    const message = `a Job ${name} that was made for something else has the name of the Job that validates this connector; delete it`;
    throw new AppError({ code: 'JobNameTaken', class: 'transient', message });
  }
  const isWhole =
    isDeepStrictEqual(found.metadata.ownerReferences, ownerReferences) &&
    Object.entries(labels ?? {}).every(([label, value]) => found.metadata.labels?.[label] === value);
  // It was created just now, and the watch is behind.
  if (isWhole) return;
  const metadata = { resourceVersion: found.metadata.resourceVersion, labels, annotations, ownerReferences };
  await durably('validation-job', () => api.patch(JOBS, { namespace, name }, { metadata }));
}
