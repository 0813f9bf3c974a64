import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FoldRequest } from './fold-sql.ts';
import { renderFold } from './fold-sql.ts';

/**
 * A process of its own for ClickHouse: the memory of a fold is given back when it ends. Takes the file of the requests and
 * a directory for ClickHouse; runs our own SQL only.
 */
const [requests, directory] = process.argv.slice(2);
if (requests === undefined || directory === undefined) throw new Error('usage: main.ts REQUESTS DIRECTORY');

interface ChdbSession {
  query(sql: string, format?: string): string;
  cleanup(): void;
}
const { Session } = createRequire(import.meta.url)('chdb') as { Session: new (path: string) => ChdbSession };

const session = new Session(directory);
// Groups go to the disk early; the ceiling is for merging them again, which takes more the more there are.
session.query(
  'SET max_memory_usage = 2000000000, max_bytes_before_external_group_by = 64000000, max_threads = 1, ' +
    'max_insert_threads = 1, max_block_size = 16384, min_insert_block_size_bytes = 16777216, join_use_nulls = 0',
);
session.query('SET engine_file_truncate_on_insert = 1, engine_file_skip_empty_files = 1');
for (const request of JSON.parse(readFileSync(requests, 'utf8')) as FoldRequest[]) {
  for (const statement of renderFold(request)) session.query(statement);
}
session.cleanup();
