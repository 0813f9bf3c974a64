import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome, RowStatus } from '../../../core/model/outcome.ts';
import type { ReportSource } from '../../../core/report/source.ts';
import { PAGE_ROWS } from '../../../runner/report/page/collect-page.ts';
import { writePage } from '../../../runner/report/page/write-page.ts';
import { aScope, aScopeRow, aSource, anOutcome } from '../../unit/report/report-source.ts';

let directory: string;
let pages = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'page-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

interface ReadPage {
  readonly html: string;
  readonly elements: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  readonly policy: string;
  /** Tables by caption, as rows of texts. */
  readonly tables: readonly { readonly caption: string; readonly rows: readonly (readonly string[])[] }[];
}

async function write(source: ReportSource): Promise<ReadPage> {
  const path = join(directory, `page-${pages++}.html`);
  await writePage(source, path);
  return read(await readFile(path, 'utf8'));
}

/** The page is well-formed XML too: a reader that is strict finds what a browser would have to guess. */
function read(html: string): ReadPage {
  const elements = new Set<string>();
  const attributes = new Set<string>();
  const texts: Record<'script' | 'style', string[]> = { script: [], style: [] };
  const tables: { caption: string; rows: string[][] }[] = [];
  let policy = '';
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    elements.add(tag.name);
    for (const name of Object.keys(tag.attributes)) attributes.add(name);
    if (tag.attributes['http-equiv'] === 'Content-Security-Policy') policy = tag.attributes['content'] ?? '';
    if (tag.name === 'table') tables.push({ caption: '', rows: [] });
    if (tag.name === 'tr') tables.at(-1)!.rows.push([]);
    if (['td', 'th', 'caption', 'script', 'style'].includes(tag.name)) text = '';
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'script' || name === 'style') texts[name].push(text);
    if (name === 'caption') tables.at(-1)!.caption = text;
    if (name === 'td' || name === 'th') tables.at(-1)!.rows.at(-1)!.push(text);
  });
  parser.write(html).close();
  return { html, elements, attributes, scripts: texts.script, styles: texts.style, policy, tables };
}

const SKU = [{ name: 'sku', type: 'String' as const }];

function sourceOf(outcomes: readonly Outcome[], overrides: Partial<ReportSource> = {}): ReportSource {
  const rows = outcomes.map(({ row, status }) =>
    aScopeRow({ row, rejected: status === 'Rejected', values: [`SKU-${row}`] }),
  );
  return aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes, overrides });
}

const odd = { code: 'NotADate', message: 'odd' };
const MIXED: readonly Outcome[] = (
  [
    ['Created', 0],
    ['Created', 1],
    ['Failed', 0],
    ['Rejected', 0],
    ['Updated', 2],
  ] as [RowStatus, number][]
).map(([status, warnings], index) =>
  anOutcome({
    row: index + 1,
    status,
    warnings: Array.from({ length: warnings }, () => odd),
    errors: status === 'Failed' ? [{ code: 'TooLong', message: 'too long' }] : [],
    ...(status === 'Updated' ? { before: { sku: 'old' }, after: { sku: 'new' } } : {}),
  }),
);

describe('the page of an execution', () => {
  it('lists rows with problems first, with their variables and what changed', async () => {
    const { tables } = await write(sourceOf(MIXED));
    const rows = tables.at(-1)!.rows;
    expect(rows.map(([row, status, , , sku]) => [row, status, sku])).toEqual([
      ['Row', 'Status', 'sku'],
      ['4', 'Rejected', 'SKU-4'],
      ['3', 'Failed', 'SKU-3'],
      ['2', 'Created', 'SKU-2'],
      ['5', 'Updated', 'SKU-5'],
      ['1', 'Created', 'SKU-1'],
    ]);
    expect(rows[4]!.at(-1)).toBe('sku: old → new');
  });

  it('groups problems by reason, the most frequent first, with examples', async () => {
    const { tables } = await write(sourceOf(MIXED));
    const groups = tables.find(({ caption }) => caption.startsWith('By reason'))!.rows.slice(1);
    expect(groups.map((cells) => cells.slice(0, 3))).toEqual([
      ['NotADate', 'Warning', '3'],
      ['TooLong', 'Error', '1'],
    ]);
    expect(groups[1]![3]).toBe('products, row 3: too long');
  });

  it('counts every status of a step', async () => {
    const { tables, html } = await write(sourceOf(MIXED));
    const [head, line] = tables[0]!.rows;
    expect(Object.fromEntries(head!.map((name, index) => [name, line![index]]))).toMatchObject({
      ...{ Step: 'products', Rows: '5', Created: '2', Updated: '1', Rejected: '1', Failed: '1' },
    });
    expect(html).toContain('<title>Created: 2</title>');
  });

  it('stops at its limit of rows, keeps the problems of those far down, and says so', async () => {
    const outcomes = Array.from({ length: PAGE_ROWS + 50 }, (_, index) =>
      anOutcome({ row: index + 1, status: index === PAGE_ROWS + 30 ? 'Failed' : 'Created' }),
    );
    const { tables } = await write(sourceOf(outcomes));
    const { rows, caption } = tables.at(-1)!;
    expect(rows).toHaveLength(PAGE_ROWS + 1);
    expect(rows[1]!.slice(0, 2)).toEqual([String(PAGE_ROWS + 31), 'Failed']);
    expect(caption).toBe(
      '1,000 of 1,050 rows; those with problems first; the workbook and the outcomes have the others',
    );
  });

  it('is there for a run that read nothing, with its error', async () => {
    const error = { code: 'InputUnreadable', message: 'no header', details: [{ message: 'line 1', hint: 'add one' }] };
    const { html } = await write(aSource({ execution: { phase: 'Failed', error }, scopes: [], outcomes: [] }));
    expect(html).toContain('<strong>InputUnreadable</strong>: no header');
    expect(html).toContain('line 1 <em>add one</em>');
    expect(html).toContain('No rows are listed.');
  });

  it('leaves nothing behind where the outcomes cannot be read', async () => {
    const broken = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }) };
    await expect(write(sourceOf(MIXED, { outcomes: () => broken }))).rejects.toThrow('gone');
    expect((await readdir(directory)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

describe('what data holds', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '</script><script>alert(1)</script>',
    '</style><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '&lt;b&gt; &#60;',
    ']]><!--<!DOCTYPE x>-->',
    'javascript:alert(1)',
    '\u0000\u0001\u001b',
    '\u202egnp.exe',
    '</title><base href="//evil.example">',
    '{{constructor.constructor("alert(1)")()}}',
  ];

  it.each(HOSTILE)('stays text: %j', async (text) => {
    const plain = await write(sourceOf(MIXED));
    const problem = { code: text, message: text, variable: text };
    const outcome = anOutcome({
      ...{ status: 'Updated', reason: text, record: text, step: text, object: text, scope: text },
      ...{ before: { [text]: 'a' }, after: { [text]: text }, errors: [problem], warnings: [problem] },
    });
    const scope = aScope({
      ...{ name: text, variables: [{ name: text, type: 'String' as const }] },
      rows: [aScopeRow({ values: [text] })],
    });
    const error = { code: text, message: text, details: [{ message: text, hint: text }] };
    const page = await write(
      aSource({
        execution: { id: text, namespace: text, connector: text, triggeredBy: text, inputFile: text, error },
        scopes: [scope],
        outcomes: [outcome],
        overrides: { warnings: [{ code: text, message: text, count: 1 }], inputs: [{ table: text, rows: 1 }] },
      }),
    );
    for (const name of page.elements) expect([...plain.elements, 'em', 'section', 'strong']).toContain(name);
    for (const name of page.attributes) expect(plain.attributes).toContain(name);
    expect(page.scripts).toEqual(plain.scripts);
    expect(page.styles).toEqual(plain.styles);
    const shown = text.replaceAll(/[\u0000\u0001\u001b]/g, '');
    expect(page.tables.at(-1)!.rows[1]!.slice(2, 6)).toEqual([shown, expect.stringContaining(shown), shown, shown]);
  });

  it('is cut where it is long, with a word about it', async () => {
    const rows = [aScopeRow({ values: ['x'.repeat(5000)] })];
    const scopes = [aScope({ name: 'products', variables: SKU, rows })];
    const { tables } = await write(aSource({ scopes, outcomes: [anOutcome()] }));
    expect(tables.at(-1)!.rows[1]![4]).toMatch(/^x{400} … \[cut: 5000 characters\]$/);
  });

  it('comes under a policy that lets nothing run but the search of the page', async () => {
    const { policy, scripts, styles, attributes } = await write(sourceOf(MIXED));
    const hash = (text: string | undefined): string =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`;
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(styles[0])}`,
      `script-src ${hash(scripts[0])}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect([...attributes].filter((name) => /^(src|href|style|on.*)$/.test(name))).toEqual([]);
  });
});
