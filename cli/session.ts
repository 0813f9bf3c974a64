import { makeDirectory } from '../runner/artifacts/make-directory.ts';
import { migrateControlSchema } from '../runner/executions/control-schema.ts';
import { openEmbeddedPostgres } from '../runner/postgres/embedded.ts';
import { openPool, type SqlPool } from '../runner/postgres/pool.ts';
import type { CliConfig } from './config.ts';

/** Runs `work` with the database of the configuration: the given one, or the embedded one of the state directory. */
export async function withDatabase<T>(config: CliConfig, work: (pool: SqlPool) => Promise<T>): Promise<T> {
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
