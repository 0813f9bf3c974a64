import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/errors/app-error.ts';
import { readSettings } from '../../../operator/settings/read-settings.ts';

const REQUIRED = ['--database-file', '/database/url', '--namespace', 'smartconnector-system', '--identity', 'one'];

function faultsOf(args: readonly string[], environment: Record<string, string> = {}): string[] {
  try {
    readSettings(args, environment);
  } catch (error) {
    if (error instanceof AppError) return error.details.map(({ message, hint }) => `${message}: ${hint ?? ''}`);
    throw error;
  }
  return [];
}

describe('settings of the operator', () => {
  test('a flag goes before its variable, and that before the default', () => {
    const environment = { SMARTCONNECTOR_WORKERS: '8', SMARTCONNECTOR_MAX_ATTEMPTS: '3' };
    const settings = readSettings([...REQUIRED, '--workers=2'], environment);
    expect([settings.workers, settings.maxAttempts, settings.maxRunning]).toEqual([2, 3, 10]);
  });

  test('sizes are bytes, durations milliseconds', () => {
    const settings = readSettings([...REQUIRED, '--runner-workspace', '5Gi', '--report-retention', '1d12h'], {});
    expect([settings.runnerWorkspace, settings.reportRetention]).toEqual([5 * 2 ** 30, 36 * 3_600_000]);
    expect(settings.inputRetention).toBe(30 * 86_400_000);
  });

  test('every fault is told at once, with what to write instead', () => {
    expect(faultsOf(['--workers', 'many'], { SMARTCONNECTOR_IDENTITY: 'one', SMARTCONNECTOR_NAMESPACE: 'a' })).toEqual([
      '--database-file: it has to be given: give --database-file or set SMARTCONNECTOR_DATABASE_FILE',
      '--workers "many": give a whole number from 1 to 64',
    ]);
  });

  test.each([
    ['--runner-workspace', '20', /512Mi/],
    ['--runner-workspace', '99999999999999Ti', /that a disk may have/],
    ['--runner-memory', '2G', /512Mi/],
    ['--input-retention', '30', /36h or 30d/],
    ['--input-retention', `${'9'.repeat(30)}d`, /36h or 30d/],
    ['--public-url', 'connectors.example.com', /http:\/\/ or https:\/\//],
    ['--log-level', 'loud', /one of trace, debug/],
    ['--runner-cpu', '0', /500m or 2/],
    ['--worker', '2', /did you mean --workers\?/],
  ])('%s %s is refused', (flag, value, hint) => {
    expect(faultsOf([...REQUIRED, flag, value]).join('\n')).toMatch(hint);
  });
});
