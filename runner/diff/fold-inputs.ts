import { ROW_STATUSES } from '../../core/model/outcome.ts';
import { ROW_HASH_BYTES } from '../../core/typing/row-hash.ts';
import { ROW_STATE_BYTES } from '../load/row-states.ts';
import type { FoldScope } from './fold-request.ts';
import { KEY_BYTES, KEY_WORDS, readKey } from './keys.ts';
import { scanRowFile } from './row-file.ts';

/** An entry in the file of a baseline: the hash of a row, a step that took it, and the record that it came to there. */
export const BASELINE_ENTRY = { hash: 0, step: KEY_BYTES, record: KEY_BYTES + 1, bytes: KEY_BYTES + 1 + KEY_BYTES };

const DONE = new Set(
  (['Created', 'Updated', 'Unarchived', 'Unchanged'] as const).map((status) => ROW_STATUSES.indexOf(status)),
);
const HAS_RECORD = 1;

/** Shows the entries of the baseline of a scope; the arrays hold one of them at a time. */
export function scanBaseline(
  { baseline }: FoldScope,
  visit: (hash: Uint32Array, record: Uint32Array, step: number) => void,
): void {
  if (baseline === null) return;
  const hash = new Uint32Array(KEY_WORDS);
  const record = new Uint32Array(KEY_WORDS);
  scanRowFile(baseline, BASELINE_ENTRY.bytes, (view, at) => {
    readKey(view, at + BASELINE_ENTRY.hash, hash, 0);
    readKey(view, at + BASELINE_ENTRY.record, record, 0);
    visit(hash, record, view.getUint8(at + BASELINE_ENTRY.step));
  });
}

/** Shows the hashes of the rows of a scope that the diff check left out, or of the others; the array holds one at a time. */
export function scanRowHashes(
  { rowHashes }: FoldScope,
  leftOut: boolean,
  visit: (hash: Uint32Array, row: number) => void,
): void {
  if (rowHashes === null) return;
  const hash = new Uint32Array(KEY_WORDS);
  scanRowFile(rowHashes, ROW_HASH_BYTES, (view, at) => {
    if ((view.getUint8(at + 4) === 1) !== leftOut) return;
    readKey(view, at + 5, hash, 0);
    visit(hash, view.getUint32(at, true));
  });
}

/** Where a row came to a record. */
export interface ReachedRecord {
  readonly record: Uint32Array;
  readonly step: number;
  readonly row: number;
  /** Whether the record is as the row wants it, and nothing was left unresolved. */
  readonly isDone: boolean;
}

/** Shows the records that the rows of a scope reached; the object holds one at a time. */
export function scanReached({ steps }: FoldScope, visit: (reached: ReachedRecord) => void): void {
  for (const { step, path } of steps) {
    const reached = { record: new Uint32Array(KEY_WORDS), step, row: 0, isDone: false };
    scanRowFile(path, ROW_STATE_BYTES, (view, at) => {
      const flags = view.getUint8(at + 5);
      if ((flags & HAS_RECORD) === 0) return;
      readKey(view, at + 6, reached.record, 0);
      reached.row = view.getUint32(at, true);
      reached.isDone = flags === HAS_RECORD && DONE.has(view.getUint8(at + 4));
      visit(reached);
    });
  }
}
