import type { FaultDetail } from '../errors/app-error.ts';

const MAX_FAULTS = 10;

/** Faults as one line for a condition: each with its place and what to do about it. */
export function renderFaults(faults: readonly FaultDetail[]): string {
  const shown = faults.slice(0, MAX_FAULTS).map(renderFault).join('; ');
  return faults.length <= MAX_FAULTS ? shown : `${shown}; … and ${faults.length - MAX_FAULTS} more`;
}

function renderFault({ path, line, column, message, hint }: FaultDetail): string {
  const place = [path, line === undefined ? undefined : `line ${line}${column === undefined ? '' : `:${column}`}`];
  const at = place.filter((part) => part !== undefined).join(', ');
  return `${at === '' ? '' : `${at}: `}${message}${hint === undefined ? '' : ` (${hint})`}`;
}
