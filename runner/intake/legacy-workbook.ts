import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dyingWithParent } from '../chdb/jail-levels.ts';
import { BadInput, renderBytes } from './bad-input.ts';
import {
  FAULT_CHANNEL,
  FILE_AT_FAULT,
  type LegacyEnd,
  type LegacyFault,
  type LegacyRow,
  type LegacySheets,
} from './legacy-lines.ts';
import type { ZipArchive } from './zip-archive.ts';
import { SheetRow } from '../../core/intake/sheet-row.ts';
import type { RowSink } from './sheet-rows.ts';
import type { SheetLosses } from './sheet-values.ts';
import type { SheetSource } from './sheet-tables.ts';

/** The reader takes many times the size of the file, and what it unpacks is beside that. */
const MEMORY_MIB = 1024;
const MOST_BYTES = 256 * 1024 ** 2;
const TIMEOUT_MS = 10 * 60 * 1000;
const SAVE_AS = 'open it in a spreadsheet program and save it as XLSX';

/** The sheets of an .xls or .xlsb workbook, to be read one after the other, each once; `close` when done. */
export interface LegacyWorkbook {
  readonly sheets: readonly SheetSource[];
  close(): Promise<void>;
}

/**
 * Reads a legacy workbook in a process of its own, by way of a file in `workspace`. Throws `BadInput`.
 *
 * @param bytes of its content, unpacked: all of it is in memory at once
 * @param archive the same file, where it is one
 */
export async function openLegacyWorkbook(
  path: string,
  label: string,
  workspace: string,
  bytes: number,
  archive: ZipArchive | null,
): Promise<LegacyWorkbook> {
  if (bytes > MOST_BYTES) throw tooLarge(label, `holds more than ${renderBytes(MOST_BYTES)}`);
  if (archive !== null) await checkEntries(archive);
  if (await isEncrypted(path)) throw protectedByPassword(label);
  const file = join(workspace, 'legacy.ndjson');
  await convert(path, file, label);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const next = lines[Symbol.asyncIterator]();
  const take = async (): Promise<unknown> => {
    const { value, done } = await next.next();
    if (done === true) throw atFault(label, { kind: 'Damaged' });
    return JSON.parse(value) as unknown;
  };
  const { sheets } = (await take()) as LegacySheets;
  return {
    sheets: sheets.map((name) => {
      const sheetLabel = `${label}[${name}]`;
      return { name, label: sheetLabel, readRows: (sink, losses) => readRows(take, sheetLabel, sink, losses) };
    }),
    close: async () => {
      lines.close();
      await rm(file, { force: true });
    },
  };
}

/** Reads every entry to its end, and so holds it to its checksum: the reader of the workbook does not. Throws `BadInput`. */
async function checkEntries(archive: ZipArchive): Promise<void> {
  for (const name of archive.names) {
    for await (const _ of archive.entry(name)?.open() ?? []);
  }
}

async function* readRows(
  take: () => Promise<unknown>,
  label: string,
  sink: RowSink,
  losses: SheetLosses,
): AsyncGenerator<void> {
  const row = new SheetRow();
  for (;;) {
    const line = (await take()) as LegacyRow | LegacyEnd;
    if ('cells' in line) {
      row.clear(line.number);
      for (const [column, text] of line.cells.entries()) row.putText(column, text);
      sink.take(row);
      if (sink.isFull()) yield;
      continue;
    }
    losses.errors = line.errors;
    losses.errorPlace = `${label}:${(line.firstError ?? []).join(':')}`;
    return;
  }
}

async function convert(path: string, file: string, label: string): Promise<void> {
  const main = fileURLToPath(new URL('legacy-main.ts', import.meta.url));
  const [program = '', ...args] = dyingWithParent([
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    `--max-old-space-size=${MEMORY_MIB}`,
    main,
    path,
    file,
  ]);
  const child = spawn(program, args, {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  let fault = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 4000)));
  child.stdio[FAULT_CHANNEL]?.on('data', (bytes: Buffer) => (fault += bytes.toString('utf8')));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  if (code === FILE_AT_FAULT) throw atFault(label, JSON.parse(fault) as LegacyFault);
  if (/heap out of memory|ENOMEM/.test(said) || code === null) {
    throw tooLarge(label, `takes more than ${MEMORY_MIB}Mi of memory, or too long, to be read`);
  }
  throw atFault(label, { kind: 'Damaged' });
}

function atFault(label: string, fault: LegacyFault): BadInput {
  switch (fault.kind) {
    case 'Password':
      return protectedByPassword(label);
    case 'OtherProgram':
      return new BadInput('UnsupportedFormat', `${label} is ${fault.what}, which is not read`, {
        file: label,
        hint: 'send the data as CSV or XLSX',
      });
    case 'SheetMissing':
      return damaged(label, `its sheet ${JSON.stringify(fault.name)} is not there or damaged`);
    case 'Damaged':
      return damaged(label, 'it is damaged, or was cut short on its way');
  }
}

function damaged(label: string, reason: string): BadInput {
  return new BadInput('InvalidWorkbook', `${label} cannot be read: ${reason}`, {
    file: label,
    hint: `send it again; if that does not help, ${SAVE_AS}: such programs repair what can be repaired`,
  });
}

function tooLarge(label: string, why: string): BadInput {
  return new BadInput('InputTooLarge', `${label} ${why}, which is too much for a workbook of this format`, {
    file: label,
    hint: `${SAVE_AS}, which is read row by row`,
  });
}

/** XLSX and XLSB behind a password are an OLE file with a stream of this name. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');

async function isEncrypted(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(256 * 1024);
    let kept = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, null);
      if (bytesRead === 0) return false;
      const filled = kept + bytesRead;
      if (buffer.subarray(0, filled).includes(ENCRYPTED)) return true;
      kept = Math.min(filled, ENCRYPTED.length);
      buffer.copyWithin(0, filled - kept, filled);
    }
  } finally {
    await handle.close();
  }
}

function protectedByPassword(label: string): BadInput {
  return new BadInput('UnsupportedFormat', `${label} is protected by a password, and is not read`, {
    file: label,
    hint: 'open it in a spreadsheet program and save it without a password',
  });
}
