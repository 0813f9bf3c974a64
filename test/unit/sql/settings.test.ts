import { describe, expect, test } from 'vitest';
import { checkSettings } from '../../../core/sql/settings.ts';

test('settings of the list with values of their kind pass', () => {
  expect(
    checkSettings({
      join_use_nulls: '0',
      join_algorithm: 'grace_hash',
      date_time_input_format: 'best_effort_us',
      max_block_size: '65409',
      session_timezone: 'America/Argentina/Buenos_Aires',
      union_default_mode: 'ALL',
    }),
  ).toEqual([]);
});

describe('a setting is refused with its field path', () => {
  test.each([
    ['max_memory_usage', '0'],
    ['max_threads', '8'],
    ['max_execution_time', '0'],
    ['readonly', '0'],
    ['user_files_path', '/'],
    ['format_schema', '/etc/passwd'],
    ['allow_introspection_functions', '1'],
    ['constructor', '1'],
    ['join_use_nulls', 'true'],
    ['join_use_nulls', '1 '],
    ['join_use_nulls', '1, max_threads = 8'],
    ['max_block_size', '0'],
    ['session_timezone', '../../etc/passwd'],
    ['session_timezone', "UTC', readonly = '0"],
    ['union_default_mode', 'ALL\n'],
  ])('%s = %s', (name, value) => {
    const faults = checkSettings({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ path: `spec.sql.settings.${name}`, hint: expect.any(String) as string });
  });
});
