import { writeSync } from 'node:fs';
import { armFault, parseFault } from './fault-point.ts';

/**
 * A switch for tests of what survives a crash; see CONTRIBUTING.md.
 *
 * @param text SMARTCONNECTOR_FAULT; nothing is done where it is not set
 */
export function armRequestedFault(text: string | undefined): void {
  if (text === undefined || text === '') return;
  armFault(parseFault(text), ({ signal }, point) => {
    writeSync(process.stderr.fd, `SMARTCONNECTOR_FAULT=${text}: ${signal} at ${point}\n`);
    process.kill(process.pid, signal);
  });
}
