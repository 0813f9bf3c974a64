import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMON_WORKS } from '../../works.ts';
import type { Engine } from '../engine.ts';
import { installPython, versionOf } from './install.ts';
import { peerEngine } from './peer-table.ts';

const SCRIPT = join(import.meta.dirname, 'dlt-load.py');

/** dlt: Arrow batches, loaded as CSV by COPY, merged by upsert. */
export async function openDlt(directory: string): Promise<Engine> {
  const home = await installPython(directory, ['dlt[postgres]==1.31.0', 'pyarrow']);
  const python = join(home, 'bin', 'python');
  return peerEngine({
    name: 'dlt',
    version: await versionOf(python, ['-c', 'import dlt; print("dlt", dlt.__version__)']),
    works: COMMON_WORKS,
    launch: async (job) => {
      await mkdir(job.directory, { recursive: true });
      return {
        command: python,
        arguments: [SCRIPT, job.inputPath, job.databaseUrl, job.directory],
        environment: { DLT_DATA_DIR: job.directory, RUNTIME__DLTHUB_TELEMETRY: 'false' },
      };
    },
  });
}
