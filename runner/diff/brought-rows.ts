import { scanRowHashes } from './fold-inputs.ts';
import type { FoldRequest } from './fold-request.ts';
import { copyKey } from './keys.ts';
import { KeyTable } from './key-table.ts';
import { addNext, NEXT_KIND } from './next-baseline.ts';
import type { OpenPartitions, Partitions } from './partitions.ts';

/** The words of a row that a step brought to a record, and of the hash of a row, which has neither record nor step. */
const ROW = { row: 0, record: 1, hash: 1, step: 5, isHash: 6, words: 7 } as const;

export const openRows = (open: OpenPartitions): Partitions => open('rows', 1, ROW.words);

/** A row that a step brought to a record that nobody else stands for. */
interface BroughtRow {
  /** Where the number of the row and the id of the record are. */
  readonly words: Uint32Array;
  readonly rowAt: number;
  readonly recordAt: number;
  readonly step: number;
}

export function addBroughtRow(rows: Partitions, { words, rowAt, recordAt, step }: BroughtRow): void {
  const at = rows.place(words, rowAt);
  rows.words[at + ROW.row] = words[rowAt] ?? 0;
  copyKey(words, recordAt, rows.words, at + ROW.record);
  rows.words[at + ROW.step] = step;
  rows.words[at + ROW.isHash] = 0;
}

/** What is known of a row: how many steps brought it; whether it has a hash, and that. */
const KNOWN = { brought: 0, hasHash: 1, hash: 2, words: 6 } as const;

/** Adds to the next baseline the rows that every step brought to a record that nobody else stands for. */
export function bringRows(request: FoldRequest, rows: Partitions, next: Partitions): void {
  addRowHashes(request, rows);
  const table = new KeyTable(1, KNOWN.words);
  for (let partition = 0; partition < rows.count; partition += 1) {
    table.clear();
    rows.scan(partition, (words, at) => {
      const row = table.place(words, at + ROW.row);
      noteRow(table.words, row, words, at);
    });
    rows.scan(partition, (words, at) => {
      if (words[at + ROW.isHash] === 1) return;
      const row = table.find(words, at + ROW.row);
      const { words: known } = table;
      if (known[row + KNOWN.hasHash] !== 1 || known[row + KNOWN.brought] !== request.steps.length) return;
      const step = words[at + ROW.step] ?? 0;
      const kind = NEXT_KIND.comes;
      addNext(next, { hash: known, hashAt: row + KNOWN.hash, record: words, recordAt: at + ROW.record, step, kind });
    });
  }
}

function addRowHashes(request: FoldRequest, rows: Partitions): void {
  const number = new Uint32Array(1);
  scanRowHashes(request, false, (hash, row) => {
    number[0] = row;
    const at = rows.place(number, 0);
    rows.words[at + ROW.row] = row;
    copyKey(hash, 0, rows.words, at + ROW.hash);
    rows.words[at + ROW.isHash] = 1;
  });
}

function noteRow(known: Uint32Array, row: number, words: Uint32Array, at: number): void {
  if (words[at + ROW.isHash] === 1) {
    known[row + KNOWN.hasHash] = 1;
    copyKey(words, at + ROW.hash, known, row + KNOWN.hash);
  } else {
    known[row + KNOWN.brought] = (known[row + KNOWN.brought] ?? 0) + 1;
  }
}
