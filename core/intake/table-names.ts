import { cleanName } from './clean-name.ts';

/** The table name of a text file: the cleaned file name without its folder and its last extension. */
export function tableNameOfFile(fileName: string): string {
  const base = fileName.split(/[\\/]/u).at(-1) ?? fileName;
  const dot = base.lastIndexOf('.');
  return cleanName(dot > 0 ? base.slice(0, dot) : base);
}

/** The table name of a sheet: its cleaned name; a leading digit stays. */
export function tableNameOfSheet(sheetName: string): string {
  return cleanName(sheetName);
}

/**
 * Makes the names of one input's tables distinct, in order: a name that came before becomes `name__duplicate_1__`, an
 * empty one `_1`, `_2` … Names of the form `page_idx_<n>` belong to the views by position and count as taken.
 */
export function distinctTableNames(names: readonly string[]): string[] {
  const taken = new Set<string>(names.filter((name) => name !== '' && !isPageName(name)));
  const used = new Set<string>();
  let blanks = 0;
  return names.map((name) => {
    let candidate = name;
    if (name === '') {
      do candidate = `_${(blanks += 1)}`;
      while (taken.has(candidate));
    } else if (used.has(name) || isPageName(name)) {
      let count = 0;
      do candidate = `${name}__duplicate_${(count += 1)}__`;
      while (used.has(candidate) || taken.has(candidate));
    }
    used.add(candidate);
    return candidate;
  });
}

/**
 * The names that a connector's script uses for the tables of an input, one for each of `found` (distinct, in the order of
 * the input). A table whose own name is declared keeps it; the tables left over take the declared names left over, in
 * order; with none left, a table keeps its own name.
 */
export function bindTableNames(found: readonly string[], declared: readonly string[]): string[] {
  const names = new Set(found);
  const free = [...new Set(declared)].filter((name) => !names.has(name));
  const exact = new Set(declared);
  return found.map((name) => (exact.has(name) ? name : (free.shift() ?? name)));
}

function isPageName(name: string): boolean {
  return /^page_idx_[0-9]+$/.test(name);
}
