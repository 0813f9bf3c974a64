import { readFileSync } from 'node:fs';
import { foldExecution } from './fold.ts';
import type { FoldRequest } from './fold-request.ts';

/** A process of its own, since a fold keeps its thread busy. Takes the file of the requests and a directory for files in between. */
const [requests, directory] = process.argv.slice(2);
if (requests === undefined || directory === undefined) throw new Error('usage: main.ts REQUESTS DIRECTORY');

for (const request of JSON.parse(readFileSync(requests, 'utf8')) as FoldRequest[]) foldExecution(request, directory);
