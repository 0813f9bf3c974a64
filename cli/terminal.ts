import type { RunProgress } from '../runner/executions/progress.ts';

/** Where a command writes: results on standard output, everything else on standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Draws over the last line; does nothing where nobody watches. */
  progress(text: string): void;
}

/** What Terminal needs of a stream. */
type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/**
 * What a terminal would obey, and what turns the direction of a line round. Values, headers and names of files come from anywhere,
 * and stand in tables, warnings and errors.
 */
const COMMANDS = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A pipe or a file gets every byte; who looks at a terminal sees that something is there. */
const visible = (text: string, { isTTY }: Output): string => (isTTY ? text.replace(COMMANDS, '\u{FFFD}') : text);

export function openTerminal(stdout: Output, stderr: Output, showProgress: boolean): Terminal {
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
    out: (text) => {
      clear();
      stdout.write(`${visible(text.replace(/\n$/, ''), stdout)}\n`);
    },
    err: (text) => {
      clear();
      stderr.write(`${visible(text.replace(/\n$/, ''), stderr)}\n`);
    },
    progress: (text) => {
      if (!showProgress) return;
      stderr.write(`\r\u001b[K${visible(text, stderr).slice(0, Math.max(20, stderr.columns - 1))}`);
      drawn = text !== '';
    },
  };
}

const STAGES: Readonly<Record<RunProgress['stage'], string>> = {
  Waiting: 'waiting for another run of this connector to end',
  Intake: 'reading the input',
  Sql: 'running the SQL',
  Plan: 'planning',
  Load: 'loading',
  Report: 'writing the report',
};

/** `loading products: 40,000 of 1,000,000 rows (4 %)`. */
export function renderProgress({ stage, step, rowsDone, rowsTotal }: RunProgress): string {
  if (step === null) return `${STAGES[stage]} …`;
  const percent = rowsTotal === 0 ? 100 : Math.floor((rowsDone * 100) / rowsTotal);
  return `${STAGES[stage]} ${step}: ${rowsDone.toLocaleString('en-US')} of ${rowsTotal.toLocaleString('en-US')} rows (${percent} %)`;
}

/** Columns of text, padded; numbers to the right. */
export function renderTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows
    .map((row) =>
      (
        indent +
        row
          .map((cell, index) =>
            /^[\d,.%-]+$/.test(cell) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
          )
          .join('  ')
      ).trimEnd(),
    )
    .join('\n');
}
