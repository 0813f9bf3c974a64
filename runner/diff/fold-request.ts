/** What one execution found and did in one scope. */
export interface FoldScope {
  /** The baseline before; null: empty. */
  readonly baseline: string | null;
  /**
   * The file of row hashes; null where it is no longer there, or others ran in the middle: nobody can say what the
   * execution saw or left then, so its rows leave the baseline and none can enter, which is always safe.
   */
  readonly rowHashes: string | null;
  /** Row states of each step that reads the scope, as files. */
  readonly steps: readonly { readonly step: number; readonly path: string }[];
}

/** What is laid over the baseline of one scope. */
export interface FoldRequest extends FoldScope {
  /** Scopes whose steps write an object that a step of this one writes too: their rows may reach the same records. */
  readonly others: readonly FoldScope[];
  /** Whether the execution ended in Succeeded or PartialSuccess: then what it did not see leaves. */
  readonly ended: boolean;
  /** Where the new baseline goes. */
  readonly output: string;
  /** Where the hashes of the new baseline go, each once (16 bytes each), and beside them their totals; null: nowhere. */
  readonly hashes: string | null;
}

/**
 * How many hashes there are, and their sum as whole numbers of 128 bits, the lowest byte first, without what goes beyond
 * them: a decimal text. It tells sets of hashes apart without holding them: of two sets of one size that hold each hash once
 * and have one sum, nobody will ever see one that is not the other.
 */
export interface HashTotals {
  readonly count: number;
  readonly sum: string;
}

/** The file of `HashTotals` of a file of hashes. */
export const totalsOf = (hashes: string): string => `${hashes}.totals.json`;
