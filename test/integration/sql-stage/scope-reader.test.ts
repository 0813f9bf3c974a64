import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VariableModel } from '../../../core/model/connector.ts';
import type { ScopeRow, ScopeTable } from '../../../core/model/stages.ts';
import { readScope } from '../../../runner/sql/scope-reader.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scope-reader-'));
});
afterAll(() => rm(directory, { recursive: true }));

const variable = (name: string, arrayDelimiter: VariableModel['arrayDelimiter'] = null): VariableModel => ({
  name,
  type: 'String',
  column: name,
  required: false,
  arrayDelimiter,
  inputFormat: null,
  outputFormat: null,
  phoneRegion: null,
  path: `spec.executionVariables[0]`,
});
const scope = (rows: number): ScopeTable => ({
  name: 's',
  rows,
  rejected: 0,
  unchangedByDiff: 0,
  hashFile: '',
  unchangedHashSum: '0',
  columns: [],
  formats: {},
  file: 's.tsv.zst',
  sha256: '',
  sampleFile: '',
});
const ODD = 'tab\t lf\n cr\r back\\slash \\N quote" \u{1f600} é \b\f';

async function write(lines: readonly string[]): Promise<string> {
  const path = join(directory, `${Math.abs(lines.join().length)}-${lines.length}.zst`);
  await writeFile(path, zstdCompressSync(lines.map((line) => `${line}\n`).join('')));
  return path;
}

async function readAll(path: string, rows: number, batchRows: number): Promise<ScopeRow[][]> {
  const batches: ScopeRow[][] = [];
  for await (const batch of readScope(path, scope(rows), [variable('a'), variable('b', ';')], batchRows)) {
    batches.push(batch);
  }
  return batches;
}

test('flags, problems, blanks, lists and odd characters come back as they were', async () => {
  const problem = [{ code: 'InvalidNumber', message: 'tab\there', variable: 'a' }];
  const path = await write([
    ['1', '7', '', '\\N', escapeField(ODD), escapeField(JSON.stringify([ODD, 'x']))].join('\t'),
    ['2', '\\N', '', '\\N', '\\N', '\\N'].join('\t'),
    ['3', '\\N', 'R', escapeField(JSON.stringify(problem)), '', '\\N'].join('\t'),
  ]);
  const [rows] = await readAll(path, 3, 10);
  expect(rows).toEqual([
    { row: 1, inputRow: 7, rejected: false, problems: [], values: [ODD, [ODD, 'x']] },
    { row: 2, inputRow: null, rejected: false, problems: [], values: [null, null] },
    { row: 3, inputRow: null, rejected: true, problems: problem, values: ['', null] },
  ]);
});

test('batches have the size asked for, the last may be short', async () => {
  const path = await write(Array.from({ length: 7 }, (_, index) => `${index + 1}\t\\N\t\t\\N\tx\t\\N`));
  expect((await readAll(path, 7, 3)).map((batch) => batch.map((row) => row.row))).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

test('a file that falls short, is cut off, is not compressed or is a link is refused', async () => {
  const path = await write([`1\t\\N\t\t\\N\tx\t\\N`]);
  await expect(readAll(path, 2, 10)).rejects.toThrow('1 rows where the SQL stage counted 2');
  const plain = join(directory, 'plain');
  await writeFile(plain, 'not compressed');
  await expect(readAll(plain, 1, 10)).rejects.toThrow('cannot be read as Zstandard');
  const cut = join(directory, 'cut');
  await writeFile(cut, (await readFile(path)).subarray(0, -5));
  await expect(readAll(cut, 1, 10)).rejects.toThrow('cannot be read as Zstandard');
  const link = join(directory, 'link');
  await symlink(path, link);
  await expect(readAll(link, 1, 10)).rejects.toThrow('cannot open');
});
