import { join } from 'node:path';
import { COMMON_WORKS } from '../../works.ts';
import type { Engine } from '../engine.ts';
import { installPython, versionOf } from './install.ts';
import { PEER_TABLE, peerEngine, renderGoUrl } from './peer-table.ts';

const TYPES = 'amount:decimal(18,2),quantity:bigint,joined:date,seen_at:timestamp,is_active:boolean';

/** ingestr; the last version whose package brings its program. */
export async function openIngestr(directory: string): Promise<Engine> {
  const program = join(await installPython(directory, ['ingestr==0.15.9']), 'bin', 'ingestr');
  return peerEngine({
    name: 'ingestr',
    version: await versionOf(program, ['--version']),
    works: COMMON_WORKS,
    launch: (job) =>
      Promise.resolve({
        command: program,
        arguments: [
          ...[
            'ingest',
            '--yes',
            '--progress',
            'log',
            '--source-uri',
            `csv://${job.inputPath}`,
            '--source-table',
            'members',
          ],
          ...['--dest-uri', renderGoUrl(job.databaseUrl), '--dest-table', PEER_TABLE, '--columns', TYPES],
          ...['--incremental-strategy', 'merge', '--primary-key', 'code'],
        ],
        environment: { INGESTR_DISABLE_TELEMETRY: 'true', DISABLE_TELEMETRY: 'true' },
      }),
  });
}
