import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import type { SqlResult } from '../../core/model/stages.ts';
import {
  artifactId,
  fetchArtifact,
  findArtifact,
  storeArtifact,
  type Artifact,
  type ArtifactKind,
} from '../artifacts/artifact-store.ts';
import { executionFiles, type ExecutionFiles } from '../artifacts/execution-files.ts';
import type { BaselinePorts } from '../diff/baseline.ts';
import type { Execution } from '../executions/executions.ts';
import { scopeFiles } from '../stages/sql-request.ts';
import { isThere } from '../stages/finish.ts';

const scopeId = (executionId: string, path: string): string => artifactId.scope(executionId, basename(path));

/** Stores the scopes of an execution, in the transaction of the caller. */
export async function storeScopeFiles(
  client: ClientBase,
  execution: Execution,
  result: SqlResult,
  files: ExecutionFiles,
): Promise<void> {
  for (const scope of result.scopes) {
    for (const [file, path] of scopeFiles(execution.snapshot.connector, scope, files)) {
      const id = scopeId(execution.id, path);
      const { sha256 } = await storeFile(client, execution, 'Scope', id, path, basename(path));
      if (file === scope.file && sha256 !== scope.sha256) throw changed(scope.file);
    }
  }
}

function changed(file: string): AppError {
  const message = `${file} in the workspace is not what the SQL stage counted and hashed, so nothing of it was stored`;
  return new AppError({ code: 'ScopeCutOff', class: 'transient', message });
}

/**
 * Brings the scopes that an earlier attempt stored into reach.
 *
 * @param ifGone `Leave`: what is no longer stored stays away; else AppError `ArtifactGone`
 */
export async function fetchScopeFiles(
  client: ClientBase,
  execution: Execution,
  files: ExecutionFiles,
  ifGone: 'Throw' | 'Leave',
): Promise<void> {
  if (execution.scopes === null) return;
  for (const path of pathsOf(execution, execution.scopes, files)) {
    if (await isThere(path)) continue;
    const id = scopeId(execution.id, path);
    if (ifGone === 'Leave' && (await findArtifact(client, id)) === null) continue;
    await fetchArtifact(client, id, path);
  }
}

/** Stores the outcomes and the workbook, in the transaction that ends the execution. */
export async function storeResultFiles(client: ClientBase, execution: Execution, files: ExecutionFiles): Promise<void> {
  const { id } = execution;
  const name = execution.name ?? id;
  await storeFile(client, execution, 'Outcomes', artifactId.outcomes(id), files.outcomes, `${name}.outcomes.ndjson.gz`);
  const index = `${name}.outcomes.index.json`;
  await storeFile(client, execution, 'OutcomeIndex', artifactId.outcomeIndex(id), files.outcomeIndex, index);
  await storeFile(client, execution, 'Report', artifactId.report(id), files.report, `${name}.xlsx`);
}

/** Row hashes of executions, fetched from where their scopes are stored into a directory of this attempt. */
export function storedRowHashes(client: ClientBase, { folds }: ExecutionFiles): BaselinePorts['rowHashes'] {
  return async (executionId, scope) => {
    const id = scopeId(executionId, executionFiles('', executionId).scopeHashes(scope));
    if ((await findArtifact(client, id)) === null) return null;
    await mkdir(folds, { recursive: true, mode: 0o700 });
    const path = join(folds, `rows-${encodeURIComponent(id)}`);
    await fetchArtifact(client, id, path);
    return path;
  };
}

const pathsOf = ({ snapshot }: Execution, result: SqlResult, files: ExecutionFiles): string[] =>
  result.scopes.flatMap((scope) => scopeFiles(snapshot.connector, scope, files)).map(([, path]) => path);

async function storeFile(
  client: ClientBase,
  { id: executionId, namespace }: Execution,
  kind: ArtifactKind,
  id: string,
  path: string,
  fileName: string,
): Promise<Artifact> {
  return storeArtifact(client, { id, namespace, executionId, kind, fileName }, path);
}
