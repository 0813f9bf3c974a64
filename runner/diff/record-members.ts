import type { Entry } from './baseline-entries.ts';
import { addBroughtRow } from './brought-rows.ts';
import type { ReachedRecord } from './fold-inputs.ts';
import { copyKey, KEY_WORDS } from './keys.ts';
import { KeyTable } from './key-table.ts';
import { addNext, NEXT_KIND } from './next-baseline.ts';
import type { OpenPartitions, Partitions } from './partitions.ts';

/** Who stands for a record: an entry of the baseline, the same where a row was left out for it, a row, another scope. */
const WHO = { base: 0, leftOut: 1, row: 2, doneRow: 3, elsewhereRow: 4, elsewhereLeftOut: 5 } as const;

/** The words of a member, one that stands for a record: an entry has a hash, a row has its number in the same place. */
const MEMBER = { record: 0, hash: 4, row: 4, step: 8, who: 9, words: 10 } as const;

export const openMembers = (open: OpenPartitions): Partitions => open('members', KEY_WORDS, MEMBER.words);

export function addEntry(members: Partitions, { hash, record, step, isLeftOut }: Entry): void {
  const at = addMember(members, record, isLeftOut ? WHO.leftOut : WHO.base, step);
  copyKey(hash, 0, members.words, at + MEMBER.hash);
}

export function addRow(members: Partitions, { record, step, row, isDone }: ReachedRecord): void {
  const at = addMember(members, record, isDone ? WHO.doneRow : WHO.row, step);
  members.words[at + MEMBER.row] = row;
}

/** Of another scope: a record that its rows reached, or that a row of it was left out for. */
export function addElsewhere(members: Partitions, record: Uint32Array, isReached: boolean): void {
  addMember(members, record, isReached ? WHO.elsewhereRow : WHO.elsewhereLeftOut, 0);
}

function addMember(members: Partitions, record: Uint32Array, who: number, step: number): number {
  const at = members.place(record, 0);
  copyKey(record, 0, members.words, at + MEMBER.record);
  members.words[at + MEMBER.step] = step;
  members.words[at + MEMBER.who] = who;
  return at;
}

/** What is known of a record: facts, as bits, and the first row that reached it. */
const RECORD = { facts: 0, row: 1, words: 2 } as const;
const BY_ROW = 1;
const BY_LEFT_OUT = 2;
const BY_ELSEWHERE = 4;
const BY_SEVERAL_ROWS = 8;
const REACHED = 16;

/** Passes on entries, with whether their record was reached, and rows that were brought to a record that nobody else stands for. */
export function judgeMembers(members: Partitions, next: Partitions, rows: Partitions): void {
  const records = new KeyTable(KEY_WORDS, RECORD.words);
  for (let partition = 0; partition < members.count; partition += 1) {
    records.clear();
    members.scan(partition, (words, at) => {
      const record = records.place(words, at + MEMBER.record);
      noteMember(records.words, record, words, at);
    });
    members.scan(partition, (words, at) => {
      const facts = records.words[records.find(words, at + MEMBER.record) + RECORD.facts] ?? 0;
      const step = words[at + MEMBER.step] ?? 0;
      const who = words[at + MEMBER.who];
      if (who === WHO.base || who === WHO.leftOut) {
        const stays = who === WHO.base ? NEXT_KIND.base : NEXT_KIND.leftOut;
        const kind = (facts & REACHED) === 0 ? stays : NEXT_KIND.reached;
        addNext(next, {
          hash: words,
          hashAt: at + MEMBER.hash,
          record: words,
          recordAt: at + MEMBER.record,
          step,
          kind,
        });
      } else if (who === WHO.doneRow && !isShared(facts)) {
        addBroughtRow(rows, { words, rowAt: at + MEMBER.row, recordAt: at + MEMBER.record, step });
      }
    });
  }
}

function noteMember(known: Uint32Array, record: number, words: Uint32Array, at: number): void {
  const facts = known[record + RECORD.facts] ?? 0;
  let more = 0;
  switch (words[at + MEMBER.who]) {
    case WHO.leftOut:
      more = BY_LEFT_OUT;
      break;
    case WHO.row:
    case WHO.doneRow:
      if ((facts & BY_ROW) === 0) known[record + RECORD.row] = words[at + MEMBER.row] ?? 0;
      more = BY_ROW | REACHED | (words[at + MEMBER.row] === known[record + RECORD.row] ? 0 : BY_SEVERAL_ROWS);
      break;
    case WHO.elsewhereRow:
      more = BY_ELSEWHERE | REACHED;
      break;
    case WHO.elsewhereLeftOut:
      more = BY_ELSEWHERE;
      break;
    default:
      break;
  }
  known[record + RECORD.facts] = facts | more;
}

/** Whether a record that a row reached has somebody else too; entries that no row was left out for do not count. */
function isShared(facts: number): boolean {
  const kinds = facts & (BY_ROW | BY_LEFT_OUT | BY_ELSEWHERE);
  return (facts & BY_SEVERAL_ROWS) !== 0 || (kinds & (kinds - 1)) !== 0;
}
