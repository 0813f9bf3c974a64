import { mkdir, open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { completeReading, mostInputBytes } from '../../core/intake/reading.ts';
import type { InputTable, IntakeResult } from '../../core/model/stages.ts';
import { messageOf } from '../../core/errors/app-error.ts';
import { BadInput } from './bad-input.ts';
import type { IntakeContext, IntakeRequest } from './intake-context.ts';
import { IntakeWarnings } from './intake-warnings.ts';
import { writeScheduleTable } from './schedule-table.ts';
import { writeSpreadsheetTables } from './spreadsheet-tables.ts';
import { writeWebhookTables } from './webhook-tables.ts';

/**
 * The first stage of a run: turns the input, whatever its format, into TabSeparated tables in the workspace. Input that
 * cannot be read is the `failure` of the result, with the place and what to do; only broken machinery (a full disk, a
 * workspace that is not there) throws.
 */
export async function runIntake(request: IntakeRequest): Promise<IntakeResult> {
  const warnings = new IntakeWarnings();
  try {
    await mkdir(join(request.workspace, 'tables'), { recursive: true });
    const tables = await writeTables(request, warnings);
    return { tables, warnings: warnings.list(), failure: null };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { tables: [], warnings: warnings.list(), failure: error.failure };
  }
}

async function writeTables(request: IntakeRequest, warnings: IntakeWarnings): Promise<InputTable[]> {
  const { connector, inputPath } = request;
  const tablePath: IntakeContext['tablePath'] = (page) => ({
    absolute: join(request.workspace, 'tables', `${page}.tsv`),
    relative: `tables/${page}.tsv`,
  });
  if (connector.type === 'Scheduler') {
    if (inputPath !== null) {
      const message = 'a connector of type Scheduler takes no input file';
      throw new BadInput('InputNotExpected', message, {
        file: request.fileName ?? basename(inputPath),
        hint: 'run it without one',
      });
    }
    return [await writeScheduleTable(request.scheduledTime, tablePath(0))];
  }
  if (inputPath === null) {
    throw new BadInput('InputMissing', `a connector of type ${connector.type} needs an input file`, {
      hint: 'name one',
    });
  }
  const fileName = request.fileName ?? basename(inputPath);
  const reading = completeReading(connector.spreadsheet);
  await checkReadable(inputPath, fileName, mostInputBytes(connector));
  const context: IntakeContext = { request, path: inputPath, fileName, reading, warnings, tablePath };
  return connector.type === 'Spreadsheet' ? writeSpreadsheetTables(context) : writeWebhookTables(context);
}

async function checkReadable(path: string, fileName: string, maxBytes: number | null): Promise<void> {
  let size: number;
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new Error('it is not a regular file');
    size = facts.size;
    await (await open(path, 'r')).close();
  } catch (error) {
    throw new BadInput('InputUnreadable', `${fileName} cannot be read: ${messageOf(error)}`, {
      file: fileName,
      hint: 'check the name and its permissions',
    });
  }
  if (maxBytes === null || size <= maxBytes) return;
  throw new BadInput('InputTooLarge', `${fileName} has ${size} bytes, and at most ${maxBytes} are accepted`, {
    file: fileName,
    path: 'spec.spreadsheet.maxBytes',
    hint: 'split the file, or raise the limit',
  });
}
