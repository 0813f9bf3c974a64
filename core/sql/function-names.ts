import { ALLOWED_AGGREGATES, ALLOWED_FUNCTIONS, REFUSED_FUNCTIONS } from './function-lists.ts';

/** Names that the engine's parser makes up for syntax; no function of these names can be called to any other effect. */
export const SYNTAX_FUNCTIONS: ReadonlySet<string> = new Set(['lambda', 'exists', 'grouping']);

const COMBINATOR =
  /^(.+?)(?:If|Array|Map|ForEach|Distinct|OrDefault|OrNull|Resample|State|SimpleState|Merge|MergeState|ArgMin|ArgMax|Null|Tuple)$/u;

const FUNCTIONS = lowerCase([...ALLOWED_FUNCTIONS, ...SYNTAX_FUNCTIONS]);
const AGGREGATES = lowerCase([...ALLOWED_AGGREGATES]);
const REFUSED = lowerCase([...REFUSED_FUNCTIONS]);

/**
 * Whether a script may call the function. Case is ignored: no two functions of the engine that differ in case only stand
 * on different lists, and a wrong case is the engine's to refuse.
 */
export function isAllowedFunction(name: string): boolean {
  return FUNCTIONS.has(name.toLowerCase()) || isAllowedAggregate(name);
}

/** Whether the name is an allowed aggregate function with any combinators: `sum`, `sumIf`, `quantileArrayIf`. */
export function isAllowedAggregate(name: string): boolean {
  for (let base: string | undefined = name; base !== undefined; base = COMBINATOR.exec(base)?.[1]) {
    if (AGGREGATES.has(base.toLowerCase())) return true;
  }
  return false;
}

/** Whether the name is that of a function that the engine has and a script may not call. */
export function isRefusedFunction(name: string): boolean {
  return REFUSED.has(name.toLowerCase());
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
