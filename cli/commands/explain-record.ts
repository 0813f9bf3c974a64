import { invalid } from '../../core/errors/app-error.ts';
import {
  explainRecord,
  type FieldExplanation,
  type RecordEvent,
  type RecordExplanation,
  type RecordSource,
} from '../../core/explain/explain-record.ts';
import type { FieldValues } from '../../core/model/outcome.ts';
import { findCreator, findHistory } from '../../runner/explain/record-history.ts';
import { readRecords } from '../../runner/postgres/records.ts';
import type { SqlConnection } from '../../runner/postgres/pool.ts';
import { raw, sql } from '../../runner/postgres/sql.ts';
import { withDatabase } from '../session.ts';
import { renderTable } from '../terminal.ts';
import { asText, requireObject } from './records.ts';
import type { CommandContext } from '../command-context.ts';

export interface ExplainRecordOptions {
  readonly limit: string;
  readonly executions: string;
}

const RECORD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function parseCount(text: string, option: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw invalid(`${option}: give a whole number from 1`);
  return count;
}

/** `smartconnector explain-record OBJECT ID`: who wrote what of a record, and what changed outside of executions. */
export async function explainRecordCommand(
  { config, terminal }: CommandContext,
  name: string,
  recordId: string,
  options: ExplainRecordOptions,
): Promise<number> {
  const id = recordId.toLowerCase();
  if (!RECORD_ID.test(id)) {
    throw invalid(
      `${JSON.stringify(recordId)} is no record id; write one such as 0198c5a2-7b1e-7000-8000-000000000000`,
    );
  }
  const events = parseCount(options.limit, '--limit');
  const executions = parseCount(options.executions, '--executions');
  const explanation = await withDatabase(config, async (pool) => {
    const { object } = await requireObject(pool, name, config.namespace);
    return pool.withConnection(async (connection) => {
      const record = await readOne(connection, object, id);
      if (record === null) throw invalid(`object ${name} has no record ${id}`, [], 'RecordNotFound');
      const creator = await findCreator(connection.pg, object, id);
      const history = await findHistory(connection.pg, { object, record, events, executions });
      const explained = explainRecord(object, record, creator, history);
      return { ...explained, history: explained.history.slice(0, events) };
    });
  });
  terminal.out(config.output === 'json' ? JSON.stringify(explanation) : renderExplanation(explanation).join('\n'));
  return 0;
}

async function readOne(
  connection: SqlConnection,
  object: Parameters<typeof readRecords>[1],
  id: string,
): Promise<FieldValues | null> {
  const rows = readRecords(connection, object, { where: sql`${raw('r.id')} = ${id}::uuid`, archived: true });
  for await (const row of rows) return row;
  return null;
}

const nameOf = ({ execution, connector, reverts }: Pick<RecordSource, 'execution' | 'connector' | 'reverts'>): string =>
  `${execution} (${connector}${reverts === null ? '' : `, reverts ${reverts}`})`;

const placeOf = (source: RecordSource): string =>
  `by execution ${nameOf(source)}, step ${source.step}, row ${source.row}`;

function renderLife({
  createdAt,
  createdBy,
  archivedAt,
  archivedBy,
  unarchivedBy,
  complete,
}: RecordExplanation): string[] {
  const outside = complete ? 'outside of executions' : 'by nobody that was found';
  const lines = [`created ${createdAt ?? ''} ${createdBy === null ? outside : placeOf(createdBy)}`];
  if (archivedAt !== null) lines.push(`archived ${archivedAt} ${archivedBy === null ? outside : placeOf(archivedBy)}`);
  else if (unarchivedBy !== null) lines.push(`unarchived ${placeOf(unarchivedBy)}`);
  return lines;
}

const shorten = (value: unknown): string => {
  const text = asText(value).replaceAll('\n', ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

function renderField({ field, value, state, source, written }: FieldExplanation): string[] {
  const notes: Readonly<Record<FieldExplanation['state'], string>> = {
    AsWritten: '',
    ChangedOutside:
      source === null
        ? 'set outside of executions'
        : `changed outside of executions; was ${written === null ? 'blank' : shorten(written)}`,
    NeverWritten: 'never written',
    Unknown: 'not found; search more with --executions and --limit',
  };
  const { step = '', row = '', rule = null, reason = null, startedAt = '' } = source ?? {};
  const by = source === null ? '' : nameOf(source);
  return [field, shorten(value), by, startedAt, step, String(row), String(rule ?? ''), reason ?? '', notes[state]];
}

function renderEvent(event: RecordEvent): string[] {
  const names = Object.keys(event.after ?? {});
  const changes = names.map((name) => {
    const after = shorten(event.after?.[name] ?? null);
    return event.before === null ? `${name}=${after}` : `${name}: ${shorten(event.before[name] ?? null)} → ${after}`;
  });
  const { startedAt, step, row, status, reason } = event;
  return [startedAt, nameOf(event), step, String(row), status, reason ?? '', changes.join('; ')];
}

function renderExplanation(explanation: RecordExplanation): string[] {
  const { object, record, fields, history, complete } = explanation;
  const fieldHead = ['FIELD', 'VALUE', 'WRITTEN BY', 'STARTED', 'STEP', 'ROW', 'RULE', 'REASON', ''];
  const eventHead = ['STARTED', 'EXECUTION', 'STEP', 'ROW', 'STATUS', 'REASON', 'CHANGES'];
  return [
    `${object} ${record}`,
    ...renderLife(explanation),
    '',
    renderTable([fieldHead, ...fields.map(renderField)]),
    '',
    history.length === 0 ? 'no execution reached this record' : renderTable([eventHead, ...history.map(renderEvent)]),
    ...(complete ? [] : ['older executions were not searched; see --limit and --executions']),
  ];
}
