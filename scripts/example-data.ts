import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contractFiles } from './example-data-contracts.ts';
import { leadFiles } from './example-data-leads.ts';
import { nightlyStockFiles } from './example-data-nightly-stock.ts';
import { orderFiles } from './example-data-orders-webhook.ts';
import { priceListFiles } from './example-data-price-list.ts';
import type { ExampleFile } from './example-data-source.ts';
import { staffDirectoryFiles } from './example-data-staff-directory.ts';

const SEED = 20_261_101;

/** The input files of all examples. The same seed gives the same files. */
export async function exampleFiles(seed: number = SEED): Promise<readonly ExampleFile[]> {
  return [
    ...priceListFiles(seed),
    ...nightlyStockFiles(seed),
    ...orderFiles(seed),
    ...contractFiles(seed),
    ...leadFiles(seed),
    ...(await staffDirectoryFiles(seed)),
  ];
}

/** `node scripts/example-data.ts [SEED]` writes them. */
if (import.meta.main) {
  const root = join(import.meta.dirname, '..', 'examples');
  const [seed] = process.argv.slice(2);
  for (const { path, content } of await exampleFiles(seed === undefined ? SEED : Number(seed))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    process.stdout.write(`examples/${path}: ${content.length} bytes\n`);
  }
}
