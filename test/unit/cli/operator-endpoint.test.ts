import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointError, readAnswer } from '../../../cli/cluster/endpoint-answer.ts';
import { directEndpoint } from '../../../cli/cluster/operator-endpoint.ts';
import { AppError } from '../../../core/errors/app-error.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  // Refuses what it is sent, and reads none of it.
  server = createServer((_request, response) => response.writeHead(413).end('too large'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const endless = (): Readable => Readable.from(repeat(Buffer.alloc(65_536)), { objectMode: false });

function* repeat(piece: Buffer): Generator<Buffer> {
  for (;;) yield piece;
}

test('a file that is refused before all of it is sent leaves no connection that keeps the process', async () => {
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const content = endless();
  const response = await directEndpoint(url).open({
    method: 'PUT',
    path: '/',
    content: { stream: content, bytes: 2 ** 40 },
  });
  expect(response.statusCode).toBe(413);
  expect(await readAnswer(response)).toBe('too large');
  const [socket] = await connected;
  // How it ends is no matter to a server.
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  expect(content.destroyed).toBe(true);
});

test('a file that cannot be read to its end is the fault that is told, not that of the connection', async () => {
  const broken = new AppError({ code: 'InputChanged', class: 'terminal', message: 'it was changed' });
  const content = new Readable({ read: () => content.destroy(broken) });
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const sent = directEndpoint(address).open({ method: 'PUT', path: '/', content: { stream: content, bytes: 10 } });
  await expect(sent).rejects.toBe(broken);
  silent.close();
});

const endpoint = { name: 'Service a/b', open: () => Promise.reject(new Error('not asked')) };
const status = (message: string): string => JSON.stringify({ kind: 'Status', message });
const body = (code: string, message: string): string => JSON.stringify({ error: { code, message, details: [] } });

test.each([
  ['what the operator refuses', 413, body('TooLarge', 'too large'), 'TooLarge', 'terminal', /^too large$/],
  ['an operator that is busy', 503, body('Busy', 'busy'), 'Busy', 'transient', /^busy$/],
  [
    'a Service without a replica',
    503,
    status('no endpoints'),
    'EndpointUnavailable',
    'transient',
    /a\/b: no endpoints/,
  ],
  ['a user who may not come so far', 403, status('cannot get'), 'Forbidden', 'terminal', /smartconnector-http/],
  ['a Service that is not there', 404, status('not found'), 'EndpointMissing', 'terminal', /--operator-namespace/],
  ['a proxy that speaks HTML', 502, '<html>', 'EndpointUnavailable', 'transient', /<html>/],
  ['nothing', 500, '', 'EndpointUnavailable', 'transient', /answered 500/],
])('%s is said as what it is', (_case, code, text, expected, errorClass, message) => {
  expect(endpointError(code, text, endpoint)).toMatchObject({
    code: expected,
    class: errorClass,
    message: expect.stringMatching(message) as string,
  });
});

test('an address that is none is refused', () => {
  expect(() => directEndpoint('smartconnector.example.com')).toThrow(/--server: give an http/);
});

test('a password in the address reaches the server and no message', async () => {
  const seen: (string | undefined)[] = [];
  const guarded = createServer(({ url: asked, headers }, response) => {
    seen.push(asked, headers.authorization);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(guarded, 'listening');
  const { port } = guarded.address() as AddressInfo;
  const direct = directEndpoint(`http://ada:s3cret@127.0.0.1:${port}/connectors/`);
  await readAnswer(await direct.open({ method: 'GET', path: '/v1/executions/a/input' }));
  expect(seen).toEqual(['/connectors/v1/executions/a/input', `Basic ${Buffer.from('ada:s3cret').toString('base64')}`]);
  guarded.closeAllConnections();
  await new Promise((resolve) => guarded.close(resolve));
  const unanswered = direct.open({ method: 'GET', path: '/v1/executions/a/input' });
  await expect(unanswered).rejects.toMatchObject({
    code: 'EndpointUnavailable',
    class: 'transient',
    message: expect.stringMatching(`^http://127.0.0.1:${port}/connectors did not answer`) as string,
  });
  expect(direct.name).toBe(`http://127.0.0.1:${port}/connectors`);
});
