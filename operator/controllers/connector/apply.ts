import { requestValidation } from '../../../runner/executions/validations.ts';
import { API_VERSION, CONNECTORS, JOBS } from '../../api/kinds.ts';
import { cancelConnectorRuns, pruneConnectorValidations } from '../../database/connector-validations.ts';
import { buildValidateJob } from '../../jobs/validate-job.ts';
import type { Action } from './decide.ts';
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
        await ports.api.delete(JOBS, { namespace, name: action.name }, options);
        break;
      }
      case 'ExpireJob':
        await ports.api.patch(
          JOBS,
          { namespace, name: action.name },
          { spec: { ttlSecondsAfterFinished: JOB_TTL_SECONDS } },
        );
        break;
      case 'CancelRuns':
        await cancelConnectorRuns(ports.pool, uid);
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
  await ports.pool.withConnection(({ pg }) => requestValidation(pg, request));
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
  const created = await ports.api.create(JOBS, job);
  if (created !== null) ports.log.info({ namespace, name, job: job.metadata.name, attempt }, 'validation started');
}
