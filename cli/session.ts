import { invalid } from '../core/errors/app-error.ts';
import { makeDirectory } from '../runner/artifacts/make-directory.ts';
import { migrateControlSchema } from '../runner/executions/control-schema.ts';
import { openEmbeddedPostgres } from '../runner/postgres/embedded.ts';
import { openPool, type SqlPool } from '../runner/postgres/pool.ts';
import type { CliConfig } from './config.ts';

/** Runs `work` with the database of the configuration: the given one, or the embedded one of the state directory. */
export async function withDatabase<T>(config: CliConfig, work: (pool: SqlPool) => Promise<T>): Promise<T> {
  checkDatabaseUrl(config.databaseUrl);
  await makeDirectory(config.stateDirectory);
  const embedded =
    config.databaseUrl === null ? await openEmbeddedPostgres({ stateDirectory: config.stateDirectory }) : null;
  const pool = openPool(config.databaseUrl ?? embedded?.url ?? '', { applicationName: 'smartconnector' });
  try {
    await pool.withConnection((connection) => migrateControlSchema(connection.pg));
    return await work(pool);
  } finally {
    await pool.close();
    await embedded?.release();
  }
}

/** The text may hold a password: no message repeats it. */
function checkDatabaseUrl(text: string | null): void {
  if (text === null || /^postgres(ql)?:\/\/./.test(text)) return;
  throw invalid('--database: give a URL such as postgres://user@host:5432/name');
}
