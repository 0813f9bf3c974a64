import { closeSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROW_HASH_BYTES } from '../../core/typing/row-hash.ts';
import type { HashTotals } from './fold-request.ts';
import { HashSum } from './hash-sum.ts';
import { copyKey, KEY_BYTES, KEY_WORDS, readKey } from './keys.ts';
import { KeyTable } from './key-table.ts';
import { Partitions } from './partitions.ts';
import { scanRowFile } from './row-file.ts';

export interface MarkRequest {
  /**
   * The hashes of the rows of a scope (`ROW_HASH_COLUMNS`), in their order and numbered from 1. In the place of `unchanged` it
   * comes with 1 for a row that is to be compared with nothing, and is left with 1 for a row that is unchanged.
   */
  readonly rowHashes: string;
  /** The hashes of the run before, 16 bytes each. */
  readonly baseline: string;
  /** For files in between; made here, and left empty. */
  readonly directory: string;
}

/** Hashes of the run before that are looked at together, about; a table of them takes up to three times as much. */
const PARTITION_BYTES = 2 * 1024 * 1024;

/** The words of a row in its partition. */
const ROW = { hash: 0, row: KEY_WORDS, words: KEY_WORDS + 1 } as const;

const ROWS_AT_ONCE = 16_384;
const FLAG = 4;
const HASH = 5;

/**
 * Marks the rows whose hash a row of the run before had too. Both sides are brought together on the disk, in partitions by hash;
 * memory holds the table of one of them, and a bit for every row.
 *
 * @returns the totals of the hashes of the rows that are unchanged
 */
export function markUnchanged(request: MarkRequest, partitionBytes = PARTITION_BYTES): HashTotals {
  const { rowHashes, baseline, directory } = request;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const count = 2 ** Math.ceil(Math.log2(Math.max(1, statSync(baseline).size / partitionBytes)));
  const known = new Partitions(join(directory, 'known'), count, KEY_WORDS, KEY_WORDS);
  const rows = new Partitions(join(directory, 'rows'), count, KEY_WORDS, ROW.words);
  partHashes(baseline, known);
  partRows(rowHashes, rows);
  const unchanged = new Uint8Array(Math.floor(statSync(rowHashes).size / ROW_HASH_BYTES / 8) + 1);
  const table = new KeyTable(KEY_WORDS, 0);
  for (let partition = 0; partition < count; partition += 1) {
    table.clear();
    known.scan(partition, (words, at) => {
      table.place(words, at);
    });
    rows.scan(partition, (words, at) => {
      if (table.find(words, at + ROW.hash) === -1) return;
      const row = words[at + ROW.row] ?? 0;
      unchanged[row >>> 3] = (unchanged[row >>> 3] ?? 0) | (1 << (row & 7));
    });
  }
  known.close();
  rows.close();
  return writeFlags(rowHashes, (row) => ((unchanged[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0);
}

function partHashes(baseline: string, known: Partitions): void {
  const hash = new Uint32Array(KEY_WORDS);
  scanRowFile(baseline, KEY_BYTES, (view, at) => {
    readKey(view, at, hash, 0);
    copyKey(hash, 0, known.words, known.place(hash, 0));
  });
}

function partRows(rowHashes: string, rows: Partitions): void {
  const hash = new Uint32Array(KEY_WORDS);
  scanRowFile(rowHashes, ROW_HASH_BYTES, (view, at) => {
    if (view.getUint8(at + FLAG) === 1) return;
    readKey(view, at + HASH, hash, 0);
    const place = rows.place(hash, 0);
    copyKey(hash, 0, rows.words, place + ROW.hash);
    rows.words[place + ROW.row] = view.getUint32(at, true);
  });
}

/** Writes over the flags of a file of row hashes, in its place. */
function writeFlags(path: string, isUnchanged: (row: number) => boolean): HashTotals {
  const bytes = new Uint8Array(ROW_HASH_BYTES * ROWS_AT_ONCE);
  const view = new DataView(bytes.buffer);
  const hash = new Uint32Array(KEY_WORDS);
  const sum = new HashSum();
  const file = openSync(path, 'r+');
  try {
    for (let start = 0, length = 0; ; start += length) {
      // A place of its own leaves that of the writing alone, which follows block by block.
      length = readSync(file, bytes, 0, bytes.length, start);
      if (length === 0) return sum.totals;
      if (length % ROW_HASH_BYTES !== 0) throw new Error(`${path}: it ends within a row`);
      for (let at = 0; at < length; at += ROW_HASH_BYTES) {
        const unchanged = isUnchanged(view.getUint32(at, true));
        view.setUint8(at + FLAG, unchanged ? 1 : 0);
        if (!unchanged) continue;
        readKey(view, at + HASH, hash, 0);
        sum.add(hash, 0);
      }
      writeFileSync(file, bytes.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
