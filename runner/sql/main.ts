/**
 * The process that runs the SQL of a connector: `main.ts JOB_FILE TIME_ZONE DIRECTORY`. It may start before there is anything to
 * do, and gets the engine going meanwhile: the job is there once standard input ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceSecrets } from './source-secrets.ts';
import { releaseMemory } from '../chdb/release-memory.ts';
import { ChdbSession, EngineDiskError } from '../chdb/session.ts';
import { dataDirectory, DISK_FULL_STATUS, RESULT_FILE, type SqlJob } from './sql-job.ts';

const [jobFile = '', timeZone = '', temporaryDirectory = ''] = process.argv.slice(2);
// Date-times without a zone, in the script as well, belong to the zone of the connector.
process.env['TZ'] = timeZone;
const { runJob } = await import('./run-job.ts');
// What loading the code took: from here on it is the engine that needs memory.
releaseMemory();
try {
  const session = new ChdbSession(dataDirectory(temporaryDirectory));
  // The secrets of external sources: never an argument, a variable or a file.
  const secrets = JSON.parse(readFileSync(0, 'utf8')) as SourceSecrets;
  const job = JSON.parse(readFileSync(jobFile, 'utf8')) as SqlJob;
  const result = await runJob(session, job, secrets, {
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
