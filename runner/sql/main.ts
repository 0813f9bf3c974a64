/** The process that runs the SQL of a connector: `main.ts JOB_FILE`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceSecrets } from './source-secrets.ts';
import { releaseMemory } from '../chdb/release-memory.ts';
import { EngineDiskError } from '../chdb/session.ts';
import { DISK_FULL_STATUS, RESULT_FILE, type SqlJob } from './sql-job.ts';

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SqlJob;
// Date-times without a zone, in the script as well, belong to the zone of the connector.
process.env['TZ'] = job.timeZone;
const { runJob } = await import('./run-job.ts');
// What loading the code took: from here on it is the engine that needs memory.
releaseMemory();
// The secrets of external sources: never an argument, a variable or a file.
const secrets = JSON.parse(readFileSync(0, 'utf8')) as SourceSecrets;
try {
  const result = await runJob(job, secrets, {
    seconds: () => performance.now() / 1000,
    announce: (line) => process.stdout.write(`${line}\n`),
  });
  writeFileSync(join(job.workspace, RESULT_FILE), JSON.stringify(result));
} catch (error) {
  const isFull =
    error instanceof EngineDiskError || (error instanceof Error && 'code' in error && error.code === 'ENOSPC');
  if (!isFull) throw error;
  process.exitCode = DISK_FULL_STATUS;
}
