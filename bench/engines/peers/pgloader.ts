import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLUMNS } from '../../data/record.ts';
import type { Engine } from '../engine.ts';
import { unpackDebian, versionOf } from './install.ts';
import { PEER_TABLE, peerEngine, readAddress } from './peer-table.ts';

/** pgloader, from Debian; it only appends. */
export async function openPgloader(directory: string): Promise<Engine> {
  const home = await unpackDebian(directory, ['pgloader', 'freetds-dev', 'libsybdb5']);
  const program = join(home, 'usr', 'bin', 'pgloader');
  const environment = { LD_LIBRARY_PATH: join(home, 'usr', 'lib', 'x86_64-linux-gnu') };
  return peerEngine({
    name: 'pgloader',
    version: await versionOf(program, ['--version'], environment),
    works: ['create'],
    launch: async (job) => {
      await mkdir(job.directory, { recursive: true });
      const path = join(job.directory, 'load.load');
      await writeFile(path, renderCommand(job.inputPath, job.databaseUrl));
      return { command: program, arguments: ['--root-dir', job.directory, path], environment };
    },
  });
}

function renderCommand(inputPath: string, databaseUrl: string): string {
  const { user, password, host, port, name } = readAddress(databaseUrl);
  const columns = COLUMNS.join(', ');
  return `LOAD CSV FROM '${inputPath}' (${columns})
INTO postgresql://${user}:${password}@${host.startsWith('/') ? `unix:${host}` : host}:${port}/${name}
TARGET TABLE ${PEER_TABLE} (${columns})
WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',';
`;
}
