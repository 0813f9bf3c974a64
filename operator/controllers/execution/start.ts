import { artifactId, storeArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { insertExecution } from '../../../runner/executions/executions.ts';
import { requestValidation } from '../../../runner/executions/validations.ts';
import { withTransaction, type SqlConnection } from '../../../runner/postgres/pool.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { freezeConnector } from '../../../runner/stages/freeze-connector.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import { readQueue } from '../../database/execution-queue.ts';
import { findRequest, holdRequest, markStarted, type ExecutionRequest } from '../../database/execution-requests.ts';
import { judgeStart } from './gate.ts';
import type { InputState, Observation, Prospects } from './observe.ts';
import type { ConnectorInput, ExecutionPorts } from './ports.ts';

/** Any number; whoever lets an execution start holds this advisory lock, so that no two take the same room. */
const QUEUE_LOCK = 7_205_301_116;

const CHUNK_ROWS = 10_000;

/**
 * Freezes what an execution runs and lets it start, in one transaction: with two operators at once, limits hold and
 * nothing starts twice.
 */
export async function start(observation: Observation, ports: ExecutionPorts): Promise<void> {
  const { prospects, request, execution } = observation;
  const input = prospects?.input;
  if (prospects == null || request === null || input?.connector == null) return;
  const frozen = request.mode === 'Validate' ? input.connector : await freezeConnector(input.connector);
  await withTransaction(ports.pool, async (connection) => {
    await connection.query(sql`SELECT pg_advisory_xact_lock(${QUEUE_LOCK})`);
    const now = await findRequest(connection, request.uid);
    if (now?.state !== 'Queued') return;
    const current: Prospects = { ...prospects, queue: await readQueue(connection, request) };
    const verdict = judgeStart(now, current, ports.settings.maxRunning);
    if (verdict.kind !== 'Start') {
      await holdRequest(connection, request.uid, verdict.reason, verdict.message);
      return;
    }
    const connectorUid = prospects.connector?.metadata.uid ?? '';
    if (request.mode === 'Validate') {
      const { scriptHash, environmentHash } = input;
      await requestValidation(connection.pg, {
        id: request.uid,
        connectorUid,
        scriptHash,
        environmentHash,
        connector: frozen,
      });
    } else {
      const diffCheck = execution.spec.diffCheck?.enabled ?? frozen.diffCheck;
      const snapshot = { ...frozen, diffCheck: frozen.diffCheck || diffCheck };
      await insertRun(
        connection,
        request,
        { connectorUid, diffCheck, snapshot, input, file: prospects.file },
        ports.now(),
      );
    }
    await markStarted(connection, request.uid, input.scriptHash);
  });
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
): Promise<void> {
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
  await insertExecution(pg, {
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
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source of pieces is asynchronous
async function* oneBuffer(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
