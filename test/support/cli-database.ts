import { afterAll, beforeAll } from 'vitest';
import { openPool, type SqlPool } from '../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from './cli.ts';
import { freshDatabase } from './postgres.ts';

/** The command-line tool on an empty database, and a pool to look at it. */
export interface CliDatabase {
  readonly pool: SqlPool;
  readonly world: CliWorld;
}

/** Makes one for the tests of the suite that calls it; `take` gets it before they begin, and it goes after them. */
export function useCliDatabase(take: (opened: CliDatabase) => void): void {
  let close: () => Promise<void>;
  beforeAll(async () => {
    const database = await freshDatabase();
    const pool = openPool(database.url);
    const world = await openCliWorld(database.url);
    close = async () => {
      await pool.close();
      await world.close();
      await database.drop();
    };
    take({ pool, world });
  });
  afterAll(() => close());
}
