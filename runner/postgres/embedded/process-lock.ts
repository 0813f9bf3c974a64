import { DatabaseSync } from 'node:sqlite';

/** A lock held by this process, on any file system that has POSIX locks. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes an exclusive lock on a file without waiting; null where another process holds it. The operating system gives the
 * lock back when the process ends, however it ends, so there is no stale lock to judge by process ids. Node has no
 * flock; the locks of SQLite are the ones it has.
 */
export function tryProcessLock(path: string): ProcessLock | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      return null;
    }
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
}
