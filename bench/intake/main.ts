import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { IntakeResult } from '../../core/model/stages.ts';
import { readAloneOptions, renderUsage, type AloneOptions } from '../alone/options.ts';
import { renderMeasurement, renderSetting, saveLine, summarize } from '../alone/results.ts';
import { nodeLaunch, runAlone } from '../alone/run.ts';
import type { Launch, Measurement } from '../measure/run-measured.ts';
import { runMain } from '../run-main.ts';
import { writeInputs, type InputFile } from './files.ts';

/** For the XLSX file, of 1,000,000 rows. */
const TARGET = { seconds: 15, mebibytes: 200 };

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const program = (name: string): string => join(import.meta.dirname, name);

interface Work {
  readonly name: string;
  launch(workspace: string): Launch;
  /** Throws where what the run left in the workspace is not what the file holds. */
  verify(workspace: string, output: string): Promise<void>;
}

function intakeWork(name: string, file: InputFile): Work {
  return {
    name,
    launch: (workspace) => nodeLaunch(program('read-main.ts'), file.path, workspace),
    verify: async (workspace, output) => {
      const { failure, tables } = JSON.parse(output) as IntakeResult;
      if (failure !== null) throw new Error(`${name}: ${failure.message}`);
      const [table] = tables;
      if (table?.rows !== file.rows) throw new Error(`${name}: ${table?.rows ?? 0} rows of ${file.rows}`);
      await checkHash(name, join(workspace, table.file), file.tableHash);
    },
  };
}

/** What the product's reading of the CSV file is compared with: a bare copy of it, and the engine by itself. */
function floorWorks(file: InputFile, engineTableHash: string): Work[] {
  return [
    {
      name: 'copy',
      launch: (workspace) => ({
        command: 'sh',
        arguments: ['-c', 'cat "$1" > "$2"', 'sh', file.path, join(workspace, 'copy')],
      }),
      verify: () => Promise.resolve(),
    },
    {
      name: 'engine',
      launch: (workspace) =>
        nodeLaunch(program('engine-main.ts'), file.path, join(workspace, 'table.tsv'), join(workspace, 'data')),
      verify: (workspace) => checkHash('engine', join(workspace, 'table.tsv'), engineTableHash),
    },
  ];
}

async function checkHash(work: string, path: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== expected) throw new Error(`${work}: ${path} is not what the file holds`);
}

/** @returns true: what is missed is seen in the figures, and a busy machine misses it too */
async function bench(options: AloneOptions): Promise<boolean> {
  out(await renderSetting(options.rows));
  const { csv, xlsx, engineTableHash } = await writeInputs(options.directory, options.rows);
  const workspace = join(options.directory, 'workspace');
  const works = [intakeWork('xlsx', xlsx), intakeWork('csv', csv), ...floorWorks(csv, engineTableHash)];
  const measurements = new Map<string, Measurement[]>(works.map(({ name }) => [name, []]));
  // In turn, so that what slows the machine for a while slows all of them.
  for (let run = 0; run < options.runs; run += 1) {
    for (const work of works) {
      await rm(workspace, { recursive: true, force: true });
      await mkdir(workspace, { recursive: true });
      const one = await runAlone(work.launch(workspace));
      await work.verify(workspace, one.output);
      out(renderMeasurement(work.name, one));
      measurements.get(work.name)?.push(one);
    }
  }
  await rm(workspace, { recursive: true, force: true });
  const summary = summarize(measurements);
  out(`target for 1,000,000 rows of XLSX: ${TARGET.seconds} s, ${TARGET.mebibytes} MiB`);
  out(JSON.stringify(summary, null, 2));
  await saveLine('intake', options, TARGET, summary);
  return true;
}

await runMain({
  usage: renderUsage('intake', 'files'),
  readOptions: (args) => readAloneOptions('intake', args),
  bench,
});
