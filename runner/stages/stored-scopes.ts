import { AppError } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { SqlResult } from '../../core/model/stages.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { isThere } from './finish.ts';

/**
 * The scopes of an execution that are stored, by name.
 *
 * @param bound the connector with every scope named
 * @param connector as it was frozen: the scope that it does not name is stored under no name
 */
export async function storedScopes(
  bound: ConnectorModel,
  connector: ConnectorModel,
  sql: SqlResult | null,
  files: ExecutionFiles,
): Promise<Map<string, StoredScope>> {
  const scopes = new Map<string, StoredScope>();
  for (const [index, scope] of bound.scopes.entries()) {
    const table = sql?.scopes.find((one) => one.name === scope.name);
    const path = files.scope(connector.scopes[index]?.name ?? scope.name);
    if (table !== undefined && (await isThere(path)))
      scopes.set(scope.name, { table, variables: scope.variables, path });
  }
  return scopes;
}

/**
 * As storedScopes, for a run that is to load them.
 *
 * @throws AppError `ArtifactGone` where the file of a scope is not there: its rows would be lost without a word
 */
export async function requireScopes(
  bound: ConnectorModel,
  connector: ConnectorModel,
  sql: SqlResult,
  files: ExecutionFiles,
): Promise<Map<string, StoredScope>> {
  const scopes = await storedScopes(bound, connector, sql, files);
  const gone = bound.scopes.findIndex(({ name }) => !scopes.has(name) && sql.scopes.some((one) => one.name === name));
  if (gone < 0) return scopes;
  const path = files.scope(connector.scopes[gone]?.name ?? bound.scopes[gone]?.name ?? '');
  throw new AppError({
    code: 'ArtifactGone',
    class: 'waiting',
    message:
      `${path}: the rows of scope ${bound.scopes[gone]?.name ?? ''}, which the SQL of this execution left there, are gone; ` +
      'put the file back and give the command again, or run the input anew as another execution',
  });
}
