import { AppError, messageOf } from '../../../core/errors/app-error.ts';
import { openEmbeddedPostgres } from '../../../runner/postgres/embedded.ts';
import { openPool } from '../../../runner/postgres/pool.ts';

// Holds the embedded server of a state directory as a command does, and answers every line it reads with a query's
// result. Ends with its input.
const [stateDirectory = '', idleSeconds = '1'] = process.argv.slice(2);
try {
  const server = await openEmbeddedPostgres({ stateDirectory, idleSeconds: Number(idleSeconds), durable: false });
  const pool = openPool(server.url);
  const report = async (): Promise<void> => {
    const { rows } = await pool.query({
      text: 'SELECT pg_postmaster_start_time()::text AS started, pg_backend_pid() AS pid',
      values: [],
    });
    process.stdout.write(`${JSON.stringify({ ...rows[0], url: server.url })}\n`);
  };
  await report();
  for await (const _line of process.stdin) {
    await report();
  }
  await pool.close();
  await server.release();
} catch (error) {
  const code = error instanceof AppError ? error.code : null;
  process.stdout.write(`${JSON.stringify({ error: messageOf(error), code })}\n`);
  process.exitCode = 1;
}
