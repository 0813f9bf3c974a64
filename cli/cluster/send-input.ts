import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Transform } from 'node:stream';
import { invalid, type AppError } from '../../core/errors/app-error.ts';
import { UPLOAD_KEY_HEADER } from '../../operator/api/upload-key.ts';
import type { Key } from '../../operator/runtime/resource.ts';
import { endpointError, readAnswer } from './endpoint-answer.ts';
import type { OperatorEndpoint } from './operator-endpoint.ts';
import { retryTransient, type RetryPorts } from './retry-transient.ts';

export interface InputFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

export interface SendPorts extends RetryPorts {
  readonly endpoint: OperatorEndpoint;
  readonly onBytes: (sent: number) => void;
}

/**
 * Sends the file of an execution that waits for it. Sent again after an outage, it is stored once.
 *
 * @throws AppError what the operator says; `InputChanged` where the file was written to meanwhile
 */
export async function sendInput(execution: Key, key: string, file: InputFile, ports: SendPorts): Promise<void> {
  await retryTransient(() => sendOnce(execution, key, file, ports), ports);
}

async function sendOnce({ namespace, name }: Key, key: string, file: InputFile, ports: SendPorts): Promise<void> {
  const measured = measure(file, ports.onBytes);
  const path = `/v1/namespaces/${encodeURIComponent(namespace)}/executions/${encodeURIComponent(name)}/input`;
  const response = await ports.endpoint.open({
    method: 'PUT',
    path,
    headers: { [UPLOAD_KEY_HEADER]: key, 'content-type': 'application/octet-stream' },
    content: { stream: measured.stream, bytes: file.bytes },
    signal: ports.signal,
  });
  const text = await readAnswer(response);
  if (response.statusCode !== 200) throw endpointError(response.statusCode ?? 0, text, ports.endpoint);
  const { sha256 } = JSON.parse(text) as { sha256?: unknown };
  const sent = measured.sha256();
  // Null: the operator had the file before all of it was sent again.
  if (sent !== null && sha256 !== sent) {
    throw changed(file, 'what the operator has stored is not what was sent');
  }
}

interface Measured {
  readonly stream: Transform;
  /** Hex; null: not all of it went through. */
  readonly sha256: () => string | null;
}

/** The file as it was when its size was taken. */
function measure(file: InputFile, onBytes: (sent: number) => void): Measured {
  const hash = createHash('sha256');
  let sent = 0;
  let digest: string | null = null;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sent += chunk.length;
      onBytes(sent);
      done(null, chunk);
    },
    flush(done) {
      digest = hash.digest('hex');
      done(sent === file.bytes ? null : changed(file, `it has ${sent} bytes and had ${file.bytes}`));
    },
  });
  const end = file.bytes === 0 ? 0 : file.bytes - 1;
  pipeline(createReadStream(file.path, { end }), stream, () => undefined);
  return { stream, sha256: () => digest };
}

function changed({ path }: InputFile, why: string): AppError {
  return invalid(`--input ${path}: it was changed while it was sent: ${why}; run it again`, [], 'InputChanged');
}
