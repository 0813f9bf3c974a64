/** What intake takes at most, whatever the manifest says: beyond these a file is a mistake or an attack. */
export const INTAKE_LIMITS = {
  columns: 10_000,
  /** The text of one row, in bytes; also bounds what an unclosed quote swallows. */
  rowBytes: 64 * 1024 * 1024,
  archiveEntries: 10_000,
  /** Of all entries of an archive together, unpacked. */
  archiveBytes: 8 * 1024 * 1024 * 1024,
  /** Unpacked to packed, of an archive whose content is larger than `archiveRatioFromBytes`. */
  archiveRatio: 200,
  archiveRatioFromBytes: 64 * 1024 * 1024,
  /** One webhook event as text, in bytes. */
  eventBytes: 16 * 1024 * 1024,
} as const;
