import { createHash, randomUUID } from 'node:crypto';
import { type Readable, type Transform } from 'node:stream';
import type { AppError } from '../../core/errors/app-error.ts';
import { TRIGGERED_BY_ANNOTATION } from '../api/annotations.ts';
import { executionName, timeStamp } from '../api/execution-name.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, type ConnectorResource } from '../api/kinds.ts';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import type { Key } from '../runtime/resource.ts';
import { inputLimit } from './input-limit.ts';
import { refusal } from './refusal.ts';
import { checkAnnounced, limitTransfer } from './transfer-limits.ts';

export interface Upload {
  readonly namespace: string;
  readonly connector: string;
  readonly fileName: string;
  readonly mode: 'Live' | 'DryRun';
  readonly body: UploadBody;
  readonly user: string;
  /** The same key of the same user is the same upload, however often it is sent; null: each is one of its own. */
  readonly idempotencyKey: string | null;
}

export interface UploadBody {
  readonly content: Readable;
  /** As the request says. */
  readonly contentLength: string | undefined;
}

export interface UploadAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A file as it is stored. */
export interface StoredInput {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface UploadPorts {
  readonly api: KubernetesApi;
  readonly now: () => Date;
  readonly monotonicNow: () => number;
  /** The only namespace that has an operator; null: all of them have. */
  readonly watchNamespace: string | null;
  /** Null: there is none of this id, or not all of it. */
  readonly findInput: (id: string) => Promise<StoredInput | null>;
  /** Stores a file whole or not at all. One that is there already stays, and nothing is read. */
  readonly storeInput: (artifact: {
    readonly id: string;
    readonly namespace: string;
    readonly fileName: string;
    readonly content: Readable;
  }) => Promise<StoredInput>;
  /** An execution that was taken into the queue at some time, also where its resource is gone. */
  readonly findExecution: (key: Key) => Promise<{ readonly uid: string; readonly mode: string } | null>;
}

/**
 * Keeps a file and creates the execution that runs it. The file is stored first: an execution never lacks its input.
 *
 * @throws AppError `NotFound`, `TooLarge`, `TooSlow`, `WrongType`, `Conflict`
 */
export async function acceptUpload(upload: Upload, ports: UploadPorts): Promise<UploadAnswer> {
  const { namespace, fileName, user, mode } = upload;
  const connector = await requireConnector({ namespace, name: upload.connector }, ports);
  const { id, name } = identify(upload, ports.now());
  const known = upload.idempotencyKey === null ? null : await findEarlier({ namespace, name }, upload, id, ports);
  if (known !== null) return known;
  const content = limited(upload.body, connector, ports);
  await ports.storeInput({ id, namespace, fileName, content });
  const created = await ports.api.create(EXECUTIONS, {
    apiVersion: API_VERSION,
    kind: EXECUTIONS.kind,
    metadata: { name, namespace, annotations: { [TRIGGERED_BY_ANNOTATION]: user } },
    spec: { connector: upload.connector, mode, input: { artifact: { id, fileName } } },
  });
  if (created !== null) return { namespace, name, uid: created.metadata.uid };
  const earlier = await findEarlier({ namespace, name }, upload, id, ports);
  if (earlier !== null) return earlier;
  throw refusal('Conflict', `an execution ${name} exists in namespace ${namespace}; send the file again`);
}

/** The connector that takes the file. @throws AppError `NotFound`, `WrongType` */
export async function requireConnector(
  key: Key,
  { api, watchNamespace }: Pick<UploadPorts, 'api' | 'watchNamespace'>,
): Promise<ConnectorResource> {
  const { namespace, name } = key;
  if (watchNamespace !== null && namespace !== watchNamespace) {
    throw refusal('NotFound', `this operator looks after namespace ${watchNamespace} only, not after ${namespace}`);
  }
  const connector = await api.get(CONNECTORS, key);
  if (connector === null) throw refusal('NotFound', `there is no SmartConnector ${name} in namespace ${namespace}`);
  if (connector.spec.type === 'Scheduler') {
    throw refusal('WrongType', `connector ${name} is of type Scheduler and takes no file`);
  }
  return connector;
}

/** The body, held to the limits of the connector. @throws AppError `TooLarge` before anything is read */
export function limited(
  { content, contentLength }: UploadBody,
  connector: ConnectorResource,
  { monotonicNow }: Pick<UploadPorts, 'monotonicNow'>,
): Transform {
  const limit = inputLimit(connector);
  checkAnnounced(contentLength, limit);
  // Whoever went away while he was being judged tells nobody again.
  if (content.destroyed) throw cutOff();
  const passed = limitTransfer(limit, monotonicNow);
  content.on('error', () => passed.destroy(cutOff()));
  // A sender who goes away in the middle may end the connection without an error.
  content.on('close', () => {
    if (!content.readableEnded) passed.destroy(cutOff());
  });
  return content.pipe(passed);
}

/** What an upload is called; with a key, the same each time. */
function identify(upload: Upload, now: Date): { readonly id: string; readonly name: string } {
  const { namespace, connector, user, idempotencyKey } = upload;
  if (idempotencyKey === null) {
    const id = `upload-${randomUUID()}`;
    return { id, name: executionName(connector, `${timeStamp(now)}-${id.slice(-6)}`) };
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([namespace, connector, user, idempotencyKey]))
    .digest('hex');
  return { id: `upload-${hash}`, name: executionName(connector, hash.slice(0, 16)) };
}

/** What the same key has led to before, also where its resource has been tidied away since. */
async function findEarlier(
  key: Key,
  { mode }: Upload,
  id: string,
  { api, findExecution }: UploadPorts,
): Promise<UploadAnswer | null> {
  const existing = await api.get(EXECUTIONS, key);
  if (existing !== null && existing.spec.input?.artifact?.id !== id) return null;
  const earlier =
    existing === null ? await findExecution(key) : { uid: existing.metadata.uid, mode: existing.spec.mode ?? 'Live' };
  if (earlier === null) return null;
  if (earlier.mode === mode) return { ...key, uid: earlier.uid };
  throw refusal(
    'Conflict',
    `the idempotency key was used for a run of mode ${earlier.mode} already, execution ${key.name}; send another key`,
  );
}

const cutOff = (): AppError => refusal('CutOff', 'the file was cut off while it was sent; nothing of it is kept');
