import type { ConnectorModel } from '../../core/model/connector.ts';
import { readTableNames } from '../intake/sample-names.ts';

/**
 * The connector as an execution keeps it: without the bytes of its sample, but with the names that the sample gives the
 * input tables, since the script is written for those.
 */
export async function freezeConnector(connector: ConnectorModel): Promise<ConnectorModel> {
  const { sql, spreadsheet } = connector;
  if (sql === null) return connector;
  const { sample } = sql;
  const isNamed = spreadsheet.tables.length > 0 || connector.type !== 'Spreadsheet';
  const tables =
    isNamed || sample === null
      ? spreadsheet.tables
      : (await readTableNames(sample)).map((name) => ({ name, columns: null }));
  return { ...connector, sql: { ...sql, sample: null }, spreadsheet: { ...spreadsheet, tables } };
}
