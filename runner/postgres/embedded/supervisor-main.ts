import { randomBytes } from 'node:crypto';

import { messageOf } from '../../../core/errors/app-error.ts';
import type { SupervisorOptions } from './protocol.ts';
import { supervise } from './supervisor.ts';

// Started by openEmbeddedPostgres with its options as the only argument; see supervisor.ts.
process.umask(0o077);
const ended = new Promise<void>((resolve) => {
  process.once('SIGTERM', resolve);
});
// The terminal's Ctrl-C is meant for the command, not for the server that others may hold.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

const log = (message: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
};

try {
  // Both ends are this program; the argument is as it was written.
  const options = JSON.parse(process.argv[2] ?? '') as SupervisorOptions;
  const status = await supervise(options, {
    uid: process.getuid?.() ?? -1,
    platform: process.platform,
    architecture: process.arch,
    newPassword: randomBytes(24).toString('base64url'),
    log,
    ended,
  });
  process.exit(status);
} catch (error) {
  log(messageOf(error));
  process.exit(1);
}
