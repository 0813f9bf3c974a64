/** With what is added, the name of an execution stays below the 63 characters of a label. */
const MAX_PREFIX = 40;

/** The name of an execution of a connector, told apart by a suffix of letters, digits and dashes. */
export function executionName(connector: string, suffix: string): string {
  const prefix = connector.slice(0, MAX_PREFIX).replace(/[^a-z0-9]+$/, '');
  return `${prefix}-${suffix}`;
}

/** `20260131-060000`, UTC: names sort by time. */
export const timeStamp = (now: Date): string => now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
