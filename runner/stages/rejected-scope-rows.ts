import { renderCsvHeader, renderCsvRow } from '../../core/intake/csv-row.ts';
import type { VariableValue } from '../../core/model/connector.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { readScope } from '../sql/scope-reader.ts';
import type { BadRows } from './trace-rejected.ts';

const BATCH_ROWS = 1000;

const asCell = (value: VariableValue | undefined): string | null =>
  value === undefined || value === null || typeof value === 'string' ? (value ?? null) : value.join(';');

/** Bad rows of the scopes as one CSV; of several scopes with their name in front and the columns of all. */
export async function* renderScopeRows(bad: BadRows, scopes: ReadonlyMap<string, StoredScope>): AsyncGenerator<string> {
  const named = [...bad.keys()].flatMap((name) => {
    const scope = scopes.get(name);
    return scope === undefined ? [] : [{ name, scope }];
  });
  const columns = [...new Set(named.flatMap(({ scope }) => scope.variables.map(({ column }) => column)))];
  const isMixed = named.length > 1;
  yield renderCsvHeader(isMixed ? ['scope', ...columns] : columns, ',');
  for (const { name, scope } of named) {
    const positions = columns.map((column) => scope.variables.findIndex((variable) => variable.column === column));
    for await (const batch of readScope(scope.path, scope.table, scope.variables, BATCH_ROWS)) {
      for (const { row, values } of batch) {
        if (bad.get(name)?.has(row) !== true) continue;
        const cells = positions.map((position) => asCell(values[position]));
        yield renderCsvRow(isMixed ? [name, ...cells] : cells, ',');
      }
    }
  }
}
