import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { AppError, invalid } from '../../../core/errors/app-error.ts';
import { TRIGGERED_BY_ANNOTATION } from '../../../operator/api/annotations.ts';
import { executionName, timeStamp } from '../../../operator/api/execution-name.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, type ConnectorResource } from '../../../operator/api/kinds.ts';
import { awaitedArtifact } from '../../../operator/api/upload-key.ts';
import { inputLimit } from '../../../operator/http/input-limit.ts';
import type { NewResource } from '../../../operator/runtime/kubernetes-api.ts';
import type { Key } from '../../../operator/runtime/resource.ts';
import { EXIT } from '../../exit-status.ts';
import { checkInput } from '../../input-file.ts';
import { formatCount } from '../../render-run.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { retryTransient } from '../retry-transient.ts';
import { sendInput, type InputFile } from '../send-input.ts';
import { readUserName } from '../user-name.ts';
import { followCommand } from './follow.ts';

export interface RunOptions {
  readonly input?: string;
  readonly dryRun?: boolean;
  /** False with --no-diff-check. */
  readonly diffCheck: boolean;
  /** False with --no-follow. */
  readonly follow: boolean;
}

/**
 * `kubectl smartconnector run CONNECTOR`: creates the execution as the user of the kubeconfig, sends its file with a key whose
 * hash the execution names, and follows it. Exit status as `smartconnector run`.
 */
export async function runCommand(context: ClusterContext, name: string, options: RunOptions): Promise<number> {
  const { api, namespace, terminal, output, retry } = context;
  const connector = await retryTransient(() => api.get(CONNECTORS, { namespace, name }), retry);
  if (connector === null) {
    const message = `there is no SmartConnector ${name} in namespace ${namespace}; "kubectl -n ${namespace} get smartconnectors" lists them`;
    throw invalid(message, [], 'ConnectorNotFound');
  }
  const file = await readInputFile(connector, options.input);
  const uploadKey = randomBytes(32).toString('base64url');
  const execution = await create(context, connector, options, file, uploadKey);
  if (output === 'text') terminal.err(`execution ${execution.name}`);
  if (file !== null) await send(context, execution, uploadKey, file);
  if (options.follow) return followCommand(context, execution);
  terminal.out(output === 'json' ? JSON.stringify({ execution: execution.name, namespace }) : execution.name);
  return EXIT.succeeded;
}

async function readInputFile(connector: ConnectorResource, given: string | undefined): Promise<InputFile | null> {
  const path = given === undefined ? null : resolve(given);
  await checkInput(connector.spec.type, connector.metadata.name, path);
  if (path === null) return null;
  const { size } = await stat(path);
  const limit = inputLimit(connector);
  if (size <= limit.bytes) return { path, name: basename(path), bytes: size };
  throw invalid(
    `--input ${path}: it has ${formatCount(size)} bytes, and ${limit.setting} allows ${formatCount(limit.bytes)}`,
    [],
    'TooLarge',
  );
}

async function create(
  { api, namespace, now, retry }: ClusterContext,
  { metadata }: ConnectorResource,
  options: RunOptions,
  file: InputFile | null,
  uploadKey: string,
): Promise<Key> {
  const name = executionName(metadata.name, `${timeStamp(now())}-${randomBytes(3).toString('hex')}`);
  const user = await readUserName(api);
  const execution: NewResource = {
    apiVersion: API_VERSION,
    kind: EXECUTIONS.kind,
    metadata: { name, namespace, ...(user === null ? {} : { annotations: { [TRIGGERED_BY_ANNOTATION]: user } }) },
    spec: {
      connector: metadata.name,
      mode: options.dryRun === true ? 'DryRun' : 'Live',
      ...(file === null ? {} : { input: { artifact: { id: awaitedArtifact(uploadKey), fileName: file.name } } }),
      ...(options.diffCheck ? {} : { diffCheck: { enabled: false } }),
    },
  };
  let requests = 0;
  const created = await retryTransient(() => {
    requests += 1;
    return api.create(EXECUTIONS, execution);
  }, retry);
  // One that is there when it is asked for again is ours: the request came through, and its answer was lost.
  if (created !== null || requests > 1) return { namespace, name };
  throw new AppError({ code: 'Conflict', class: 'transient', message: `an execution ${name} exists; run it again` });
}

/** Without its file the execution would only wait: where that does not come, it is cancelled. */
async function send(context: ClusterContext, execution: Key, uploadKey: string, file: InputFile): Promise<void> {
  const { api, endpoint, retry, terminal } = context;
  const onBytes = (sent: number): void => {
    const percent = file.bytes === 0 ? 100 : Math.floor((100 * sent) / file.bytes);
    terminal.progress(`sending ${file.name}: ${formatCount(sent)} of ${formatCount(file.bytes)} bytes (${percent} %)`);
  };
  try {
    await sendInput(execution, uploadKey, file, { ...retry, endpoint, onBytes });
  } catch (error) {
    const isCancelled = await api.patch(EXECUTIONS, execution, { spec: { cancel: true } }).then(
      () => true,
      () => false,
    );
    const left = isCancelled
      ? `execution ${execution.name} was cancelled, nothing was run`
      : `execution ${execution.name} waits for its file and could not be cancelled; delete it`;
    if (retry.signal.aborted) {
      throw new AppError({ code: 'Interrupted', class: 'terminal', message: `interrupted: ${left}`, cause: error });
    }
    if (!(error instanceof AppError)) throw error;
    const { code, details } = error;
    throw new AppError({ code, class: error.class, message: `${error.message}; ${left}`, details, cause: error });
  } finally {
    terminal.progress('');
  }
}
