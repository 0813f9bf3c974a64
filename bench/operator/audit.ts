import { open } from 'node:fs/promises';

/** Requests by what they do, such as `patch smartconnectors/status`. */
export type RequestCounts = Readonly<Record<string, number>>;

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
}

/** Reads the audit log of an API server from where it was read last. */
export class AuditLog {
  readonly #path: string;
  #position = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** The requests since the last call; a watch counts when it begins and when it ends. */
  async readNew(): Promise<RequestCounts> {
    const file = await open(this.#path, 'r');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(size - this.#position);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position);
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      return countRequests(lines);
    } finally {
      await file.close();
    }
  }
}

/**
 * @param lines of an audit log, each an event in JSON; one that was cut short while it was written counts as `unreadable`
 */
export function countRequests(lines: readonly string[]): RequestCounts {
  const counts: Record<string, number> = {};
  for (const line of lines.filter((one) => one !== '')) {
    const name = nameOf(line);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function nameOf(line: string): string {
  try {
    const { verb, objectRef } = JSON.parse(line) as AuditEvent;
    const { resource = 'other', subresource } = objectRef ?? {};
    return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  } catch {
    return 'unreadable';
  }
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

/** Lease renewals and events aside: what is written about the objects themselves. */
export function countWrites(counts: RequestCounts): number {
  return Object.entries(counts)
    .filter(([name]) => WRITES.has(name.split(' ')[0] ?? '') && !/ (leases|events)$/.test(name))
    .reduce((sum, [, count]) => sum + count, 0);
}

export const countAll = (counts: RequestCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
