import { artifactId, storeArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { insertExecution } from '../../../runner/executions/executions.ts';
import { requestValidation } from '../../../runner/executions/validations.ts';
import type { SqlConnection } from '../../../runner/postgres/pool.ts';
import { freezeConnector } from '../../../runner/stages/freeze-connector.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import { findQueued } from '../../database/execution-queue.ts';
import { holdRequest, markStarted, type ExecutionRequest } from '../../database/execution-requests.ts';
import { withShortTransaction } from '../../database/short-transaction.ts';
import { begunRun, type StoredRun } from '../../database/stored-run.ts';
import { judgeStart } from './gate.ts';
import type { InputState, Observation, Prospects } from './observe.ts';
import type { ConnectorInput, ExecutionPorts } from './ports.ts';

/** Any number; whoever lets an execution start holds this advisory lock, so that no two take the same room. */
const QUEUE_LOCK = 7_205_301_116;

const CHUNK_ROWS = 10_000;

/**
 * Freezes what an execution runs and lets it start, in one transaction: with two operators at once, limits hold and
 * nothing starts twice.
 *
 * @returns what is known after that; null: it has to be looked for
 */
export async function start(observation: Observation, ports: ExecutionPorts): Promise<Observation | null> {
  const { prospects, request } = observation;
  const input = prospects?.input;
  if (prospects == null || request === null || input?.connector == null) return null;
  const frozen = request.mode === 'Validate' ? input.connector : await freezeConnector(input.connector);
  const freeze = async (connection: SqlConnection): Promise<Observation | null> => {
    const found = await findQueued(connection, request, ports.settings.maxRunning);
    if (found === null) return null;
    const current: Prospects = { ...prospects, queue: found.queue };
    const verdict = judgeStart(found.request, current, ports.settings.maxRunning);
    if (verdict.kind !== 'Start') {
      const held = await holdRequest(connection, request.uid, verdict.reason, verdict.message);
      return held && { ...observation, request: held, prospects: current };
    }
    const run = await insertFrozen(connection, observation, request, { prospects, input, frozen }, ports.now());
    const started = await markStarted(connection, request.uid, input.scriptHash);
    return run && started && { ...observation, request: started, run, prospects: null };
  };
  return withShortTransaction(ports.pool, 'start', freeze, QUEUE_LOCK);
}

/** @returns null: a validation, which is read like any other */
async function insertFrozen(
  connection: SqlConnection,
  { execution }: Observation,
  request: ExecutionRequest,
  { prospects, input, frozen }: { prospects: Prospects; input: ConnectorInput; frozen: ConnectorModel },
  now: Date,
): Promise<StoredRun | null> {
  const connectorUid = prospects.connector?.metadata.uid ?? '';
  if (request.mode === 'Validate') {
    const { scriptHash, environmentHash } = input;
    const validation = { id: request.uid, connectorUid, scriptHash, environmentHash, connector: frozen };
    await requestValidation(connection.pg, validation);
    return null;
  }
  const diffCheck = execution.spec.diffCheck?.enabled ?? frozen.diffCheck;
  const snapshot = { ...frozen, diffCheck: frozen.diffCheck || diffCheck };
  return insertRun(connection, request, { connectorUid, diffCheck, snapshot, input, file: prospects.file }, now);
}

interface Frozen {
  readonly connectorUid: string;
  readonly diffCheck: boolean;
  readonly snapshot: ConnectorModel;
  readonly input: ConnectorInput;
  readonly file: InputState;
}

async function insertRun(
  { pg }: SqlConnection,
  request: ExecutionRequest,
  { connectorUid, diffCheck, snapshot, input, file }: Frozen,
  now: Date,
): Promise<StoredRun> {
  const { uid, namespace, name, triggeredBy, mode } = request;
  let inputArtifact = file.kind === 'Stored' ? file.artifact : null;
  if (file.kind === 'Content') {
    inputArtifact = artifactId.input(uid);
    const artifact = {
      id: inputArtifact,
      namespace,
      executionId: uid,
      kind: 'Input',
      fileName: file.fileName,
    } as const;
    await storeArtifact(pg, artifact, oneBuffer(file.content));
  }
  const isScheduled = snapshot.type === 'Scheduler';
  const created = await insertExecution(pg, {
    id: uid,
    mode,
    diffCheck,
    chunkRows: CHUNK_ROWS,
    snapshot: { connector: snapshot, objects: input.objects },
    inputName: 'fileName' in file ? file.fileName : null,
    triggeredBy,
    scheduledTime: request.scheduledTime ?? (isScheduled ? now.toISOString() : null),
    startedAt: now.toISOString(),
    phase: 'Pending',
    name,
    connectorUid,
    inputArtifact,
  });
  return begunRun(created);
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source of pieces is asynchronous
async function* oneBuffer(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
