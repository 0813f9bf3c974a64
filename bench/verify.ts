import { stripVTControlCharacters } from 'node:util';
import { messageOf } from '../core/errors/app-error.ts';
import { fingerprintSql, type Fingerprint } from './data/fingerprint.ts';
import type { Engine, Expectation, Job } from './engines/engine.ts';
import type { Measurement } from './measure/run-measured.ts';
import { withClient } from './server.ts';

/**
 * Whether a run did its work, read from the table and not from what it says: every value of every record, and how many
 * rows carry its id. A fast run that did something else is a fault.
 *
 * @param table what the table must come to
 * @returns what is wrong, in words
 */
export async function verifyRun(
  engine: Engine,
  job: Job,
  expected: Expectation,
  table: Fingerprint,
  measurement: Measurement,
): Promise<readonly string[]> {
  if (measurement.exitStatus !== 0) {
    return [
      `exit status ${measurement.exitStatus ?? 'none'}: ${stripVTControlCharacters(measurement.output).trim().slice(-2000)}`,
    ];
  }
  const faults: string[] = [];
  await withClient(job.databaseUrl, async (client) => {
    const found = await client.query<{ records: number; sum: number }>(fingerprintSql(engine.table));
    const [row] = found.rows;
    if (row?.records !== table.records) faults.push(`the table has ${row?.records} records, expected ${table.records}`);
    else if (row.sum !== table.sum) faults.push(`values in the table differ from the data (sum ${row.sum})`);
    if (!engine.marksRows) return;
    const marked = await client.query<{ rows: number }>(
      `SELECT count(*)::float8 AS rows FROM ${engine.table} WHERE execution_id = $1`,
      [job.id],
    );
    const written = marked.rows[0]?.rows;
    if (written !== expected.written) faults.push(`wrote ${written} rows, expected ${expected.written}`);
  });
  const audited = await engine.audit(job, expected).catch((error: unknown) => [`audit: ${messageOf(error)}`]);
  return [...faults, ...audited];
}
