import { readFileSync } from 'node:fs';
import { ChdbSession } from '../chdb/session.ts';
import type { FoldRequest } from './fold-sql.ts';
import { FOLD_SETTINGS, renderFold } from './fold-sql.ts';

/**
 * A process of its own for ClickHouse: the memory of a fold is given back when it ends. Takes the file of the requests and
 * a directory for ClickHouse; runs our own SQL only.
 */
const [requests, directory] = process.argv.slice(2);
if (requests === undefined || directory === undefined) throw new Error('usage: main.ts REQUESTS DIRECTORY');

const session = new ChdbSession(directory);
session.execute(`SET ${FOLD_SETTINGS}`);
for (const request of JSON.parse(readFileSync(requests, 'utf8')) as FoldRequest[]) {
  for (const statement of renderFold(request)) session.execute(statement);
}
session.close();
