import type { RowStatus } from '../../../core/model/outcome.ts';

/** An entry of a baseline. Hashes and records are known by numbers. */
export interface Entry {
  readonly hash: number;
  readonly step: number;
  readonly record: number;
}

export interface State {
  readonly row: number;
  readonly status: RowStatus;
  /** Null: the row reached none. */
  readonly record: number | null;
  readonly unresolved: boolean;
}

export interface Scope {
  readonly baseline: readonly Entry[] | null;
  readonly rowHashes: readonly { readonly row: number; readonly unchanged: boolean; readonly hash: number }[] | null;
  /** By step. */
  readonly steps: readonly (readonly State[])[];
}

export interface Past extends Scope {
  readonly others: readonly Scope[];
  readonly ended: boolean;
}

const DONE: readonly RowStatus[] = ['Created', 'Updated', 'Unarchived', 'Unchanged'];

const hashesLeftOut = ({ rowHashes }: Scope): Set<number> =>
  new Set((rowHashes ?? []).filter(({ unchanged }) => unchanged).map(({ hash }) => hash));

const reachedBy = ({ steps }: Scope): number[] =>
  steps.flat().flatMap(({ record }) => (record === null ? [] : [record]));

/** The baseline after an execution, entry by entry and rule by rule. */
export function foldReference(past: Past): Entry[] {
  const entries = past.baseline ?? [];
  const leftOut = hashesLeftOut(past);
  const reached = new Set([past, ...past.others].flatMap(reachedBy));
  const gone = new Set(entries.filter(({ record }) => reached.has(record)).map(({ hash }) => hash));
  const staying = entries.filter(({ hash }) => !gone.has(hash) && (!past.ended || leftOut.has(hash)));
  return [...staying, ...(past.rowHashes ?? []).flatMap((row) => coming(past, row))];
}

/** The entries of a row whose every step brought it to a record that nobody else stands for. */
function coming(past: Past, { row, unchanged, hash }: { row: number; unchanged: boolean; hash: number }): Entry[] {
  if (unchanged) return [];
  const entries = past.steps.map((states, step): Entry | null => {
    const state = states.find((one) => one.row === row);
    if (state === undefined || state.record === null || state.unresolved || !DONE.includes(state.status)) return null;
    return isAlone(past, row, state.record) ? { hash, step, record: state.record } : null;
  });
  return entries.some((entry) => entry === null) ? [] : entries.filter((entry) => entry !== null);
}

function isAlone(past: Past, row: number, record: number): boolean {
  const otherRows = past.steps.flat().some((state) => state.record === record && state.row !== row);
  return (
    !otherRows &&
    !past.others.some((other) => reachedBy(other).includes(record)) &&
    ![past, ...past.others].some((scope) => standsByDiff(scope, record))
  );
}

/** Whether a row of a scope was left out by the diff check for an entry of this record. */
function standsByDiff(scope: Scope, record: number): boolean {
  const leftOut = hashesLeftOut(scope);
  return (scope.baseline ?? []).some((entry) => entry.record === record && leftOut.has(entry.hash));
}
