/** The column of row numbers that every input table carries; no header may take its name. */
export const ROW_COLUMN = '_row';

/**
 * A name that needs no quoting in SQL: trimmed, every character outside `[A-Za-z0-9_]` turned into `_`, lower-case. Works
 * on code points, so that a character outside the basic plane is one `_`. Blank stays ''.
 */
export function cleanName(text: string): string {
  return text
    .trim()
    .replace(/[^A-Za-z0-9_]/gu, '_')
    .toLowerCase();
}

/** A column name from a header: as `cleanName`, and a leading digit gets a `_` (`2020` becomes `_2020`). */
export function cleanHeader(text: string): string {
  const name = cleanName(text);
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

export type CleanHeaders =
  | { readonly kind: 'Names'; readonly names: readonly string[] }
  | { readonly kind: 'Clash'; readonly first: number; readonly second: number; readonly name: string };

/**
 * Column names for the headers of one table. Empty headers become `_1`, `_2` … in their order; a repeated name becomes
 * `name__duplicate_1__`, `name__duplicate_2__` … A name that is made up this way and that another header cleans to as
 * well is a clash (indexes from 0): two columns would be indistinguishable.
 */
export function cleanHeaders(headers: readonly string[]): CleanHeaders {
  const seen = new Map<string, number>([[ROW_COLUMN, 1]]);
  const owners = new Map<string, number>();
  const names: string[] = [];
  let blanks = 0;
  for (const [index, header] of headers.entries()) {
    const cleaned = cleanHeader(header);
    let name = cleaned;
    if (cleaned === '') {
      blanks += 1;
      name = `_${blanks}`;
    } else {
      const count = seen.get(cleaned) ?? 0;
      if (count > 0) name = `${cleaned}__duplicate_${count}__`;
      seen.set(cleaned, count + 1);
    }
    const owner = owners.get(name);
    if (owner !== undefined) return { kind: 'Clash', first: owner, second: index, name };
    owners.set(name, index);
    names.push(name);
  }
  return { kind: 'Names', names };
}
