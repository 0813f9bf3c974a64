import type { ConnectorModel } from '../../core/model/connector.ts';

/**
 * Gives the scope that no manifest names the name it has in this run: without SQL, that of the input table. Everything
 * that people read then says the same name.
 */
export function bindOnlyScope(connector: ConnectorModel, name: string): ConnectorModel {
  const bind = (scope: string): string => (scope === '' ? name : scope);
  return {
    ...connector,
    scopes: connector.scopes.map((scope) => ({ ...scope, name: bind(scope.name) })),
    steps: connector.steps.map((step) => ({ ...step, scope: bind(step.scope) })),
  };
}
