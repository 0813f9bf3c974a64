import { EXIT } from './exit-status.ts';

/**
 * Aborts at the first SIGINT or SIGTERM, and ends the process at the second: somebody is in a hurry. What is committed is kept either
 * way, and the execution can be resumed. A reader that closes the pipe early has seen enough, and ends it too.
 */
export function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(EXIT.cancelled);
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? 0 : EXIT.internal),
  );
  return stopping.signal;
}
