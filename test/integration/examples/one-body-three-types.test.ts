import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { comparable, countsOf, examples, openTool, stepTexts, type Tool } from './cli.ts';

const folder = 'examples/one-body-three-types';
const TYPES = {
  spreadsheet: ['--input', `${folder}/leads.csv`],
  webhook: ['--input', `${folder}/leads.ndjson`],
  schedule: ['--scheduled-time', '2026-11-23T05:00:00Z'],
} as const;
type Name = keyof typeof TYPES;
const NAMES = ['spreadsheet', 'webhook', 'schedule'] as const;

describe('one-body-three-types', () => {
  let tool: Tool;
  beforeAll(async () => {
    tool = await openTool();
  });
  afterAll(async () => {
    await tool.close();
  });

  /** The example in a namespace of its own, so that each type starts from the same records. */
  async function copyFor(name: Name): Promise<string> {
    const copy = join(tool.state, 'manifests', name);
    await mkdir(copy, { recursive: true });
    for (const file of ['objects.yaml', 'connector.yaml', 'sample.yaml']) {
      const text = await readFile(join(examples, 'one-body-three-types', file), 'utf8');
      await writeFile(join(copy, file), text.replaceAll('namespace: leads', `namespace: leads-${name}`));
    }
    return copy;
  }

  test('validates', async () => {
    expect(await tool.command('validate', folder)).toMatchObject({ status: 0 });
  });

  test('the three connectors say the same from the variables on', async () => {
    const text = await readFile(join(examples, 'one-body-three-types', 'connector.yaml'), 'utf8');
    const bodies = parseAllDocuments(text)
      .map((document) => document.toJS() as { metadata: { name: string }; spec: Record<string, unknown> })
      .filter(({ metadata }) => metadata.name !== 'leads-inbox')
      .map(({ spec: { phoneRegion, executionVariables, additionalVariables, loadSteps } }) => {
        return { phoneRegion, executionVariables, additionalVariables, loadSteps };
      });
    expect(bodies).toHaveLength(3);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });

  /** What each type did, dry, live and live again: counts and outcomes. */
  const seen = new Map<Name, { counts: unknown[]; outcomes: (readonly string[])[] }>();

  test.each(NAMES)('%s loads the leads dry, live and again', async (name) => {
    const manifests = await copyFor(name);
    await tool.run(manifests, '--connector', 'leads-inbox', '--input', `${folder}/leads.csv`);
    const counts: unknown[] = [];
    const outcomes: (readonly string[])[] = [];
    for (const [index, more] of [['--dry-run'], [], []].entries()) {
      const id = `${name}-${index}`;
      const run = await tool.run(manifests, '--connector', `leads-${name}`, ...TYPES[name], '--execution', id, ...more);
      expect(run.status).toBe(3);
      if (index < 2) expect(stepTexts(run)).toEqual({ leads: 'created 339, updated 23, failed 16' });
      const { inputs: _inputs, ...rest } = countsOf(run);
      counts.push(rest);
      outcomes.push(comparable(await tool.outcomes(id)));
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    seen.set(name, { counts, outcomes });
  });

  test('a file, events and a schedule had the same outcomes, row by row', () => {
    expect(seen.size).toBe(3);
    expect(seen.get('webhook')).toEqual(seen.get('spreadsheet'));
    expect(seen.get('schedule')).toEqual(seen.get('spreadsheet'));
  });
});
