import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAloneOptions, renderUsage, type AloneOptions } from '../alone/options.ts';
import { renderMeasurement, renderSetting, saveLine, summarize } from '../alone/results.ts';
import { nodeLaunch, runAlone } from '../alone/run.ts';
import type { Measurement } from '../measure/run-measured.ts';
import { runMain } from '../run-main.ts';
import { countRows } from './count-rows.ts';
import { KINDS, writeFiles, type Kind } from './files.ts';

const MIB = 1024 * 1024;
/** For 1,000,000 rows. */
const TARGET = { seconds: 15, mebibytes: 250 };

const out = (text: string): void => void process.stdout.write(`${text}\n`);

async function measure(kind: Kind, { rows, runs, directory }: AloneOptions): Promise<Measurement[]> {
  const place = join(directory, kind);
  const files = await writeFiles(place, rows, kind);
  const filesPath = join(place, 'files.json');
  await writeFile(filesPath, JSON.stringify(files));
  const workbook = join(place, 'report.xlsx');
  const measurements: Measurement[] = [];
  for (let run = 0; run < runs; run += 1) {
    const one = await runAlone(nodeLaunch(join(import.meta.dirname, 'write-main.ts'), filesPath, workbook));
    const written = JSON.parse(one.output) as {
      readonly bytes: number;
      readonly sheets: number;
      readonly rows: number;
    };
    const found = await countRows(workbook);
    if (written.rows !== rows || found < rows) throw new Error(`${kind}: ${found} rows in the workbook of ${rows}`);
    out(`${renderMeasurement(kind, one)}; ${(written.bytes / MIB).toFixed(0)} MiB in ${written.sheets} sheets`);
    measurements.push(one);
    await rm(workbook);
  }
  return measurements;
}

/** @returns true: what is missed is seen in the figures, and a busy machine misses it too */
async function bench(options: AloneOptions): Promise<boolean> {
  await mkdir(options.directory, { recursive: true });
  out(await renderSetting(options.rows));
  const measurements = new Map<string, Measurement[]>();
  for (const kind of KINDS) measurements.set(kind, await measure(kind, options));
  const works = summarize(measurements);
  out(`target for 1,000,000 rows: ${TARGET.seconds} s, ${TARGET.mebibytes} MiB`);
  out(JSON.stringify(works, null, 2));
  await saveLine('workbook', options, TARGET, works);
  return true;
}

await runMain({
  usage: renderUsage('workbook', 'workbook'),
  readOptions: (args) => readAloneOptions('workbook', args),
  bench,
});
