import { randomUUID } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { AppError } from '../../core/errors/app-error.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS } from '../api/kinds.ts';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import { quantityBytes } from '../settings/settings.ts';

/** Who asked for an execution, where it was not `kubectl create`. */
export const TRIGGERED_BY_ANNOTATION = 'smartconnectors.dev/triggered-by';

export interface Upload {
  readonly namespace: string;
  readonly connector: string;
  readonly fileName: string;
  readonly mode: 'Live' | 'DryRun';
  readonly content: Readable;
  readonly user: string;
}

export interface UploadAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface UploadPorts {
  readonly api: KubernetesApi;
  readonly now: () => Date;
  /** Stores a file whole or not at all. */
  readonly storeInput: (artifact: {
    readonly id: string;
    readonly namespace: string;
    readonly fileName: string;
    readonly content: Readable;
  }) => Promise<void>;
}

const DEFAULT_MAX_BYTES = '500Mi';
/** Of a name: with what is added it stays below the 63 characters of a label. */
const MAX_PREFIX = 40;

/**
 * Keeps a file and creates the execution that runs it. The file is stored first: an execution never lacks its input.
 *
 * @throws AppError `NotFound`, `TooLarge`, `WrongType`
 */
export async function acceptUpload(upload: Upload, ports: UploadPorts): Promise<UploadAnswer> {
  const { namespace, fileName, user, mode } = upload;
  const connector = await ports.api.get(CONNECTORS, { namespace, name: upload.connector });
  if (connector === null) {
    throw fault('NotFound', `there is no SmartConnector ${upload.connector} in namespace ${namespace}`);
  }
  if (connector.spec.type === 'Scheduler') {
    throw fault('WrongType', `connector ${upload.connector} is of type Scheduler and takes no file`);
  }
  const maxBytes = quantityBytes(connector.spec.spreadsheet?.maxBytes ?? DEFAULT_MAX_BYTES);
  const id = `upload-${randomUUID()}`;
  const content = upload.content.pipe(
    limitBytes(maxBytes, `spec.spreadsheet.maxBytes of connector ${upload.connector}`),
  );
  upload.content.on('error', (error) => content.destroy(error));
  await ports.storeInput({ id, namespace, fileName, content });
  const created = await ports.api.create(EXECUTIONS, {
    apiVersion: API_VERSION,
    kind: EXECUTIONS.kind,
    metadata: {
      name: `${upload.connector.slice(0, MAX_PREFIX)}-${stamp(ports.now())}-${id.slice(-6)}`,
      namespace,
      annotations: { [TRIGGERED_BY_ANNOTATION]: user },
    },
    spec: { connector: upload.connector, mode, input: { artifact: { id, fileName } } },
  });
  if (created === null) throw fault('Conflict', 'an execution of that name exists; send the file again');
  return { namespace, name: created.metadata.name, uid: created.metadata.uid };
}

/** `20260131-060000`: names sort by time. */
const stamp = (now: Date): string => now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);

function limitBytes(maxBytes: number, setting: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        done(fault('TooLarge', `the file has more than ${maxBytes} bytes, the limit of ${setting}`));
      else done(null, chunk);
    },
  });
}

const fault = (code: string, message: string): AppError => new AppError({ code, class: 'terminal', message });
