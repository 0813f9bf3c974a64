import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, messageOf } from '../../../core/errors/app-error.ts';
import { EXECUTIONS, type ExecutionResource } from '../../../operator/api/kinds.ts';
import { LINK_KEY_HEADER, type Download } from '../../../operator/http/artifact-link.ts';
import type { Key } from '../../../operator/runtime/resource.ts';
import { diskError } from '../../../runner/artifacts/disk-error.ts';
import { EXIT } from '../../exit-status.ts';
import { checkTargetFile } from '../../target-file.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { endpointError, readAnswer } from '../endpoint-answer.ts';
import { retryTransient } from '../retry-transient.ts';
import { noExecution } from './cancel.ts';

const LINK_OF = { 'report.xlsx': 'report', 'outcomes.ndjson.gz': 'outcomes', input: 'input' } as const;

/** `kubectl smartconnector report|outcomes|input EXECUTION`: brings the file of an execution here, whole or not at all. */
export async function downloadCommand(
  context: ClusterContext,
  key: Key,
  download: Download,
  options: { readonly file?: string },
): Promise<number> {
  const { api, terminal, output, retry } = context;
  const execution = await retryTransient(() => api.get(EXECUTIONS, key), retry);
  if (execution === null) throw noExecution(key);
  const linkKey = readLinkKey(execution, download);
  const target = resolve(options.file ?? defaultName(execution, download));
  await checkTargetFile('--file', target);
  const bytes = await retryTransient(() => fetchFile(context, execution, { download, linkKey, target }), retry);
  terminal.out(output === 'json' ? JSON.stringify({ execution: key.name, file: target, bytes }) : target);
  return EXIT.succeeded;
}

/** The key of the link in the status: whoever may read that may have the file. */
function readLinkKey({ metadata, status }: ExecutionResource, download: Download): string {
  const link = status?.links?.[LINK_OF[download]];
  const linkKey = link === undefined ? null : (URL.parse(link)?.searchParams.get('key') ?? null);
  if (linkKey !== null) return linkKey;
  const { namespace, name } = metadata;
  const why =
    status?.endedAt === undefined
      ? `it has not ended yet; "kubectl smartconnector follow ${name} -n ${namespace}" waits for that`
      : `it ended as ${status.phase ?? 'unknown'}; "kubectl -n ${namespace} describe sce ${name}" says why`;
  const message = `execution ${name} in namespace ${namespace} has no ${LINK_OF[download]}: ${why}`;
  throw new AppError({ code: 'ArtifactMissing', class: 'terminal', message });
}

function defaultName({ metadata, spec }: ExecutionResource, download: Download): string {
  if (download !== 'input') return `${metadata.name}-${download}`;
  return `${metadata.name}-${(spec.input?.artifact?.fileName ?? download).replaceAll(/[/\\]/g, '_')}`;
}

interface Wanted {
  readonly download: Download;
  readonly linkKey: string;
  readonly target: string;
}

async function fetchFile(
  { endpoint, retry }: ClusterContext,
  { metadata }: ExecutionResource,
  { download, linkKey, target }: Wanted,
): Promise<number> {
  const response = await endpoint.open({
    method: 'GET',
    path: `/v1/executions/${encodeURIComponent(metadata.uid)}/${download}`,
    headers: { [LINK_KEY_HEADER]: linkKey },
    signal: retry.signal,
  });
  if (response.statusCode !== 200) {
    throw endpointError(response.statusCode ?? 0, await readAnswer(response), endpoint);
  }
  const partial = `${target}.partial`;
  try {
    const bytes = await writeChecked(response, partial);
    await rename(partial, target);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw diskError(error);
  }
}

async function writeChecked(response: IncomingMessage, path: string): Promise<number> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        hash.update(part);
        bytes += part.length;
        yield part;
      }
    } catch (cause) {
      throw cutOff(`after ${bytes} bytes: ${messageOf(cause)}`, cause);
    }
  };
  // The response is no stream of the pipeline: that would fail with its error in place of what is made of it.
  // Opened before anything comes: a stream that opens it later may do so when it has been given up and removed already.
  const file = await open(path, 'w', 0o600);
  await pipeline(measured, file.createWriteStream());
  const expected = /sha-256=:([^:]+):/.exec(String(response.headers['repr-digest'] ?? ''))?.[1];
  if (expected !== undefined && expected !== hash.digest('base64')) throw cutOff('it is not what was stored');
  return bytes;
}

function cutOff(why: string, cause?: unknown): AppError {
  const message = `the file was not received whole: ${why}`;
  return new AppError({ code: 'EndpointUnavailable', class: 'transient', message, cause });
}
