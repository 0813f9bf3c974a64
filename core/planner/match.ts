import type { RuleModel } from '../model/connector.ts';
import type { RecordState, RecordView } from './plan.ts';

/** What the matching rules decide for one row, before any value is looked at. */
export type MatchDecision =
  | { readonly action: 'Create'; readonly reason: string; readonly rule: number | null }
  | { readonly action: 'Update'; readonly reason: string; readonly rule: number; readonly record: RecordState }
  | {
      readonly action: 'Unarchive';
      readonly update: boolean;
      readonly reason: string;
      readonly rule: number;
      readonly record: RecordState;
    }
  | {
      readonly action: 'Skip';
      readonly ambiguous: boolean;
      readonly reason: string;
      readonly rule: number | null;
      /** The one record that matched, where a rule then did not write it. */
      readonly record: RecordState | null;
    };

/** Live candidates shadow archived ones; without live ones, the archived are the candidates. */
function situationOf(candidates: readonly RecordState[]): {
  live: readonly RecordState[];
  archived: readonly RecordState[];
} {
  if (candidates.length === 0) return { live: candidates, archived: candidates };
  const live = candidates.filter((record) => !record.archived);
  return { live, archived: live.length > 0 ? [] : candidates };
}

/**
 * Runs the rules in order. Each looks for records whose field equals the variable: among all records, or after `NextRule`
 * among the candidates of the rules before. A rule whose key is blank has no match; a row whose keys are all blank is
 * skipped, or created where the step says so.
 *
 * @param keys match keys of the row, one per rule; null where the variable is blank
 */
export function decideMatch(
  rules: readonly RuleModel[],
  keys: readonly (string | null)[],
  onBlankKey: 'Skip' | 'CreateNew',
  view: RecordView,
): MatchDecision {
  if (keys.every((key) => key === null)) {
    return onBlankKey === 'CreateNew'
      ? { action: 'Create', reason: 'BlankKey', rule: null }
      : { action: 'Skip', ambiguous: false, reason: 'BlankKey', rule: null, record: null };
  }
  let carried: readonly RecordState[] | null = null;
  let index = -1;
  for (const rule of rules) {
    index += 1;
    const key = keys[index] ?? null;
    let found: readonly RecordState[] = key === null ? [] : view.find(rule.field.name, key);
    if (carried !== null) {
      const before: ReadonlySet<string> = new Set(carried.map((record) => record.id));
      found = found.filter((record) => before.has(record.id));
    }
    const decision = applyRule(rule, index + 1, found);
    if (decision === 'NextRule') carried = found;
    else if (decision === 'NextRuleIgnorePrevious') carried = null;
    else return decision;
  }
  // Validation refuses a last rule that passes on; a manifest that went around it must still end somewhere.
  return { action: 'Skip', ambiguous: false, reason: 'NoRuleLeft', rule: rules.length, record: null };
}

function applyRule(
  rule: RuleModel,
  number: number,
  found: readonly RecordState[],
): MatchDecision | 'NextRule' | 'NextRuleIgnorePrevious' {
  const { live, archived } = situationOf(found);
  const [single] = live;
  const [old] = archived;
  if (live.length > 1 || archived.length > 1) {
    if (rule.onMultipleMatches !== 'DoNotUpload') return rule.onMultipleMatches;
    return { action: 'Skip', ambiguous: true, reason: 'MultipleMatches', rule: number, record: null };
  }
  if (single !== undefined) {
    switch (rule.onSingleMatch) {
      case 'UpdateCurrent':
        return { action: 'Update', reason: 'SingleMatch', rule: number, record: single };
      case 'DoNotUpload':
        return { action: 'Skip', ambiguous: false, reason: 'SingleMatch', rule: number, record: single };
      default:
        return rule.onSingleMatch;
    }
  }
  if (old !== undefined) {
    switch (rule.onArchivedMatch) {
      case 'CreateNew':
        return { action: 'Create', reason: 'ArchivedMatch', rule: number };
      case 'UnarchiveAndUpdate':
      case 'UnarchiveOnly': {
        const update = rule.onArchivedMatch === 'UnarchiveAndUpdate';
        return { action: 'Unarchive', update, reason: 'ArchivedMatch', rule: number, record: old };
      }
      case 'DoNotUpload':
        return { action: 'Skip', ambiguous: false, reason: 'ArchivedMatch', rule: number, record: old };
      default:
        return rule.onArchivedMatch;
    }
  }
  switch (rule.onNoMatch) {
    case 'CreateNew':
      return { action: 'Create', reason: 'NoMatch', rule: number };
    case 'DoNotUpload':
      return { action: 'Skip', ambiguous: false, reason: 'NoMatch', rule: number, record: null };
    default:
      return rule.onNoMatch;
  }
}
