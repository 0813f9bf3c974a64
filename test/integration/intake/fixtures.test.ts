import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intake } from './harness.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/intake');

describe('files as programs write them', async () => {
  const cases = await readdir(FIXTURES);
  it.each(cases)('%s', async (name) => {
    const folder = join(FIXTURES, name);
    const file = (await readdir(folder)).find((entry) => entry.startsWith('input.')) ?? '';
    const type = file.endsWith('.ndjson') ? 'Webhook' : 'Spreadsheet';
    const { tables, result } = await intake(file, await readFile(join(folder, file)), { type });
    const found = { tables, warnings: result.warnings, failure: result.failure };
    await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'expected.json'));
  });
});
