import { SYSTEM_COLUMNS } from '../model/object.ts';

const LONGEST_NAME = 63;
/** Names that the static checks refuse for a field, beside the columns that every table has. */
const REFUSED: ReadonlySet<string> = new Set([...SYSTEM_COLUMNS, '__proto__', 'constructor']);

/** A resource name from the name of a table: `price_list` is `price-list`; `records` where nothing is left of it. */
export function resourceNameOf(tableName: string): string {
  const name = tableName
    .replace(/_+/g, '-')
    .slice(0, LONGEST_NAME)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'records' : name;
}

/** Names of fields and variables for the columns of a table: their own as far as that goes, each once. */
export function fieldNames(columns: readonly string[]): string[] {
  const taken = new Set(columns.filter((column) => isFieldName(column)));
  return columns.map((column) => {
    if (isFieldName(column)) return column;
    const base = column.slice(0, LONGEST_NAME - 8);
    let name = `${base}_value`;
    for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
    taken.add(name);
    return name;
  });
}

function isFieldName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[a-z_][a-z0-9_]*$/.test(name) && !REFUSED.has(name);
}

/** Distinct names in order: one that came before gets a number. */
export function distinctNames(names: readonly string[], joint: string): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let candidate = name;
    for (let count = 2; taken.has(candidate); count += 1) candidate = `${name}${joint}${count}`;
    taken.add(candidate);
    return candidate;
  });
}
