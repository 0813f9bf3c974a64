import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..');
const state = await mkdtemp(join(tmpdir(), 'smartconnector-demo-'));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs the command-line tool as a person would, printing the command first. @returns its exit status */
async function smartconnector(args: readonly string[], mostLines: number): Promise<number> {
  say(`\n$ bin/smartconnector ${args.map((arg) => (/[^\w./=:-]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const child = spawn(join(root, 'bin', 'smartconnector'), args, {
    cwd: root,
    env: { ...process.env, SMARTCONNECTOR_STATE: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    lines += 1;
    if (lines <= mostLines) say(line);
  }
  if (lines > mostLines) say(`… and ${lines - mostLines} more`);
  const [code] = (await ended) as [number | null];
  return code ?? 1;
}

interface Step {
  readonly title: string;
  readonly args: readonly string[];
  /** The exit status that the example is made for. */
  readonly status: number;
  /** Lines of its output that are shown; all unless said. */
  readonly lines?: number;
}

const manifests = 'examples/price-list';
const week1 = `${manifests}/price-list-2026-11-02.csv`;
const week2 = `${manifests}/price-list-2026-11-09.csv`;
const run = (input: string, ...more: readonly string[]): readonly string[] => [
  'run', manifests, '--connector', 'price-list', '--input', input, ...more,
]; // prettier-ignore

const steps: readonly Step[] = [
  {
    title: 'Validate: manifests first, then the SQL on the sample.',
    args: ['validate', manifests],
    status: 0,
  },
  {
    title: 'Dry run: what the file would do. Nothing is written. (The first command starts an embedded PostgreSQL.)',
    args: run(week1, '--dry-run', '--execution', 'week-1-predicted'),
    status: 3,
  },
  {
    title: 'Live run: vendors first, then the products that refer to them. The same counts as the dry run.',
    args: run(week1, '--execution', 'week-1'),
    status: 3,
  },
  {
    title: 'The same file again: the diff check leaves out what the run before brought.',
    args: run(week1, '--execution', 'week-1-again'),
    status: 3,
  },
  {
    title: 'The file of the next week: the rows that differ, and no others.',
    args: run(week2, '--execution', 'week-2'),
    status: 3,
  },
  {
    title: 'Records, found through their relationship.',
    args: ['records', 'vendor', '--where', 'products.sku=HW-10007'],
    status: 0,
  },
  {
    title: 'Why rows failed: one line of JSON for every row and step.',
    args: ['outcomes', 'week-2', '--status', 'Failed'],
    status: 0,
    lines: 2,
  },
  { title: 'What ran.', args: ['executions'], status: 0 },
];

say('A weekly price list with 2,400 products and the dirt of real files, loaded into two objects.');
say('To try the commands by yourself afterwards:\n');
say(`  export SMARTCONNECTOR_STATE=${state}`);
for (const { title, args, status, lines } of steps) {
  say(`\n── ${title}`);
  const got = await smartconnector(args, lines ?? Infinity);
  if (got === 3) say('(exit status 3: a partial success. Bad rows are kept out and named; the others are loaded.)');
  if (got !== status) {
    say(`The demo stopped: exit status ${got}, expected ${status}.`);
    process.exit(1);
  }
}
say(`
The workbooks, with what became of every row:
  ${join(state, 'executions', 'week-1', 'report.xlsx')}
  ${join(state, 'executions', 'week-2', 'report.xlsx')}

Bad rows as a file to correct and run again:
  bin/smartconnector rejected week-2 --file corrected.csv

All files and the database are kept in ${state}; remove that directory when you are done.
Your own connector, in ten minutes: docs/first-connector.md`);
