import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable, countsOf, openTool, reasonsOf, scopeTexts, stepTexts, type Tool } from './cli.ts';

const folder = 'examples/staff-directory';
const args = [folder, '--connector', 'staff-directory', '--input', `${folder}/staff.xlsx`] as const;

describe('staff-directory', () => {
  let tool: Tool;
  beforeAll(async () => {
    tool = await openTool();
  });
  afterAll(async () => {
    await tool.close();
  });

  test('validates without a sample, on the columns that it declares', async () => {
    expect(await tool.command('validate', folder)).toMatchObject({ status: 0 });
  });

  test('three sheets fill three objects, and the dry run says so row by row', async () => {
    const dry = await tool.run(...args, '--dry-run', '--execution', 'dry');
    const live = await tool.run(...args, '--execution', 'live');
    expect(live.status).toBe(3);
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(live.result.inputs).toEqual([
      { table: 'offices', rows: 5 },
      { table: 'people', rows: 1200 },
      { table: 'phone_numbers', rows: 1217 },
    ]);
    expect(scopeTexts(live)).toEqual({
      german_phones: '495 rows, 11 rejected',
      offices: '5 rows',
      people: '1200 rows',
      us_phones: '722 rows, 6 rejected',
    });
    expect(stepTexts(live)).toEqual({
      offices: 'created 4, failed 1',
      people: 'created 1196, failed 4',
      managers: 'updated 1173, unchanged 23, skippedByRule 4',
      us_phones: 'created 714, failed 2',
      german_phones: 'created 484',
    });
    const [predicted, happened] = await Promise.all([tool.outcomes('dry'), tool.outcomes('live')]);
    expect(comparable(predicted)).toEqual(comparable(happened));
    expect(reasonsOf(happened)).toEqual({
      'offices: Failed InvalidTimezone': 1,
      'people: Failed UnknownOption': 4,
      'managers: SkippedByRule NoMatch': 4,
      'us_phones: Rejected RequiredMissing': 6,
      'us_phones: Failed Unresolved': 2,
      'german_phones: Rejected RequiredMissing': 11,
    });
  });

  test('people refer to managers who come later in the sheet', async () => {
    const people = await tool.records('person');
    const byId = new Map(people.map((person) => [person['id'], Number(person['employee_no'])]));
    const later = people.filter((person) => Number(person['employee_no']) < (byId.get(person['manager']) ?? 0));
    expect(later.length).toBeGreaterThan(300);
  });

  test('national numbers are stored with the code of their country', async () => {
    const numbers = (await tool.records('phone')).map((phone) => String(phone['number']));
    expect(numbers).toHaveLength(1198);
    expect(numbers.every((number) => /^\+(1\d{10}|49\d{9,11})$/.test(number))).toBe(true);
  });

  test('the same workbook again changes nothing', async () => {
    const again = await tool.run(...args);
    expect(stepTexts(again)).toEqual({
      offices: 'unchanged 4, failed 1',
      people: 'unchanged 1196, failed 4',
      managers: 'unchanged 1196, skippedByRule 4',
      us_phones: 'unchanged 714, failed 2',
      german_phones: 'unchanged 484',
    });
  });
});
