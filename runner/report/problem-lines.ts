import { PROBLEM_RANKS, type ProblemRank } from '../../core/report/problem-order.ts';
import { OutcomeCursor } from '../stages/outcome-cursor.ts';

/** Bytes of lines that are kept; a rank that would go beyond is read from the outcomes again. */
const MOST_BYTES = 32 * 1024 * 1024;
/** What a line is thought to take before it is seen, and what keeping one takes besides its bytes. */
const LINE_BYTES = 300;
const KEPT_BYTES = 100;
/** Lines that become a block at a time. */
const BLOCK_LINES = 1000;

/** The lines of the ranks that were kept, whole, in row order; the others are not there. */
export type ProblemLines = ReadonlyMap<ProblemRank, readonly Buffer[]>;

/**
 * Reads outcomes once for all ranks of problems, instead of once for each: most runs have few, and each pass decompresses
 * everything. Adds to `counts` what was not known; where nothing is to be kept, the outcomes are not read.
 *
 * @param counts rows by rank, as far as they are known
 * @param mostBytes what is kept takes no more
 */
export async function collectProblems(
  open: () => AsyncIterable<Uint8Array>,
  counts: Map<ProblemRank, number>,
  mostBytes = MOST_BYTES,
): Promise<ProblemLines> {
  const ranks = PROBLEM_RANKS.filter((rank) => rank !== 'Other' && counts.get(rank) !== 0);
  const kept = new KeptLines(
    ranks.filter((rank) => (counts.get(rank) ?? 0) * LINE_BYTES <= mostBytes),
    mostBytes,
  );
  if (kept.lines.size === 0) return kept.lines;
  const seen = new Map<ProblemRank, number>(ranks.map((rank) => [rank, 0]));
  const isKnown = ranks.every((rank) => counts.has(rank));
  let left = ranks.reduce((sum, rank) => sum + (counts.get(rank) ?? 0), 0);
  const outcomes = new OutcomeCursor(open());
  const walk = async (): Promise<void> => {
    while (await outcomes.load()) {
      while (outcomes.next()) {
        const { rank } = outcomes;
        const known = seen.get(rank);
        if (known === undefined) continue;
        seen.set(rank, known + 1);
        kept.add(rank, outcomes);
        left -= 1;
        // The rest of the outcomes has nothing to tell.
        if (isKnown && left === 0) return;
      }
    }
    for (const [rank, count] of seen) counts.set(rank, count);
  };
  try {
    await walk();
  } finally {
    await outcomes.close();
  }
  return kept.lines;
}

/** Lines by rank, of so many bytes together: the rank that takes most gives way. */
class KeptLines {
  readonly lines = new Map<ProblemRank, Buffer[]>();
  readonly #bytes = new Map<ProblemRank, number>();
  readonly #mostBytes: number;
  #total = 0;

  constructor(ranks: readonly ProblemRank[], mostBytes: number) {
    for (const rank of ranks) this.lines.set(rank, []);
    this.#mostBytes = mostBytes;
  }

  add(rank: ProblemRank, { bytes, from, to }: OutcomeCursor): void {
    const lines = this.lines.get(rank);
    if (lines === undefined) return;
    lines.push(Buffer.from(bytes.subarray(from, to + 1)));
    const size = to - from + KEPT_BYTES;
    this.#bytes.set(rank, (this.#bytes.get(rank) ?? 0) + size);
    this.#total += size;
    if (this.#total > this.#mostBytes) this.#dropLargest();
  }

  #dropLargest(): void {
    const [largest] = [...this.#bytes].sort(([, one], [, other]) => other - one);
    if (largest === undefined) return;
    const [rank, size] = largest;
    this.lines.delete(rank);
    this.#bytes.delete(rank);
    this.#total -= size;
  }
}

/** Kept lines as blocks, as an OutcomeCursor reads them. */
export async function* blocksOf(lines: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < lines.length; from += BLOCK_LINES) {
    yield await Promise.resolve(Buffer.concat(lines.slice(from, from + BLOCK_LINES)));
  }
}
