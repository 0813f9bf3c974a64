import { writeFileSync } from 'node:fs';
import { BASELINE_ENTRY } from './fold-inputs.ts';
import { totalsOf, type FoldRequest } from './fold-request.ts';
import { HashSum } from './hash-sum.ts';
import { copyKey, KEY_BYTES, KEY_WORDS, writeKey } from './keys.ts';
import { KeyTable } from './key-table.ts';
import type { OpenPartitions, Partitions } from './partitions.ts';
import { RowFileWriter } from './row-file.ts';

/** The words of an entry of the next baseline, or of one that may leave. */
const NEXT = { hash: 0, record: 4, step: 8, kind: 9, words: 10 } as const;

/** An entry of the baseline before, one that a row was left out for, one whose record was reached; one that comes. */
export const NEXT_KIND = { base: 0, leftOut: 1, reached: 2, comes: 3 } as const;

export const openNext = (open: OpenPartitions): Partitions => open('next', KEY_WORDS, NEXT.words);

interface NextEntry {
  readonly hash: Uint32Array;
  readonly hashAt: number;
  readonly record: Uint32Array;
  readonly recordAt: number;
  readonly step: number;
  readonly kind: number;
}

export function addNext(next: Partitions, { hash, hashAt, record, recordAt, step, kind }: NextEntry): void {
  const at = next.place(hash, hashAt);
  copyKey(hash, hashAt, next.words, at + NEXT.hash);
  copyKey(record, recordAt, next.words, at + NEXT.record);
  next.words[at + NEXT.step] = step;
  next.words[at + NEXT.kind] = kind;
}

/** What is known of a hash, as bits. */
const GONE = 1;
const SEEN = 2;
const LISTED = 4;

/** Writes the entries that come, and those that stay: no record that their hash stands for was reached. */
export function writeBaseline({ ended, output, hashes }: FoldRequest, next: Partitions): void {
  const entries = new RowFileWriter(output, BASELINE_ENTRY.bytes);
  const list = hashes === null ? null : new RowFileWriter(hashes, KEY_BYTES);
  const sum = new HashSum();
  const known = new KeyTable(KEY_WORDS, 1);
  for (let partition = 0; partition < next.count; partition += 1) {
    known.clear();
    next.scan(partition, (words, at) => {
      const place = known.place(words, at + NEXT.hash);
      const kind = words[at + NEXT.kind];
      const fact = kind === NEXT_KIND.reached ? GONE : kind === NEXT_KIND.leftOut ? SEEN : 0;
      known.words[place] = (known.words[place] ?? 0) | fact;
    });
    next.scan(partition, (words, at) => {
      const place = known.find(words, at + NEXT.hash);
      const facts = known.words[place] ?? 0;
      const stays = (facts & GONE) === 0 && (!ended || (facts & SEEN) !== 0);
      if (words[at + NEXT.kind] !== NEXT_KIND.comes && !stays) return;
      writeEntry(entries, words, at);
      if (list === null || (facts & LISTED) !== 0) return;
      known.words[place] = facts | LISTED;
      writeKey(words, at + NEXT.hash, list.view, list.next());
      sum.add(words, at + NEXT.hash);
    });
  }
  entries.close();
  list?.close();
  if (hashes !== null) writeFileSync(totalsOf(hashes), JSON.stringify(sum.totals), { mode: 0o600 });
}

function writeEntry(entries: RowFileWriter, words: Uint32Array, at: number): void {
  const to = entries.next();
  writeKey(words, at + NEXT.hash, entries.view, to + BASELINE_ENTRY.hash);
  entries.view.setUint8(to + BASELINE_ENTRY.step, words[at + NEXT.step] ?? 0);
  writeKey(words, at + NEXT.record, entries.view, to + BASELINE_ENTRY.record);
}
