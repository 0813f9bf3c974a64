import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMMON_WORKS } from '../works.ts';
import type { Engine } from './engine.ts';
import { buildFloorScript, buildMergeScript, renderPsql, type ScriptStep } from './load-script.ts';
import { makeMemberTable, MEMBER_TABLE } from './member-table.ts';

const RUN_SCRIPT = join(import.meta.dirname, 'run-script-main.ts');

/** psql and its version, or null where it is not on the PATH. */
async function findPsql(): Promise<string | null> {
  return promisify(execFile)('psql', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

/** The hand-written scripts, run by psql or, where that is missing, statement by statement over one connection. */
export async function openScriptEngines(majorVersion: number): Promise<{ floor: Engine; merge: Engine }> {
  const psql = await findPsql();
  const engine = (name: string, build: (jobId: string) => readonly ScriptStep[]): Engine => ({
    name,
    version: psql ?? 'the same statements through pg (no psql on the PATH)',
    works: COMMON_WORKS,
    table: MEMBER_TABLE,
    marksRows: true,
    prepare: makeMemberTable,
    launch: async (job) => {
      await mkdir(job.directory, { recursive: true });
      const steps = build(job.id);
      const path = join(job.directory, psql === null ? 'load.json' : 'load.sql');
      await writeFile(path, psql === null ? JSON.stringify(steps) : renderPsql(steps, job.inputPath));
      return psql === null
        ? { command: process.execPath, arguments: [RUN_SCRIPT, path, job.databaseUrl, job.inputPath] }
        : { command: 'psql', arguments: ['-X', '-q', '-d', job.databaseUrl, '-f', path] };
    },
    audit: () => Promise.resolve([]),
  });
  return {
    floor: engine('floor', (jobId) => buildFloorScript(majorVersion, jobId)),
    merge: engine('merge', (jobId) => buildMergeScript(majorVersion, jobId)),
  };
}
