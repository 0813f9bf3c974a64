import { once } from 'node:events';
import { createWriteStream, readFileSync, writeSync } from 'node:fs';
import { read, set_cptable, type CellObject, type WorkBook } from '@e965/xlsx';
// The code pages of workbooks from before Unicode.
import * as codePages from '@e965/xlsx/dist/cpexcel.full.mjs';
import { textOfNumber } from '../../core/intake/sheet-cell.ts';
import { dateStyleOfFormat } from '../../core/intake/sheet-date.ts';
import { findLegacyFault } from './legacy-fault.ts';
import {
  FAULT_CHANNEL,
  FILE_AT_FAULT,
  type LegacyEnd,
  type LegacyFault,
  type LegacyRow,
  type LegacySheets,
} from './legacy-lines.ts';

/**
 * Reads an .xls or .xlsb workbook whole and writes its rows as lines of JSON. A process of its own, since the reader holds all
 * of the file in memory and was not made for files from strangers: it has nothing of the environment, and little memory.
 *
 * Arguments: the workbook, the file to write.
 */
type Losses = { -readonly [K in keyof LegacyEnd]: LegacyEnd[K] };

const [source = '', target = ''] = process.argv.slice(2);
const lines = createWriteStream(target, { mode: 0o600 });
set_cptable(codePages);
const book = open();
const date1904 = book.Workbook?.WBProps?.date1904 === true;
await write({ sheets: book.SheetNames } satisfies LegacySheets);
for (const name of book.SheetNames) await writeSheet(name);
lines.end();
await once(lines, 'close');

function open(): WorkBook {
  const bytes = readFileSync(source);
  try {
    // Not what a formula says, only its value: formulas that the reader does not know stop it.
    const options = { dense: true, cellNF: true, cellText: false, cellHTML: false, cellFormula: false };
    return read(bytes, options);
  } catch {
    return refuse(findLegacyFault(bytes));
  }
}

function refuse(fault: LegacyFault): never {
  writeSync(FAULT_CHANNEL, JSON.stringify(fault));
  process.exit(FILE_AT_FAULT);
}

async function writeSheet(name: string): Promise<void> {
  // `dense` puts rows into a property that the types do not know; a chart sheet has none.
  const sheet = book.Sheets[name] as { readonly '!data'?: readonly (readonly CellObject[] | undefined)[] } | undefined;
  // The reader leaves out a sheet that it can make nothing of.
  if (sheet === undefined) return refuse({ kind: 'SheetMissing', name });
  const losses: Losses = { errors: 0, firstError: null };
  for (const [index, row] of (sheet['!data'] ?? []).entries()) {
    if (row === undefined) continue;
    const cells = Array.from(row, (cell: CellObject | undefined, column) =>
      cell === undefined ? null : textOf(cell, losses, [index + 1, column + 1]),
    );
    if (cells.some((cell) => cell !== null)) await write({ number: index + 1, cells } satisfies LegacyRow);
  }
  await write(losses);
}

function textOf(cell: CellObject, losses: Losses, place: readonly [number, number]): string | null {
  switch (cell.t) {
    case 's':
      return typeof cell.v === 'string' ? cell.v : null;
    case 'b':
      return cell.v === true ? 'true' : 'false';
    case 'n':
      if (Number.isFinite(cell.v)) {
        return textOfNumber(String(cell.v), dateStyleOfFormat(typeof cell.z === 'string' ? cell.z : ''), date1904);
      }
      // Some programs write what is no number for the error that Excel shows.
      return countError(losses, place);
    case 'e':
      return countError(losses, place);
    default:
      return null;
  }
}

function countError(losses: Losses, place: readonly [number, number]): null {
  losses.errors += 1;
  losses.firstError ??= place;
  return null;
}

async function write(line: unknown): Promise<void> {
  if (!lines.write(`${JSON.stringify(line)}\n`)) await once(lines, 'drain');
}
