import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describeCommit, describeMachine } from '../machine.ts';
import { runMain } from '../run-main.ts';
import { openServer } from '../server.ts';
import { judge } from './judge.ts';
import { measureSize, type SizeResult } from './measure-size.ts';
import { readOptions, USAGE, type OperatorBenchOptions } from './options.ts';
import { renderResult, saveResult } from './results.ts';

const ROOT = join(import.meta.dirname, '../..');

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** @returns whether every target was reached */
async function bench(options: OperatorBenchOptions): Promise<boolean> {
  await mkdir(options.directory, { recursive: true });
  const at = new Date().toISOString();
  const machine = describeMachine();
  const commit = await describeCommit(ROOT);
  const server = await openServer(options.databaseUrl, options.directory);
  try {
    progress(`${machine.processor}, ${machine.cores} cores; ${server.version}`);
    const sizes: SizeResult[] = [];
    for (const connectors of options.sizes) {
      const { directory, idleSeconds } = options;
      sizes.push(await measureSize(connectors, { server, directory, idleSeconds, say: progress }));
    }
    const result = { at, commit, machine, server: server.version, sizes };
    out(renderResult(result));
    if (options.resultsDirectory !== null) {
      out(`\nkept in ${relative(process.cwd(), await saveResult(options.resultsDirectory, result))}`);
    }
    return sizes.flatMap(judge).every(({ value, target }) => target === null || value <= target);
  } finally {
    await server.close();
  }
}

await runMain({ usage: USAGE, readOptions, bench });
