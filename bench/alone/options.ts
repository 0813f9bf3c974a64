import { parseArgs } from 'node:util';
import { benchDirectory } from '../directory.ts';
import { readWhole } from '../read-whole.ts';

/** How a part of the product is measured by itself. */
export interface AloneOptions {
  readonly rows: number;
  readonly runs: number;
  readonly directory: string;
  readonly save: boolean;
}

/** @throws Error saying which option is wrong */
export function readAloneOptions(name: string, args: readonly string[]): AloneOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rows: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      directory: { type: 'string' },
      save: { type: 'boolean', default: true },
    },
  });
  return {
    rows: readWhole('--rows', values.rows, 1),
    runs: readWhole('--runs', values.runs, 1),
    directory: benchDirectory(values.directory, name),
    save: values.save,
  };
}

export function renderUsage(name: string, rows: string): string {
  return `npm run bench:${name} -- [options]

  --rows N          rows of the ${rows} (1000000)
  --runs N          how often each is measured (3)
  --directory DIR   where files are kept (the system's temporary directory)
  --no-save         keep no results`;
}
