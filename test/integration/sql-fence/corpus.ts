import { readFileSync } from 'node:fs';

export interface CorpusCase {
  readonly name: string;
  readonly script: string;
}

/** Reads scripts that are set apart by lines `-- case: sentence`; `{{name}}` stands for a value of the run. */
export function readCorpus(file: string, values: Readonly<Record<string, string>> = {}): CorpusCase[] {
  const text = readFileSync(new URL(`../../fixtures/hostile-sql/${file}`, import.meta.url), 'utf8');
  const filled = text.replace(/\{\{(\w+)\}\}/gu, (whole, name: string) => values[name] ?? whole);
  return filled
    .split(/^-- case: /mu)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), script: part.slice(end + 1) };
    });
}
