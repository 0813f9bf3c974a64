import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  comparable,
  countsOf,
  openTool,
  reasonsOf,
  root,
  scopeTexts,
  stepTexts,
  warningsOf,
  type Tool,
} from './cli.ts';

const folder = 'examples/price-list';
const week1 = `${folder}/price-list-2026-11-02.csv`;
const week2 = `${folder}/price-list-2026-11-09.csv`;
const connector = ['--connector', 'price-list'] as const;

describe('price-list', () => {
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

  test('the first week creates vendors and products, and the dry run says so row by row', async () => {
    const dry = await tool.run(folder, ...connector, '--input', week1, '--dry-run', '--execution', 'dry-1');
    const live = await tool.run(folder, ...connector, '--input', week1, '--execution', 'week-1');
    expect(live.status).toBe(3);
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(scopeTexts(live)).toEqual({ products: '2416 rows, 6 rejected', vendors: '24 rows' });
    expect(stepTexts(live)).toEqual({ vendors: 'created 24', products: 'created 2378, updated 15, failed 17' });
    const [predicted, happened] = await Promise.all([tool.outcomes('dry-1'), tool.outcomes('week-1')]);
    expect(comparable(predicted, ['loaded_at'])).toEqual(comparable(happened, ['loaded_at']));
    expect(reasonsOf(happened)).toEqual({
      'products: Failed OutOfRange': 8,
      'products: Failed UnknownOption': 9,
      'products: Rejected RequiredMissing': 6,
    });
  });

  test('the report says which values were left blank and which dates could be read in two ways', async () => {
    const dry = await tool.run(folder, ...connector, '--input', week1, '--dry-run', '--no-diff-check');
    expect(warningsOf(dry)).toEqual({ AmbiguousDateFormat: 2336, BlankRowsDropped: 2, ConversionFailed: 18 });
  });

  test('cells with line breaks, quotes and thousands separators arrive as they are meant', async () => {
    const [product] = await tool.records('product', '--where', 'sku=HW-10007');
    expect(product).toMatchObject({
      name: 'Brass valve, XL',
      price: '1483.52',
      stock: '500',
      valid_from: '2026-03-04',
    });
    const products = await tool.records('product');
    expect(products.some(({ description }) => String(description).includes('\nSold in packs of'))).toBe(true);
  });

  test('every product with a vendor refers to one of the 24 spellings that were kept', async () => {
    const vendors = await tool.records('vendor');
    const ids = new Set(vendors.map(({ id }) => id));
    const products = await tool.records('product');
    const referred = products.flatMap(({ vendor }) => (vendor === null ? [] : [vendor]));
    expect(new Set(referred)).toEqual(ids);
    expect(new Set(vendors.map(({ name }) => String(name).toLowerCase())).size).toBe(24);
  });

  test('the same file again writes only rows that share a record, and leaves discontinued products alone', async () => {
    const again = await tool.run(folder, ...connector, '--input', week1);
    expect(scopeTexts(again)).toEqual({
      products: '2336 rows, 6 rejected, 2283 unchanged',
      vendors: '24 rows, 24 unchanged',
    });
    expect(stepTexts(again)).toEqual({ vendors: '', products: 'updated 30, failed 17' });
  });

  test('the second week, dry and live: no new vendor, 62 new products, the others updated', async () => {
    const dry = await tool.run(folder, ...connector, '--input', week2, '--dry-run', '--execution', 'dry-2');
    const live = await tool.run(folder, ...connector, '--input', week2, '--execution', 'week-2');
    expect(countsOf(dry)).toEqual(countsOf(live));
    expect(stepTexts(live)).toEqual({ vendors: '', products: 'created 62, updated 920, unchanged 5, failed 16' });
    const [predicted, happened] = await Promise.all([tool.outcomes('dry-2'), tool.outcomes('week-2')]);
    expect(comparable(predicted, ['loaded_at'])).toEqual(comparable(happened, ['loaded_at']));
  });

  test('the bad rows come back as rows of the file', async () => {
    const { status, stdout } = await tool.command('rejected', 'week-1');
    expect(status).toBe(0);
    const input = (await readFile(join(root, week1), 'utf8')).replace('\uFEFF', '').split('\r\n');
    const lines = stdout.replace('\uFEFF', '').split(/\r?\n/);
    expect(lines[0]).toBe(input[0]);
    expect(lines.filter((line) => line !== '' && input.includes(line)).length).toBeGreaterThan(20);
  });
});
