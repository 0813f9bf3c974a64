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
