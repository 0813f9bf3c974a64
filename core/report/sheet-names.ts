/** The longest name that Excel takes for a sheet, in UTF-16 units. */
export const MAX_SHEET_NAME = 31;

/** A piece of a sheet name: fixed text, or a name that may be shortened. */
export type NamePart = string | { readonly name: string };

/**
 * Gives names to sheets as Excel takes them: at most 31 characters, none of `[]:*?/\` and no control characters, no
 * apostrophe at an end, never `History` (reserved), and unique whatever the case. Where a name is too long its longest
 * shortenable part is cut (`Extracted Variables (produc…)`); where it is taken it gets a number.
 */
export class SheetNames {
  readonly #taken = new Set(['history']);

  take(...parts: NamePart[]): string {
    const named = parts.map((part) => (typeof part === 'string' ? part : { name: clean(part.name) }));
    const cleaned = named.some((part) => part !== '' && (typeof part === 'string' || part.name !== ''))
      ? named
      : ['Sheet'];
    for (let number = 1; ; number++) {
      const name = fit(cleaned, number === 1 ? '' : ` ${number}`);
      const key = name.toLowerCase();
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      return name;
    }
  }
}

function fit(parts: readonly NamePart[], suffix: string): string {
  const fixed = parts.map((part) => (typeof part === 'string' ? part : null));
  const points = parts.map((part) => (typeof part === 'string' ? [] : Array.from(part.name)));
  const cut = points.map(() => false);
  const name = () =>
    points.map((text, index) => fixed[index] ?? text.join('') + (cut[index] === true ? '…' : '')).join('') + suffix;
  while (name().length > MAX_SHEET_NAME) {
    const longest = points.reduce((best, text, index) => (text.length > (points[best]?.length ?? 0) ? index : best), 0);
    if ((points[longest]?.length ?? 0) === 0) break;
    points[longest]?.pop();
    cut[longest] = true;
  }
  return name().slice(0, MAX_SHEET_NAME).replace(/^'|'$/g, '_');
}

function clean(name: string): string {
  return name.replace(/[[\]:*?/\\]/g, '_').replace(/[\u0000-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, '');
}
