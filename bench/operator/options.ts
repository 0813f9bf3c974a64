import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchDirectory } from '../directory.ts';
import { readWhole } from '../read-whole.ts';

export interface OperatorBenchOptions {
  /** Numbers of connectors, each measured on a cluster of its own. */
  readonly sizes: readonly number[];
  readonly idleSeconds: number;
  /** Null: the embedded server. */
  readonly databaseUrl: string | null;
  readonly directory: string;
  /** Null: nothing is kept. */
  readonly resultsDirectory: string | null;
}

export const USAGE = `npm run bench:operator -- [options]

  --connectors A,B  numbers of connectors, one after another (1000,3000)
  --idle N          seconds over which the idle operator is watched (60)
  --database URL    a PostgreSQL whose user may make databases and roles, instead of the embedded one
  --directory DIR   where servers are kept (the system's temporary directory)
  --no-save         keep no results

KUBEBUILDER_ASSETS names a folder with etcd, kube-apiserver and kubectl.`;

/** @throws Error saying which option is wrong */
export function readOptions(args: readonly string[]): OperatorBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      connectors: { type: 'string', default: '1000,3000' },
      idle: { type: 'string', default: '60' },
      database: { type: 'string' },
      directory: { type: 'string' },
      save: { type: 'boolean', default: true },
    },
  });
  return {
    sizes: values.connectors.split(',').map((text) => readWhole('--connectors', text, 10)),
    idleSeconds: readWhole('--idle', values.idle, 1),
    databaseUrl: values.database ?? null,
    directory: benchDirectory(values.directory),
    resultsDirectory: values.save ? join(import.meta.dirname, '../results') : null,
  };
}
