import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable, countsOf, openTool, scopeTexts, stepTexts, type Tool } from './cli.ts';

const folder = 'examples/nightly-stock';
const night1 = `${folder}/stock-2026-11-14.csv`;
const night2 = `${folder}/stock-2026-11-15.csv`;
const connector = ['--connector', 'nightly-stock'] as const;

describe('nightly-stock', () => {
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

  test('the first night creates every item once, also where a line comes twice', async () => {
    const dry = await tool.run(folder, ...connector, '--input', night1, '--dry-run', '--execution', 'dry');
    const live = await tool.run(folder, ...connector, '--input', night1, '--execution', 'live');
    expect(live.status).toBe(0);
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(stepTexts(live)).toEqual({ stock: 'created 6000, unchanged 3' });
    expect(comparable(await tool.outcomes('dry'))).toEqual(comparable(await tool.outcomes('live')));
  });

  test('numbers with a decimal comma, dates with dots and leading zeros are read as declared', async () => {
    const [item] = await tool.records('stock-item', '--where', 'article=00400000', '--where', 'warehouse=KÖL');
    expect(item).toMatchObject({ quantity: '4640', value: '20233.93', last_moved: '2026-06-21' });
  });

  test('the same file again is unchanged by the diff check, but for the lines that share a record', async () => {
    const again = await tool.run(folder, ...connector, '--input', night1);
    expect(scopeTexts(again)).toEqual({ stock_2026_11_14: '6003 rows, 5997 unchanged' });
    expect(stepTexts(again)).toEqual({ stock: 'unchanged 6' });
  });

  test('the second night writes the 73 changed and 12 new rows and touches no other', async () => {
    const dry = await tool.run(folder, ...connector, '--input', night2, '--dry-run');
    const live = await tool.run(folder, ...connector, '--input', night2, '--execution', 'night-2');
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(scopeTexts(live)).toEqual({ stock_2026_11_15: '6005 rows, 5914 unchanged' });
    expect(stepTexts(live)).toEqual({ stock: 'created 12, updated 73, unchanged 6' });
    const records = await tool.records('stock-item');
    expect(records).toHaveLength(6012);
    expect(records.filter((record) => record['execution_id'] === 'night-2')).toHaveLength(85);
  });

  test('without the diff check every row is looked at, and the records already hold everything', async () => {
    const run = await tool.run(folder, ...connector, '--input', night2, '--no-diff-check');
    expect(stepTexts(run)).toEqual({ stock: 'unchanged 6005' });
  });
});
