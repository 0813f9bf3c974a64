import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { followTree } from '../../../bench/measure/process-tree.ts';
import { watchMemory } from '../../../bench/measure/sampler.ts';

/** A process that starts another, takes memory in both, says so, and waits for its input to end. */
const MIB = 1024 * 1024;
const HOLD = `const held = Buffer.alloc(64 * 1024 * 1024, 1); process.stdin.resume(); process.stdin.on('end', () => process.exit(held[0] - 1));`;
const PARENT = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(
    `${HOLD} process.stdout.write('ready')`,
  )}], { stdio: ['pipe', 'pipe', 'ignore'] });
  ${HOLD}
  process.stdin.on('end', () => child.stdin.end());
  child.stdout.once('data', () => process.stdout.write(String(child.pid)));`;

async function holdMemory() {
  const process_ = spawn(process.execPath, ['-e', PARENT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(process_, 'close');
  const [text] = (await once(process_.stdout, 'data')) as [Buffer];
  return {
    pid: process_.pid!,
    childPid: Number(text.toString()),
    end: async () => {
      process_.stdin.end();
      await ended;
    },
  };
}

describe('watching from outside', () => {
  test('finds the processes that come from one, and no others', async () => {
    const held = await holdMemory();
    try {
      const tree = followTree(held.pid);
      expect([...tree.readMembers()].sort()).toEqual([held.pid, held.childPid].sort());
      expect(tree.readMembers()).not.toContain(process.pid);
    } finally {
      await held.end();
    }
  });

  test('sums the memory of all of them, shared pages once in PSS and for each in RSS', async () => {
    const held = await holdMemory();
    try {
      const peaks = watchMemory(held.pid, () => true).stop();
      expect(peaks.anonymousBytes).toBeGreaterThan(128 * MIB);
      expect(peaks.pssBytes).toBeGreaterThan(128 * MIB);
      expect(peaks.rssBytes).toBeGreaterThan(peaks.pssBytes);
      expect(peaks.samples).toBe(1);
      const unwatched = watchMemory(held.pid, () => false).stop();
      expect(unwatched).toMatchObject({ pssBytes: 0, rssBytes: 0, programs: [] });
    } finally {
      await held.end();
    }
  });
});
