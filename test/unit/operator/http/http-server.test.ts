import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { ArtifactLinks } from '../../../../operator/http/artifact-link.ts';
import type { HttpPorts } from '../../../../operator/http/http-ports.ts';
import { buildHttpServer } from '../../../../operator/http/http-server.ts';
import { TransferSlots } from '../../../../operator/http/transfer-limits.ts';

const unasked = (): Promise<never> => Promise.reject(new Error('it must not come this far'));
const ports: HttpPorts = {
  api: { get: unasked, list: unasked, create: unasked, patch: unasked, delete: unasked },
  links: new ArtifactLinks('http://smartconnector', Buffer.from('key')),
  registry: new Registry(),
  log: pino({ enabled: false }),
  slots: new TransferSlots(1),
  clock: { monotonicNow: () => 0, later: () => () => undefined },
  notReady: () => Promise.resolve(null),
  openArtifact: unasked,
  upload: unasked,
  uploadAwaited: unasked,
};

test.each([
  ['a part that is no text', '/v1/executions/%zz/input?key=s3cret', 400, 'BadRequest'],
  ['a part that is too long', `/v1/executions/${'a'.repeat(600)}/input?key=s3cret`, 414, 'BadRequest'],
  ['an id that is none', '/v1/executions/a%2Fb/input?key=s3cret', 404, 'NotFound'],
  ['a file that is none', '/v1/executions/a/passwords?key=s3cret', 404, 'NotFound'],
  ['a path that leads nowhere', '/v2/executions?key=s3cret', 404, 'NotFound'],
  ['a key that is none', '/v1/executions/a/input?key=s3cret', 401, 'Unauthenticated'],
])('%s is refused with the body of every error, and no key is repeated', async (_case, url, status, code) => {
  const answer = await buildHttpServer(ports).inject({ method: 'GET', url });
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({
    error: { code, message: expect.any(String) as string, details: [] },
  });
  expect(answer.body).not.toContain('s3cret');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
});
