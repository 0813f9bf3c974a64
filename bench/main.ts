import { join, relative } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { openPeers } from './engines/peers/open-peers.ts';
import { openProductEngine } from './engines/product-engine.ts';
import { openScriptEngines } from './engines/script-engine.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { readOptions, USAGE, type BenchOptions } from './options.ts';
import { renderRunLine, renderSummaries } from './report/render.ts';
import {
  buildHistoryLine,
  findComparable,
  findRegressions,
  readHistory,
  saveResult,
  type BenchResult,
} from './report/results.ts';
import { summarize } from './report/summary.ts';
import { runBench } from './run-bench.ts';
import { runMain } from './run-main.ts';
import { openServer } from './server.ts';

const ROOT = join(import.meta.dirname, '..');

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

async function bench(options: BenchOptions): Promise<boolean> {
  await mkdir(options.directory, { recursive: true });
  const at = new Date().toISOString();
  const machine = describeMachine();
  const commit = await describeCommit(ROOT);
  const server = await openServer(options.databaseUrl, options.directory);
  try {
    const scripts = await openScriptEngines(server.majorVersion);
    const product = await openProductEngine(commit);
    const peers = await openPeers(options.peers, join(options.directory, 'peers'), scripts.merge, progress);
    const others = [scripts.floor, ...peers];
    const engines = Object.fromEntries([product, ...others].map(({ name, version }) => [name, version]));
    progress(`${machine.processor}, ${machine.cores} cores; ${server.version}`);
    for (const [name, version] of Object.entries(engines)) progress(`${name}: ${version}`);
    const runs = await runBench(options, {
      server,
      product,
      others,
      say: progress,
      onRun: (record) => progress(renderRunLine(record)),
    });
    const { rows, seed } = options;
    const summaries = summarize(runs, product.name);
    const { version, settings } = server;
    const result = { at, commit, rows, seed, machine, server: { version, settings }, engines, summaries, runs };
    out(renderSummaries(summaries));
    if (options.resultsDirectory !== null)
      await compareAndSave(options.resultsDirectory, result, [options.directory, ROOT]);
    const wrong = runs.filter((run) => run.faults.length > 0);
    for (const run of wrong) out(`\nWRONG: ${renderRunLine(run)}`);
    return wrong.length === 0;
  } finally {
    await server.close();
  }
}

async function compareAndSave(directory: string, result: BenchResult, places: readonly string[]): Promise<void> {
  const now = buildHistoryLine(result);
  const before = findComparable(await readHistory(directory), now);
  if (before === null) out('\nno earlier run of as many rows on such a machine to compare with');
  else {
    const regressions = findRegressions(before, now);
    out(`\nagainst ${before.commit} of ${before.at}: ${regressions.length === 0 ? 'nothing is worse' : 'WORSE'}`);
    for (const one of regressions) out(`  ${one}`);
  }
  out(`kept in ${relative(process.cwd(), await saveResult(directory, result, places))}`);
}

await runMain({ usage: USAGE, readOptions, bench });
