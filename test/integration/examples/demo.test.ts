import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, runProgram } from './cli.ts';

describe('npm run demo', () => {
  test('validates, predicts, loads and loads again, and says where the report is', async () => {
    const { status, stdout } = await runProgram(process.execPath, [join(root, 'scripts', 'demo.ts')]);
    const state = /SMARTCONNECTOR_STATE=(\S+)/.exec(stdout)?.[1] ?? '';
    try {
      expect(stdout).toContain('$ bin/smartconnector validate examples/price-list');
      expect(stdout).toContain('unchanged since the last run');
      expect(status).toBe(0);
      await expect(access(join(state, 'executions', 'week-1', 'report.xlsx'))).resolves.toBeUndefined();
    } finally {
      // The embedded PostgreSQL stays some seconds after the last command; without its directory it ends by itself.
      if (state !== '') await rm(state, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
