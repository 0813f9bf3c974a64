import { invalid } from '../../core/errors/app-error.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import { findObjects } from '../../runner/executions/objects.ts';
import { archiveRecords, readRecords } from '../../runner/postgres/records.ts';
import { renderWhere } from '../../runner/postgres/where.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { withDatabase } from '../session.ts';
import { renderTable } from '../terminal.ts';
import type { CommandContext } from '../command-context.ts';

interface FoundObject {
  readonly object: ObjectModel;
  /** All objects of its namespace, for the names of relationships seen from the other side. */
  readonly objects: readonly ObjectModel[];
}

/** The object of a name. @throws AppError where there is none, or several. */
export async function requireObject(pool: SqlPool, name: string, namespace: string | null): Promise<FoundObject> {
  const objects = await pool.withConnection((connection) => findObjects(connection.pg, namespace));
  const found = objects.filter((object) => object.name === name);
  const [object, second] = found;
  if (object !== undefined && second === undefined) {
    return { object, objects: objects.filter((one) => one.namespace === object.namespace) };
  }
  if (object === undefined) {
    const names = objects.map((one) => one.name).join(', ');
    throw invalid(
      `there is no object ${name} in the database${names === '' ? ': a live run of a connector makes its objects' : `; there is ${names}`}`,
      [],
      'ObjectNotFound',
    );
  }
  throw invalid(
    `several namespaces have an object ${name}: name one with --namespace (${found.map((one) => one.namespace).join(', ')})`,
  );
}

/** A value as people read it in a table. */
export const asText = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : Array.isArray(value)
      ? value.join('; ')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);

/** Quoted where a reader would need it; text that a spreadsheet would take for a formula stays as it is: this is data. */
const csvCell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export interface RecordsOptions {
  readonly where?: readonly string[];
  readonly archived?: boolean;
  readonly limit?: string;
  readonly output?: string;
}

/** `smartconnector records OBJECT`: live records, or those in the archive too. */
export async function recordsCommand(
  { config, terminal }: CommandContext,
  name: string,
  options: RecordsOptions,
): Promise<number> {
  const format = options.output ?? 'table';
  if (!['table', 'json', 'csv', 'text'].includes(format))
    throw invalid(`--output ${format}: there is table, json and csv`);
  const limit = options.limit === undefined ? null : Number(options.limit);
  if (limit !== null && (!Number.isSafeInteger(limit) || limit < 0)) throw invalid('--limit: give a whole number');
  await withDatabase(config, async (pool) => {
    const { object, objects } = await requireObject(pool, name, config.namespace);
    const where = renderWhere(object, options.where ?? [], objects, 'r');
    await pool.withConnection(async (connection) => {
      const rows = readRecords(connection, object, {
        where,
        archived: options.archived === true,
        ...(limit === null ? {} : { limit }),
      });
      const collected: Readonly<Record<string, unknown>>[] = [];
      let first = true;
      const columns = [
        'id',
        ...object.fields.map((field) => field.name),
        'archived_at',
        'created_at',
        'updated_at',
        'execution_id',
      ];
      if (format === 'csv') terminal.out(columns.map(csvCell).join(','));
      for await (const row of rows) {
        if (format === 'json') terminal.out(`${first ? '[' : ','}${JSON.stringify(row)}`);
        else if (format === 'csv') terminal.out(columns.map((column) => csvCell(asText(row[column]))).join(','));
        else collected.push(row);
        first = false;
      }
      if (format === 'json') terminal.out(first ? '[]' : ']');
      if (format !== 'table' && format !== 'text') return;
      const shown = columns.filter((column) => options.archived === true || column !== 'archived_at').slice(0, -3);
      const body = collected.map((row) => shown.map((column) => asText(row[column]).slice(0, 60)));
      terminal.out(collected.length === 0 ? 'no records' : renderTable([shown, ...body]));
    });
  });
  return 0;
}

/** `smartconnector archive OBJECT ID…`. */
export async function archiveCommand(
  { config, terminal }: CommandContext,
  name: string,
  ids: readonly string[],
): Promise<number> {
  const result = await withDatabase(config, async (pool) => {
    const { object } = await requireObject(pool, name, config.namespace);
    return archiveRecords(pool, object, ids);
  });
  if (result.missing.length > 0) {
    throw invalid(
      `object ${name} has no records ${result.missing.join(', ')}; archived ${result.archived.length}`,
      [],
      'RecordNotFound',
    );
  }
  terminal.out(
    config.output === 'json'
      ? JSON.stringify(result)
      : `archived ${result.archived.length} ${result.archived.length === 1 ? 'record' : 'records'} of ${name}`,
  );
  return 0;
}
