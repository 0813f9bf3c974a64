import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import type { Outcome, RowStatus } from '../../core/model/outcome.ts';
import { compressOutcomes } from '../../runner/load/outcomes.ts';
import { escapeField } from '../../runner/sql/tab-separated.ts';
import { buildRecord, type SourceRecord } from '../data/record.ts';

export const KINDS = ['created', 'mixed'] as const;
/** `created`: every row made a record. `mixed`: half of them updated one, and some in a hundred have problems. */
export type Kind = (typeof KINDS)[number];

/** The files of an execution that a workbook is made of, with the counts that stand in its result. */
export interface SourceFiles {
  readonly scope: string;
  readonly outcomes: string;
  readonly outcomeIndex: string;
  readonly rows: number;
  readonly statuses: Readonly<Partial<Record<RowStatus, number>>>;
  readonly warned: number;
}

const CHUNK_ROWS = 5000;
const SEED = 1;

/** Writes the files of an execution of so many rows, in the forms in which the SQL and the load stage leave them. */
export async function writeFiles(directory: string, rows: number, kind: Kind): Promise<SourceFiles> {
  await mkdir(directory, { recursive: true });
  const scope = join(directory, 'members.tsv.zst');
  const outcomes = join(directory, 'outcomes.ndjson.gz');
  const outcomeIndex = join(directory, 'outcomes.index.json');
  const lines = createZstdCompress();
  const scopeDone = finished(lines.pipe(createWriteStream(scope)));
  const members = createWriteStream(outcomes);
  const statuses: Partial<Record<RowStatus, number>> = {};
  let warned = 0;
  let size = 0;
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    let scopeText = '';
    let outcomeText = '';
    for (let index = from; index < Math.min(from + CHUNK_ROWS, rows); index += 1) {
      const outcome = buildOutcome(index, kind);
      statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
      if (outcome.warnings.length > 0) warned += 1;
      scopeText += renderRow(index, outcome);
      outcomeText += `${JSON.stringify(outcome)}\n`;
    }
    const member = await compressOutcomes(outcomeText);
    size += member.length;
    if (!lines.write(scopeText)) await once(lines, 'drain');
    if (!members.write(member)) await once(members, 'drain');
  }
  lines.end();
  members.end();
  await Promise.all([scopeDone, finished(members)]);
  await writeFile(outcomeIndex, JSON.stringify([{ step: 'members', start: 0, end: size }]));
  return { scope, outcomes, outcomeIndex, rows, statuses, warned };
}

function valuesOf(record: SourceRecord): Record<string, string | boolean | null> {
  const { first_name: firstName, last_name: lastName, is_active: isActive, ...rest } = record;
  const texts = Object.entries({ ...rest, full_name: `${firstName} ${lastName}`.trim() });
  return {
    ...Object.fromEntries(texts.map(([name, text]) => [name, text === '' ? null : text])),
    is_active: isActive === '' ? null : isActive === 'true',
  };
}

function buildOutcome(index: number, kind: Kind): Outcome {
  const after = valuesOf(buildRecord(SEED, index, 1));
  const record = `01a21b00-3fcb-700a-8000-${index.toString(16).padStart(12, '0')}`;
  const of = (status: RowStatus, reason: string, rest: Partial<Outcome>): Outcome => ({
    // In the order in which the load stage writes them.
    ...{ row: index + 1, scope: 'members', step: 'members', object: 'member', status, reason, record, rule: 1 },
    ...{ before: null, after, errors: [], warnings: [] },
    ...rest,
  });
  if (kind === 'mixed' && index % 100 === 7) {
    const errors = [{ code: 'RequiredMissing', message: 'code is required and blank', variable: 'code' }];
    return of('Rejected', 'RequiredMissing', { record: null, rule: null, after: null, errors });
  }
  if (kind === 'mixed' && index % 100 === 8) {
    const errors = [{ code: 'TooLong', message: 'the text has more than 32 characters', field: 'code' }];
    return of('Failed', 'TooLong', { record: null, errors });
  }
  if (kind === 'created' || index % 2 === 0) {
    const isWarned = kind === 'mixed' && index % 50 === 4;
    const warnings = isWarned
      ? [{ code: 'NotANumber', message: 'amount: "12,x" is no Number', variable: 'amount' }]
      : [];
    return of('Created', 'NoMatch', { warnings });
  }
  return of('Updated', 'SingleMatch', { before: valuesOf(buildRecord(SEED, index, 0)) });
}

function renderRow(index: number, outcome: Outcome): string {
  const { code, full_name, email, amount, quantity, joined, seen_at, is_active } = valuesOf(
    buildRecord(SEED, index, 1),
  );
  const texts = [code, full_name, email, amount, quantity, joined, seen_at, is_active];
  const values = texts.map((value) => (value == null ? null : String(value)));
  const problems = [...outcome.errors, ...outcome.warnings].filter(({ variable }) => variable !== undefined);
  const told = problems.length === 0 ? null : JSON.stringify(problems);
  const flags = outcome.status === 'Rejected' ? 'R' : '';
  return `${[String(index + 1), String(index + 1), flags, told, ...values].map(escapeField).join('\t')}\n`;
}
