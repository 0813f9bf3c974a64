import { randomBytes } from 'node:crypto';
import type { SqlPool } from '../../runner/postgres/pool.ts';

const KEY_BYTES = 32;

/** A secret of that name that all replicas share; whoever comes first makes it. */
export async function readSharedKey(pool: SqlPool, name: string): Promise<Buffer> {
  return pool.withConnection(async ({ pg }) => {
    await pg.query('INSERT INTO smartconnector.shared_key (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      name,
      randomBytes(KEY_BYTES),
    ]);
    const result = await pg.query<{ value: Buffer }>('SELECT value FROM smartconnector.shared_key WHERE name = $1', [
      name,
    ]);
    const [row] = result.rows;
    if (row === undefined) throw new Error(`the shared key ${name} was removed while it was read`);
    return row.value;
  });
}
