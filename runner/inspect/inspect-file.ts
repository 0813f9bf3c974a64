import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '../../core/errors/app-error.ts';
import { TableProfile, type InspectedTable, type Inspection } from '../../core/inspect/inspection.ts';
import { pairCandidates, PairSearch } from '../../core/inspect/key-pair.ts';
import { completeReading, type PartialReading } from '../../core/intake/reading.ts';
import type { InputTable } from '../../core/model/stages.ts';
import { readInputRows } from '../intake/input-rows.ts';
import { runIntake } from '../intake/run-intake.ts';

export interface InspectRequest {
  readonly path: string;
  readonly fileName: string;
  readonly reading: PartialReading;
  /** The country of phone numbers that name none. */
  readonly phoneRegion: string | null;
  /** Told of now and then while rows are looked at. */
  readonly onProgress: (table: string, rows: number) => void;
}

export interface InspectedFile extends Inspection {
  /** The first rows of each table, in the order of the tables. */
  readonly samples: readonly (readonly (readonly (string | null)[])[])[];
}

const SAMPLE_ROWS = 20;
const PROGRESS_ROWS = 10_000;

/**
 * Reads a file as a run would, into a temporary directory, and looks at every value once. Memory does not grow with the
 * rows but for the count of distinct values, which is bounded. Null where `signal` stopped it.
 *
 * @throws AppError `Invalid` with the place where the file cannot be read
 */
export async function inspectFile(request: InspectRequest, signal: AbortSignal): Promise<InspectedFile | null> {
  const workspace = await mkdtemp(join(tmpdir(), 'smartconnector-inspect-'));
  try {
    const spreadsheet = completeReading({ maxBytes: Number.MAX_SAFE_INTEGER, ...request.reading });
    const intake = await runIntake({
      connector: { type: 'Spreadsheet', spreadsheet, webhook: { bodySchema: null }, sql: null },
      inputPath: request.path,
      fileName: request.fileName,
      workspace,
      scheduledTime: new Date(0).toISOString(),
    });
    if (intake.failure !== null) throw invalid(intake.failure.message, intake.failure.details, intake.failure.code);
    const tables: InspectedTable[] = [];
    const samples: (readonly (string | null)[])[][] = [];
    for (const table of intake.tables) {
      const sample: (readonly (string | null)[])[] = [];
      tables.push(await inspectTable(table, workspace, sample, request, signal));
      if (signal.aborted) return null;
      samples.push(sample);
    }
    return { file: request.fileName, tables, warnings: intake.warnings, samples };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function inspectTable(
  table: InputTable,
  workspace: string,
  sample: (readonly (string | null)[])[],
  { phoneRegion, onProgress }: InspectRequest,
  signal: AbortSignal,
): Promise<InspectedTable> {
  const profile = new TableProfile(table.columns.length, phoneRegion);
  for await (const { row, cells } of readInputRows(table, workspace, () => true)) {
    profile.add(row, cells);
    if (sample.length < SAMPLE_ROWS) sample.push(cells);
    if (row % PROGRESS_ROWS !== 0) continue;
    onProgress(table.name, row);
    if (signal.aborted) break;
  }
  const columns = table.columns.map(({ name }) => name);
  const inspected = profile.conclude({
    name: table.name,
    rows: table.rows,
    delimiter: table.written?.delimiter ?? null,
    columns,
    headers: table.headers,
  });
  return { ...inspected, keyPair: await findKeyPair(table, inspected, workspace, signal) };
}

/** Goes over the rows once more, where no column tells them apart. */
async function findKeyPair(
  table: InputTable,
  { columns, key, rows }: Pick<InspectedTable, 'columns' | 'key' | 'rows'>,
  workspace: string,
  signal: AbortSignal,
): Promise<InspectedTable['keyPair']> {
  const candidates = columns.map((column) => ({ ...column, rows }));
  const search = new PairSearch(pairCandidates(candidates, key));
  if (search.isOver()) return null;
  for await (const { row, cells } of readInputRows(table, workspace, () => true)) {
    search.add(cells);
    if (search.isOver() || (row % PROGRESS_ROWS === 0 && signal.aborted)) return null;
  }
  const { best } = search;
  return best === null ? null : [columns[best[0]]?.name ?? '', columns[best[1]]?.name ?? ''];
}
