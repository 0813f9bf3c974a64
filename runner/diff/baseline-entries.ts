import { scanBaseline, scanRowHashes } from './fold-inputs.ts';
import type { FoldScope } from './fold-request.ts';
import { copyKey, KEY_WORDS } from './keys.ts';
import { KeyTable } from './key-table.ts';
import type { OpenPartitions, Partitions } from './partitions.ts';

/** An entry of the baseline before. */
export interface Entry {
  readonly hash: Uint32Array;
  readonly record: Uint32Array;
  readonly step: number;
  /** Whether a row was left out by the diff check for it. */
  readonly isLeftOut: boolean;
}

/** The words of an entry, and of a row that was left out: that has neither record nor step. */
const ENTRY = { hash: 0, record: 4, step: 8, isRow: 9, words: 10 } as const;

/** Shows the entries of the baseline of a scope; the object holds one at a time. */
export function scanEntries(scope: FoldScope, open: OpenPartitions, visit: (entry: Entry) => void): void {
  if (scope.baseline === null) return;
  const entries = open('entries', KEY_WORDS, ENTRY.words);
  const { words } = entries;
  scanBaseline(scope, (hash, record, step) => {
    const at = entries.place(hash, 0);
    copyKey(hash, 0, words, at + ENTRY.hash);
    copyKey(record, 0, words, at + ENTRY.record);
    words[at + ENTRY.step] = step;
    words[at + ENTRY.isRow] = 0;
  });
  scanRowHashes(scope, true, (hash) => {
    const at = entries.place(hash, 0);
    copyKey(hash, 0, words, at + ENTRY.hash);
    words[at + ENTRY.isRow] = 1;
  });
  markEntries(entries, visit);
  entries.close();
}

function markEntries(entries: Partitions, visit: (entry: Entry) => void): void {
  const leftOut = new KeyTable(KEY_WORDS, 0);
  const entry = { hash: new Uint32Array(KEY_WORDS), record: new Uint32Array(KEY_WORDS), step: 0, isLeftOut: false };
  for (let partition = 0; partition < entries.count; partition += 1) {
    leftOut.clear();
    entries.scan(partition, (words, at) => {
      if (words[at + ENTRY.isRow] === 1) leftOut.place(words, at + ENTRY.hash);
    });
    entries.scan(partition, (words, at) => {
      if (words[at + ENTRY.isRow] === 1) return;
      copyKey(words, at + ENTRY.hash, entry.hash, 0);
      copyKey(words, at + ENTRY.record, entry.record, 0);
      entry.step = words[at + ENTRY.step] ?? 0;
      entry.isLeftOut = leftOut.find(words, at + ENTRY.hash) !== -1;
      visit(entry);
    });
  }
}
