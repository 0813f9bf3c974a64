import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { COLUMNS } from '../../data/record.ts';
import { COMMON_WORKS } from '../../works.ts';
import type { Engine } from '../engine.ts';
import { installPython, versionOf } from './install.ts';
import { PEER_TABLE, peerEngine, renderGoUrl } from './peer-table.ts';

/** sling; the last version whose program is a package by itself. */
export async function openSling(directory: string): Promise<Engine> {
  const home = await installPython(directory, ['sling-linux-amd64==1.4.11']);
  const files = await readdir(home, { recursive: true });
  const found = files.find((path) => path.endsWith('/bin/sling-linux-amd64'));
  if (found === undefined) throw new Error('the package has no program');
  const program = join(home, found);
  await chmod(program, 0o755);
  const version = await versionOf(program, ['--version']);
  return peerEngine({
    name: 'sling',
    version: `sling ${version.replace(/^\D*/, '')}`,
    works: COMMON_WORKS,
    launch: async (job) => {
      await mkdir(job.directory, { recursive: true });
      const replication = join(job.directory, 'replication.yaml');
      const stream = { object: PEER_TABLE, mode: 'incremental', primary_key: ['code'], select: [...COLUMNS] };
      const streams = { [`file://${job.inputPath}`]: stream };
      await writeFile(replication, stringify({ source: 'LOCAL', target: 'TARGET', streams }));
      return {
        command: program,
        arguments: ['run', '--replication', replication],
        environment: {
          TARGET: renderGoUrl(job.databaseUrl),
          SLING_HOME_DIR: job.directory,
          SLING_DISABLE_TELEMETRY: 'true',
        },
      };
    },
  });
}
