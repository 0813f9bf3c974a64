import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterContext } from '../../../cli/cluster/cluster-context.ts';
import { downloadCommand } from '../../../cli/cluster/commands/download.ts';

const KEY = { namespace: 'sales', name: 'one' };
const CONTENT = Buffer.from('content');
const LINK = 'http://smartconnector/v1/executions/u/report.xlsx?key=s3cret';
const digestOf = (content: Buffer): string => `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'download-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Brings a report from an endpoint that sends these parts. */
async function download(
  parts: readonly (Buffer | Error)[],
  status: object = { links: { report: LINK } },
): Promise<number> {
  const open = (): Promise<Readable> => {
    const send = function* (): Generator<Buffer> {
      for (const part of parts) {
        if (part instanceof Error) throw part;
        yield part;
      }
    };
    return Promise.resolve(
      Object.assign(Readable.from(send()), { statusCode: 200, headers: { 'repr-digest': digestOf(CONTENT) } }),
    );
  };
  const execution = { metadata: { ...KEY, uid: 'u' }, spec: {}, status };
  const retry = { signal: new AbortController().signal, waitMs: 0, monotonicNow: () => 0 };
  const terminal = { out: () => undefined };
  const context = { api: { get: () => Promise.resolve(execution) }, endpoint: { open }, retry, terminal };
  return downloadCommand(context as unknown as ClusterContext, KEY, 'report.xlsx', { file: target() });
}
const target = (): string => join(directory, 'report.xlsx');

test('a file that came whole has its name, and nothing else is left', async () => {
  expect(await download([CONTENT.subarray(0, 3), CONTENT.subarray(3)])).toBe(0);
  expect(await readFile(target())).toEqual(CONTENT);
  expect(await readdir(directory)).toEqual(['report.xlsx']);
});

test.each<[string, Parameters<typeof download>, object]>([
  ['is cut off', [[CONTENT.subarray(0, 3), new Error('reset')]], { code: 'EndpointUnavailable', class: 'transient' }],
  ['is another one', [[Buffer.from('conten!')]], { code: 'EndpointUnavailable', class: 'transient' }],
])('a file that %s is not kept', async (_case, given, fault) => {
  await expect(download(...given)).rejects.toMatchObject(fault);
  expect(await readdir(directory)).toEqual([]);
});

test.each([
  ['has not ended', {}, /one in namespace sales has no report: it has not ended.*follow one -n sales/],
  ['left none', { phase: 'Failed', endedAt: '2026-01-01T00:00:00Z' }, /ended as Failed; "kubectl -n sales describe/],
])('of an execution that %s it is told what to do', async (_case, status, message) => {
  await expect(download([], status)).rejects.toThrow(message);
});

test('a disk that is full is said as what it is', async () => {
  await symlink('/dev/full', `${target()}.partial`);
  await expect(download([CONTENT])).rejects.toMatchObject({
    code: 'DiskFault',
    class: 'transient',
    message: expect.stringMatching(/ENOSPC.*free some space/) as string,
  });
  expect(await readdir(directory)).toEqual([]);
});
