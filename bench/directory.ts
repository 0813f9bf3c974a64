import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where a benchmark keeps its files: `given`, or a folder of its own below the system's temporary one, for each user, since
 * none can write into that of another.
 */
export function benchDirectory(given: string | undefined, ...names: readonly string[]): string {
  return resolve(given ?? join(tmpdir(), ['smartconnector-bench', ...names, process.getuid?.() ?? 0].join('-')));
}
