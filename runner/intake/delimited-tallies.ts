import type { IntakeWarnings } from './intake-warnings.ts';
import { locateOffsets } from './text-position.ts';
import type { TextDamage } from './text-decoding.ts';
import type { TextSource } from './text-source.ts';

export interface Tally {
  count: number;
  /** Of the first, in bytes of the text; -1: none. */
  offset: number;
}

/** What was repaired or dropped while a text file was read. */
export interface Tallies {
  rows: number;
  readonly blank: Tally;
  readonly extra: Tally;
  readonly short: Tally;
  readonly misplaced: Tally;
}

export function newTallies(): Tallies {
  return { rows: 0, blank: newTally(), extra: newTally(), short: newTally(), misplaced: newTally() };
}

function newTally(): Tally {
  return { count: 0, offset: -1 };
}

export function tally(into: Tally, count: number, offset: number): void {
  if (count === 0) return;
  if (into.offset < 0) into.offset = offset;
  into.count += count;
}

/** Tells of each kind how often and where first. `shift` is what stands before the first row, in bytes. */
export async function reportTallies(
  source: TextSource,
  shift: number,
  tallies: Tallies,
  damage: TextDamage,
  warnings: IntakeWarnings,
): Promise<void> {
  const { blank, extra, short, misplaced } = tallies;
  const offsets = [blank, extra, short, misplaced].filter(({ count }) => count > 0).map(({ offset }) => offset + shift);
  const positions = await locateOffsets(source, [...offsets, damage.firstOffset]);
  const place = (offset: number): string => {
    const position = positions.get(offset);
    return position === undefined ? source.label : `${source.label}:${position.line}:${position.column}`;
  };
  if (source.isGuessed) {
    const guess = `files that are not UTF-8, read as ${source.encoding} (spec.spreadsheet.encoding settles it)`;
    warnings.add('EncodingGuessed', 1, guess, source.label);
  }
  const replaced = 'byte sequences that are no text, replaced by U+FFFD';
  warnings.add('InvalidBytesReplaced', damage.replaced, replaced, place(damage.firstOffset));
  warnings.add('BlankRowsDropped', blank.count, 'blank rows dropped', place(blank.offset + shift));
  warnings.add('ExtraValuesDropped', extra.count, 'values beyond the header dropped', place(extra.offset + shift));
  const missing = 'rows with fewer values than the header, the rest left blank';
  warnings.add('ShortRows', short.count, missing, place(short.offset + shift));
  const stray = 'quotes closed before the end of their value, the text after them kept';
  warnings.add('MisplacedQuotes', misplaced.count, stray, place(misplaced.offset + shift));
}
