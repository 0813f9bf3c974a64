import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { answerError, errorOf } from './answer-error.ts';
import { addDownloads } from './download-routes.ts';
import type { HttpPorts } from './http-ports.ts';
import { addUploads } from './upload-routes.ts';

/** How long a connection may be silent, while a file is sent too. */
const SILENCE_MS = 60_000;

/** The HTTP endpoint: health, metrics, downloads and uploads. The same on every replica. */
export function buildHttpServer(ports: HttpPorts): FastifyInstance {
  const server = Fastify({
    logger: false,
    forceCloseConnections: 'idle',
    connectionTimeout: SILENCE_MS,
    routerOptions: { maxParamLength: 512 },
    exposeHeadRoutes: true,
    // Fastify's own answer repeats the URL, and with it the key of a link.
    frameworkErrors: (error, _request, reply) => {
      const message = 'the URL cannot be read: a part of its path is malformed or too long';
      void notAPage(reply)
        .code(error.statusCode ?? 400)
        .send(errorOf('BadRequest', message));
    },
  });
  // A body is a file that is read as it comes, whatever it calls itself.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  server.addHook('onRequest', (_request, reply, done) => {
    notAPage(reply);
    done();
  });
  server.setErrorHandler((error, request, reply) => answerError(ports.log, error, request, reply));
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorOf('NotFound', 'there is nothing at this path')),
  );
  addOperations(server, ports);
  addDownloads(server, ports);
  addUploads(server, ports);
  return server;
}

const notAPage = (reply: FastifyReply): FastifyReply => reply.header('x-content-type-options', 'nosniff');

function addOperations(server: FastifyInstance, { registry, notReady }: HttpPorts): void {
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', async (_request, reply) => {
    const reason = await notReady();
    return reply
      .code(reason === null ? 200 : 503)
      .type('text/plain')
      .send(reason === null ? 'ok\n' : `${reason}\n`);
  });
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}
