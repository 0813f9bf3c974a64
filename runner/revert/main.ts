import { readFileSync } from 'node:fs';
import { ChdbSession } from '../chdb/session.ts';
import { renderEffectSort, type EffectRequest } from './effect-request.ts';

/**
 * A process of its own for ClickHouse: its memory is given back when it ends. Takes the file of the request and a
 * directory for ClickHouse; runs our own SQL only.
 */
const [request, directory] = process.argv.slice(2);
if (request === undefined || directory === undefined) throw new Error('usage: main.ts REQUEST DIRECTORY');

const session = new ChdbSession(directory);
session.execute(
  'SET max_memory_usage = 300000000, max_threads = 1, max_insert_threads = 1, max_block_size = 8192, ' +
    'min_insert_block_size_rows = 65536, min_insert_block_size_bytes = 33554432, output_format_compression_level = 1',
);
session.execute('SET engine_file_truncate_on_insert = 1, engine_file_skip_empty_files = 1');
for (const statement of renderEffectSort(JSON.parse(readFileSync(request, 'utf8')) as EffectRequest)) {
  session.execute(statement);
}
session.close();
