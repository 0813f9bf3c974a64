import type { SmartConnectorExecutionStatus } from '../../core/generated/types.ts';
import { INPUT_SHA256_ANNOTATION } from '../api/annotations.ts';
import { EXECUTIONS, type ExecutionResource } from '../api/kinds.ts';
import { awaitedArtifact, isUploadKey } from '../api/upload-key.ts';
import type { Key } from '../runtime/resource.ts';
import { refusal } from './refusal.ts';
import {
  limited,
  requireConnector,
  type StoredInput,
  type UploadAnswer,
  type UploadBody,
  type UploadPorts,
} from './uploads.ts';

export interface AwaitedInput {
  readonly execution: Key;
  /** Empty: none was sent. */
  readonly key: string;
  readonly body: UploadBody;
}

export type AwaitedAnswer = UploadAnswer & StoredInput;

const DEFAULT_NAME = 'input';

/**
 * Takes the file of an execution that was created before it. The key says that the sender is who created the execution, and
 * the API server has let him do that: no token is asked for. Sent again, the file that is stored stays.
 *
 * @throws AppError `Unauthenticated`, `NotFound`, `NotWaiting`, `TooLarge`, `TooSlow`
 */
export async function acceptAwaitedInput(
  { execution: place, key, body }: AwaitedInput,
  ports: UploadPorts,
): Promise<AwaitedAnswer> {
  const { namespace, name } = place;
  if (!isUploadKey(key)) throw refusal('Unauthenticated', 'send the key of the upload whose hash the execution names');
  const execution = await ports.api.get(EXECUTIONS, place);
  const artifact = execution?.spec.input?.artifact;
  // Whoever has no key is not told what there is.
  if (execution == null || artifact?.id !== awaitedArtifact(key)) {
    throw refusal('NotFound', `no execution ${name} of namespace ${namespace} waits for a file with this key`);
  }
  const { uid } = execution.metadata;
  const stored = (await ports.findInput(artifact.id)) ?? (await store(execution, artifact, body, ports));
  // Tells whoever waits for it. Done again, it changes nothing.
  await ports.api.patch(EXECUTIONS, place, {
    metadata: { uid, annotations: { [INPUT_SHA256_ANNOTATION]: stored.sha256 } },
  });
  return { namespace, name, uid, ...stored };
}

async function store(
  { metadata, spec, status }: ExecutionResource,
  { id, fileName = DEFAULT_NAME }: { readonly id: string; readonly fileName?: string },
  body: UploadBody,
  ports: UploadPorts,
): Promise<StoredInput> {
  const { namespace, name } = metadata;
  const why = whyNotWaiting(status, spec.cancel === true || metadata.deletionTimestamp !== undefined);
  if (why !== null) throw refusal('NotWaiting', `execution ${name} takes no file any more: ${why}; create another one`);
  const connector = await requireConnector({ namespace, name: spec.connector }, ports);
  return ports.storeInput({ id, namespace, fileName, content: limited(body, connector, ports) });
}

function whyNotWaiting(status: SmartConnectorExecutionStatus | undefined, isCancelled: boolean): string | null {
  if (status?.endedAt !== undefined) return `it ended as ${status.phase ?? 'unknown'}`;
  return isCancelled ? 'it is being cancelled' : null;
}
