import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable, countsOf, openTool, reasonsOf, scopeTexts, stepTexts, warningsOf, type Tool } from './cli.ts';

const folder = 'examples/orders-webhook';
const args = [folder, '--connector', 'orders-webhook', '--input', `${folder}/orders-2026-11-20.ndjson`] as const;

describe('orders-webhook', () => {
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

  test('nested events become customers, orders and lines, and the dry run says so row by row', async () => {
    const dry = await tool.run(...args, '--dry-run', '--execution', 'dry');
    const live = await tool.run(...args, '--execution', 'live');
    expect(live.status).toBe(3);
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(scopeTexts(live)).toEqual({
      customers: '989 rows, 6 rejected',
      lines: '2958 rows',
      orders: '1177 rows',
    });
    expect(stepTexts(live)).toEqual({
      customers: 'created 983',
      orders: 'created 1096, updated 53, unchanged 24, failed 4',
      lines: 'created 2749, unchanged 193, failed 16',
    });
    const [predicted, happened] = await Promise.all([tool.outcomes('dry'), tool.outcomes('live')]);
    expect(comparable(predicted)).toEqual(comparable(happened));
    expect(reasonsOf(happened)).toEqual({
      'customers: Rejected RequiredMissing': 6,
      'orders: Failed UnknownOption': 4,
      'lines: Failed OutOfRange': 16,
    });
    expect(warningsOf(live)).toMatchObject({ BodySchemaMismatch: 4 });
  });

  test('an order that came again with a later status has it, and its lines refer to it', async () => {
    const [order] = await tool.records('order', '--where', 'number=W-20000');
    expect(order).toMatchObject({ status: 'shipped', city: 'Austin', placed_at: '2026-11-20T07:59:13.577Z' });
    const lines = await tool.records('order-line', '--where', `order=${String(order?.['id'])}`);
    const sum = lines.reduce((total, line) => total + Number(line['quantity']) * Number(line['unit_price']), 0);
    expect(sum).toBeCloseTo(Number(order?.['total']), 2);
  });

  test('the same events again create nothing', async () => {
    const again = await tool.run(...args);
    expect(stepTexts(again)).toEqual({
      customers: 'unchanged 983',
      orders: 'updated 106, unchanged 1067, failed 4',
      lines: 'unchanged 2942, failed 16',
    });
  });
});
