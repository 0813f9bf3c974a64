import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import { freshDatabase } from '../../support/postgres.ts';

export const root = join(import.meta.dirname, '..', '..', '..');
export const examples = join(root, 'examples');

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a program as a person would and waits for its end. */
export function runProgram(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
      resolve({ status: code ?? -1, stdout: text(out), stderr: text(err) });
    });
  });
}

export interface Run {
  readonly status: number;
  readonly result: RunResult;
}

/** The command-line tool on a state directory and an empty database of its own. */
export interface Tool {
  readonly state: string;
  command(...args: readonly string[]): Promise<CommandResult>;
  /** `smartconnector run … --output json`, the workbook left out. */
  run(...args: readonly string[]): Promise<Run>;
  outcomes(execution: string): Promise<readonly Outcome[]>;
  records(object: string, ...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

export async function openTool(): Promise<Tool> {
  const state = await mkdtemp(join(tmpdir(), 'smartconnector-examples-'));
  const database = await freshDatabase();
  const command = (...args: readonly string[]): Promise<CommandResult> =>
    runProgram(join(root, 'bin', 'smartconnector'), args, {
      SMARTCONNECTOR_STATE: state,
      SMARTCONNECTOR_DATABASE: database.url,
    });
  const json = async (...args: readonly string[]): Promise<{ status: number; value: unknown }> => {
    const { status, stdout, stderr } = await command(...args, '--output', 'json');
    try {
      return { status, value: JSON.parse(stdout) as unknown };
    } catch {
      throw new Error(`smartconnector ${args.join(' ')}: exit status ${status}, no JSON: ${stdout}${stderr}`);
    }
  };
  return {
    state,
    command,
    run: async (...args) => {
      const { status, value } = await json('run', ...args, '--no-report');
      return { status, result: value as RunResult };
    },
    outcomes: async (execution) => (await json('outcomes', execution)).value as Outcome[],
    records: async (object, ...args) =>
      (await json('records', object, ...args)).value as Readonly<Record<string, unknown>>[],
    close: async () => {
      await database.drop();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** Scopes and steps of a run without what differs from run to run. */
export function countsOf({ result }: Run): Pick<RunResult, 'phase' | 'inputs' | 'scopes' | 'steps'> {
  const { phase, inputs, scopes, steps } = result;
  return { phase, inputs, scopes, steps };
}

/** The steps of a run as `created 3, failed 1`, zeros left out, by name. */
export function stepTexts({ result }: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.steps.map(({ name, object: _object, scope: _scope, ...counts }) => [
      name,
      Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([status, count]) => `${status} ${count}`)
        .join(', '),
    ]),
  );
}

/** The scopes of a run as `2421 rows, 9 rejected`, zeros left out, by name. */
export function scopeTexts({ result }: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.scopes.map(({ name, rows, rejected, unchangedByDiff }) => [
      name,
      [
        `${rows} rows`,
        ...(rejected > 0 ? [`${rejected} rejected`] : []),
        ...(unchangedByDiff > 0 ? [`${unchangedByDiff} unchanged`] : []),
      ].join(', '),
    ]),
  );
}

/** Codes of the warnings of a run with their counts; what the machine grants to the SQL process is left out. */
export function warningsOf({ result }: Run): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code, count } of result.warnings) {
    if (code !== 'IsolationReduced') counts[code] = (counts[code] ?? 0) + count;
  }
  return counts;
}

/**
 * Outcomes of two runs are the same when these texts are: ids of records become numbers in the order in which they are met, and
 * the named fields, facts of the run, are left out.
 */
export function comparable(outcomes: readonly Outcome[], facts: readonly string[] = []): readonly string[] {
  const ids = new Map<string, number>();
  return outcomes.map((outcome) =>
    JSON.stringify(outcome, (key, value: unknown) => (facts.includes(key) ? undefined : value)).replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      (id) => {
        const number = ids.get(id) ?? ids.size + 1;
        ids.set(id, number);
        return `#${number}`;
      },
    ),
  );
}

/** How often each reason was given, by status: `Failed UnknownOption`. */
export function reasonsOf(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, reason, step } of outcomes) {
    if (!['Failed', 'Rejected', 'SkippedAmbiguous', 'SkippedByRule'].includes(status)) continue;
    const key = `${step}: ${status} ${reason ?? ''}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
