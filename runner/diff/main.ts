import { readFileSync } from 'node:fs';
import { ChdbSession } from '../chdb/session.ts';
import type { FoldRequest } from './fold-sql.ts';
import { renderFold } from './fold-sql.ts';

/**
 * A process of its own for ClickHouse: the memory of a fold is given back when it ends. Takes the file of the requests and
 * a directory for ClickHouse; runs our own SQL only.
 */
const [requests, directory] = process.argv.slice(2);
if (requests === undefined || directory === undefined) throw new Error('usage: main.ts REQUESTS DIRECTORY');

const session = new ChdbSession(directory);
// What is sorted goes to the disk early; the ceiling is for rows that all reach one record, which stay together.
session.execute(
  'SET max_memory_usage = 2000000000, max_bytes_before_external_sort = 48000000, max_bytes_ratio_before_external_sort = 0, ' +
    'prefer_external_sort_block_bytes = 1000000, temporary_files_buffer_size = 65536, max_threads = 1, max_insert_threads = 1, ' +
    'max_block_size = 16384, min_insert_block_size_bytes = 8000000, join_use_nulls = 0',
);
session.execute('SET engine_file_truncate_on_insert = 1, engine_file_skip_empty_files = 1');
for (const request of JSON.parse(readFileSync(requests, 'utf8')) as FoldRequest[]) {
  for (const statement of renderFold(request)) session.execute(statement);
}
session.close();
