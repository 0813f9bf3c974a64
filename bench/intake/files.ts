import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildRecord, COLUMNS, type SourceRecord } from '../data/record.ts';
import { ensureDataFile } from '../data/write-file.ts';
import { writeSpreadsheet } from './spreadsheet.ts';

/** A file to read, and what its table has to be. */
export interface InputFile {
  readonly path: string;
  readonly rows: number;
  /** SHA-256 of the bytes of the table. */
  readonly tableHash: string;
}

const SEED = 1;
const BATCH_CHARACTERS = 256 * 1024;

interface Inputs {
  readonly csv: InputFile;
  readonly xlsx: InputFile;
  /** SHA-256 of the table as the engine writes it from the CSV file by itself. */
  readonly engineTableHash: string;
}

/** The same records as CSV, of the whole benchmark, and as XLSX. A sheet has no more than 1,048,575 of them. */
export async function writeInputs(directory: string, rows: number): Promise<Inputs> {
  await mkdir(directory, { recursive: true });
  const csv = await ensureDataFile(directory, SEED, rows, 'first');
  const xlsx = join(directory, 'members.xlsx');
  await writeSpreadsheet(xlsx, () => recordsOf(rows));
  return {
    csv: { path: csv.path, rows, tableHash: hashTable(rows, COLUMNS.map(asText)) },
    xlsx: { path: xlsx, rows, tableHash: hashTable(rows, COLUMNS.map(asCell)) },
    engineTableHash: hashTable(rows, COLUMNS.map(asEngineText)),
  };
}

function* recordsOf(rows: number): Generator<SourceRecord> {
  for (let index = 0; index < rows; index += 1) yield buildRecord(SEED, index, 0);
}

type Render = (record: SourceRecord) => string;

/** As text has it, without blanks around. */
function asText(column: (typeof COLUMNS)[number]): Render {
  return (record) => record[column].trim();
}

/** The engine has an escape for apostrophes, which it reads with and without. */
function asEngineText(column: (typeof COLUMNS)[number]): Render {
  return (record) => record[column].trim().replaceAll("'", "\\'");
}

/** As a spreadsheet has it: a number without trailing zeros, a time without a zone, a day where it is midnight. */
function asCell(column: (typeof COLUMNS)[number]): Render {
  if (column === 'amount') return ({ amount }) => (amount === '' ? '' : String(Number(amount)));
  return column === 'seen_at' ? (record) => record.seen_at.replace(/T00:00:00Z|Z/, '') : asText(column);
}

/** The table that intake has to write: the number of the row and its values, none of which intake escapes. */
function hashTable(rows: number, renders: readonly Render[]): string {
  const hash = createHash('sha256');
  let batch = '';
  let row = 0;
  for (const record of recordsOf(rows)) {
    row += 1;
    batch += `${row}\t${renders.map((render) => render(record) || '\\N').join('\t')}\n`;
    if (batch.length < BATCH_CHARACTERS) continue;
    hash.update(batch);
    batch = '';
  }
  return hash.update(batch).digest('hex');
}
