import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchDirectory } from './directory.ts';
import { PEER_NAMES } from './engines/peers/open-peers.ts';
import { readWhole } from './read-whole.ts';
import { WORK_NAMES, type WorkName } from './works.ts';

export interface BenchOptions {
  readonly rows: number;
  /** How often everything is measured, in turn. */
  readonly runs: number;
  readonly seed: number;
  readonly works: readonly WorkName[];
  readonly peers: readonly string[];
  /** Null: the embedded server. */
  readonly databaseUrl: string | null;
  /** Files, the embedded server and installed peers. */
  readonly directory: string;
  /** Null: nothing is kept. */
  readonly resultsDirectory: string | null;
}

export const USAGE = `npm run bench -- [options]

  --rows N          lines of the file (1000000)
  --runs N          how often each work is measured, in turn with the floor (3)
  --works A,B       only these, and what they build on: ${WORK_NAMES.join(', ')}
  --peers A,B|all   other tools too, installed into DIR where they can be: ${PEER_NAMES.join(', ')}
  --database URL    a PostgreSQL whose user may make databases, instead of the embedded one
  --directory DIR   where files, server and peers are kept (the system's temporary directory)
  --seed N          of the data (1)
  --no-save         keep no results`;

/** @throws Error saying which option is wrong */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rows: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      works: { type: 'string' },
      peers: { type: 'string' },
      database: { type: 'string' },
      directory: { type: 'string' },
      save: { type: 'boolean', default: true },
    },
  });
  const words = (text: string | undefined): string[] => (text ?? '').split(',').filter((word) => word !== '');
  const works = words(values.works).map((word) => {
    const name = WORK_NAMES.find((one) => one === word);
    if (name === undefined) throw new Error(`--works: there is no ${word}; choose of ${WORK_NAMES.join(', ')}`);
    return name;
  });
  return {
    rows: readWhole('--rows', values.rows, 200),
    runs: readWhole('--runs', values.runs, 1),
    seed: readWhole('--seed', values.seed, 0),
    works: works.length === 0 ? WORK_NAMES : works,
    peers: readPeers(words(values.peers)),
    databaseUrl: values.database ?? null,
    directory: benchDirectory(values.directory),
    resultsDirectory: values.save ? join(import.meta.dirname, 'results') : null,
  };
}

function readPeers(names: readonly string[]): readonly string[] {
  if (names.includes('all')) return PEER_NAMES;
  const unknown = names.find((name) => !PEER_NAMES.includes(name));
  if (unknown !== undefined)
    throw new Error(`--peers: there is no ${unknown}; choose of ${PEER_NAMES.join(', ')}, all`);
  return names;
}
