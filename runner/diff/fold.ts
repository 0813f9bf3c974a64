import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { scanEntries } from './baseline-entries.ts';
import { bringRows, openRows } from './brought-rows.ts';
import { scanReached } from './fold-inputs.ts';
import type { FoldRequest } from './fold-request.ts';
import { openNext, writeBaseline } from './next-baseline.ts';
import { Partitions, type OpenPartitions } from './partitions.ts';
import { addElsewhere, addEntry, addRow, judgeMembers, openMembers } from './record-members.ts';

/** What is read for one partition, about. What is known of its keys takes up to three times as much. */
const PARTITION_BYTES = 8 * 1024 * 1024;

/**
 * Lays one execution over the baseline of a scope:
 *
 * - a hash leaves when a row reached a record that it stands for, in whatever step or scope, whatever became of that row;
 * - a row's hash enters when every step brought it to a record and left nothing unresolved, and no other row of the
 *   file reached the same record, in whatever step or scope;
 * - after an execution that ended in Succeeded or PartialSuccess, hashes it did not see leave too.
 *
 * So a cancelled or failed execution, or one that went around the check, never hides a row later. Records are known by their
 * ids alone: no two objects share one.
 *
 * What has to meet is brought together on the disk, in partitions: entries and rows by hash, then all by record, rows by their
 * number, and what is left by hash again. Each partition is read twice, once for what is known of its keys and once for what
 * follows for each row. So memory holds the keys of one partition and no rows, however many reach one record.
 *
 * @param directory for files in between; made here, and left empty
 */
export function foldExecution(request: FoldRequest, directory: string, partitionBytes = PARTITION_BYTES): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const count = countPartitions(request, partitionBytes);
  const open: OpenPartitions = (name, keyWords, rowWords) =>
    new Partitions(join(directory, name), count, keyWords, rowWords);
  const members = openMembers(open);
  scanEntries(request, open, (entry) => addEntry(members, entry));
  scanReached(request, (reached) => addRow(members, reached));
  for (const other of request.others) {
    scanReached(other, ({ record }) => addElsewhere(members, record, true));
    scanEntries(other, open, ({ record, isLeftOut }) => {
      if (isLeftOut) addElsewhere(members, record, false);
    });
  }
  const next = openNext(open);
  const rows = openRows(open);
  judgeMembers(members, next, rows);
  members.close();
  bringRows(request, rows, next);
  rows.close();
  writeBaseline(request, next);
  next.close();
}

/** A power of two. */
function countPartitions(request: FoldRequest, partitionBytes: number): number {
  const paths = [request, ...request.others].flatMap(({ baseline, rowHashes, steps }) => [
    baseline,
    rowHashes,
    ...steps.map(({ path }) => path),
  ]);
  const bytes = paths.reduce((sum, path) => sum + (path === null ? 0 : statSync(path).size), 0);
  return 2 ** Math.ceil(Math.log2(Math.max(1, bytes / partitionBytes)));
}
