/**
 * Which entries of a ZIP file are tables: text files at the root, or in a folder named like the ZIP file; what macOS adds
 * (`__MACOSX/`, `._*`) is none.
 */
export function selectZipTables(names: readonly string[], zipFileName: string): string[] {
  const folder = (zipFileName.split(/[\\/]/u).at(-1) ?? zipFileName).replace(/\.[^.]*$/u, '');
  return names.filter((name) => {
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? '' : name.slice(0, slash);
    const base = name.slice(slash + 1);
    return /\.(csv|tsv)$/i.test(base) && !base.startsWith('._') && (parent === '' || parent === folder);
  });
}

/** Entries that nobody means to send: folders' and desktops' own files. */
export function isHousekeeping(name: string): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return name.startsWith('__MACOSX/') || base.startsWith('._') || /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(base);
}
