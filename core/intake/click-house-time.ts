/** The years that `DateTime64(3)` holds without wrapping. */
const FIRST_MS = Date.UTC(1900, 0, 1);
const LAST_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** Epoch milliseconds as ClickHouse writes `DateTime64(3, 'UTC')`; null where that type does not hold the time. */
export function clickHouseTime(epochMs: number): string | null {
  if (!Number.isFinite(epochMs) || epochMs < FIRST_MS || epochMs > LAST_MS) return null;
  return new Date(Math.trunc(epochMs)).toISOString().replace('T', ' ').replace('Z', '');
}
