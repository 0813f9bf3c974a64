import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable, countsOf, openTool, stepTexts, type Tool } from './cli.ts';

const folder = 'examples/contract-reminders';
const reminders = [folder, '--connector', 'contract-reminders'] as const;
const at = (time: string): readonly string[] => ['--scheduled-time', time];

describe('contract-reminders', () => {
  let tool: Tool;
  beforeAll(async () => {
    tool = await openTool();
  });
  afterAll(async () => {
    await tool.close();
  });

  test('validates', async () => {
    expect(await tool.command('validate', folder)).toMatchObject({ status: 0 });
  });

  test('a schedule on no contracts succeeds with nothing to do', async () => {
    const run = await tool.run(...reminders, ...at('2026-11-20T05:00:00Z'), '--dry-run');
    expect(run).toMatchObject({ status: 0, result: { phase: 'Succeeded', scopes: [{ name: 'due', rows: 0 }] } });
  });

  test('the contracts come from a file', async () => {
    const run = await tool.run(folder, '--connector', 'contract-import', '--input', `${folder}/contracts.csv`);
    expect(run.status).toBe(0);
    expect(stepTexts(run)).toEqual({ contracts: 'created 900' });
  });

  test('running contracts that end within 45 days become due, and the dry run says so row by row', async () => {
    const dry = await tool.run(...reminders, ...at('2026-11-23T05:00:00Z'), '--dry-run', '--execution', 'dry');
    const live = await tool.run(...reminders, ...at('2026-11-23T05:00:00Z'), '--execution', 'live');
    expect(live.status).toBe(0);
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(stepTexts(live)).toEqual({ contracts: 'updated 52' });
    expect(comparable(await tool.outcomes('dry'))).toEqual(comparable(await tool.outcomes('live')));
    const due = await tool.records('contract', '--where', 'status=Renewal Due');
    expect(due).toHaveLength(52);
    for (const contract of due) {
      expect(String(contract['ends_on']) >= '2026-11-23' && String(contract['ends_on']) <= '2027-01-07').toBe(true);
      expect(contract['reminded_at']).toBe('2026-11-23T05:00:00Z');
    }
  });

  test('the next morning finds only what became due since: the others have left the filter group', async () => {
    const run = await tool.run(...reminders, ...at('2026-11-24T05:00:00Z'));
    expect(stepTexts(run)).toEqual({ contracts: 'updated 1' });
  });

  test('takes no input file', async () => {
    const run = await tool.command('run', ...reminders, '--input', `${folder}/contracts.csv`);
    expect(run.status).toBe(2);
  });
});
