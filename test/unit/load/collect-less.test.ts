import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const COLLECT_LESS = new URL('../../../runner/load/collect-less.ts', import.meta.url).href;

const PROGRAM = `
  import { collectingLess } from ${JSON.stringify(COLLECT_LESS)};
  const failed = await collectingLess(() => Promise.reject(new Error('failed'))).catch((error) => error.message);
  console.log(JSON.stringify([failed, await collectingLess(() => Promise.resolve('done'))]));
`;

test('the engine knows what it is told, and the work ends as it does by itself', async () => {
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module'];
  // An engine that does not know a flag says so there, and throws nothing.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '--eval', PROGRAM]);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['failed', 'done']);
});
