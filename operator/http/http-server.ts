import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { AppError, invalid, messageOf } from '../../core/errors/app-error.ts';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import { DOWNLOADS, isDownload, type ArtifactLinks, type Download } from './artifact-link.ts';
import { authenticate, bearerToken, mayAccess, type Caller } from './authorize.ts';
import type { StoredArtifact } from './stored-artifacts.ts';
import type { Upload, UploadAnswer } from './uploads.ts';

export interface HttpPorts {
  readonly api: KubernetesApi;
  readonly links: ArtifactLinks;
  readonly registry: Registry;
  readonly log: Logger;
  /** Why this replica should get no requests now; null: it should. */
  readonly notReady: () => Promise<string | null>;
  /** Null: there is none. */
  readonly openArtifact: (uid: string, kind: (typeof DOWNLOADS)[Download]) => Promise<StoredArtifact | null>;
  readonly upload: (upload: Upload) => Promise<UploadAnswer>;
}

const MEDIA_TYPES: Readonly<Record<Download, string>> = {
  input: 'application/octet-stream',
  'report.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'outcomes.ndjson.gz': 'application/gzip',
};

/** How long a request may take to send its headers and, idle, its body. */
const REQUEST_MS = 60_000;

/** The HTTP endpoint: health, metrics, downloads and uploads. The same on every replica. */
export function buildHttpServer(ports: HttpPorts): FastifyInstance {
  const server = Fastify({
    logger: false,
    forceCloseConnections: 'idle',
    connectionTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: 512 },
    exposeHeadRoutes: true,
  });
  // A body is a file that is read as it comes, whatever it calls itself.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  server.setErrorHandler((error, request, reply) => answerError(ports, error, request, reply));
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorOf('NotFound', 'there is nothing at this path')),
  );
  addOperations(server, ports);
  addDownloads(server, ports);
  addUploads(server, ports);
  return server;
}

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

function addDownloads(server: FastifyInstance, ports: HttpPorts): void {
  server.get<{ Params: { uid: string; file: string }; Querystring: { key?: string } }>(
    '/v1/executions/:uid/:file',
    async (request, reply) => {
      const { uid, file } = request.params;
      if (!isDownload(file))
        return reply.code(404).send(errorOf('NotFound', `choose of ${Object.keys(DOWNLOADS).join(', ')}`));
      const { key } = request.query;
      const isOpen = typeof key === 'string' && ports.links.isSigned(uid, file, key);
      const caller = isOpen ? null : await callerOf(ports, request);
      const artifact = await ports.openArtifact(uid, DOWNLOADS[file]);
      const isAllowed =
        caller === null ||
        (artifact !== null && (await mayAccess(ports.api, caller, 'get', { namespace: artifact.namespace })));
      // Whoever may not read it is not told whether it is there.
      if (artifact === null || !isAllowed)
        return reply.code(404).send(errorOf('NotFound', `there is no ${file} of this execution`));
      return reply
        .type(MEDIA_TYPES[file])
        .header('content-length', artifact.bytes)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(artifact.fileName)}`)
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, no-store')
        .send(request.method === 'HEAD' ? '' : Readable.from(artifact.content, { objectMode: false }));
    },
  );
}

function addUploads(server: FastifyInstance, ports: HttpPorts): void {
  server.post<{
    Params: { namespace: string; connector: string };
    Querystring: { fileName?: string; mode?: string };
    Body: Readable | undefined;
  }>(
    '/v1/namespaces/:namespace/connectors/:connector/executions',
    { bodyLimit: Number.MAX_SAFE_INTEGER },
    async (request, reply) => {
      const { namespace, connector } = request.params;
      const caller = await callerOf(ports, request);
      if (!(await mayAccess(ports.api, caller, 'create', { namespace }))) {
        throw new AppError({
          code: 'Forbidden',
          class: 'terminal',
          message: `${caller.username} may not create smartconnectorexecutions in namespace ${namespace}`,
        });
      }
      const { fileName, mode = 'Live' } = request.query;
      if (fileName === undefined || fileName === '') throw invalid('give the name of the file as ?fileName=');
      if (mode !== 'Live' && mode !== 'DryRun') throw invalid('?mode= is Live or DryRun');
      const content = request.body ?? Readable.from([]);
      const answer = await ports.upload({ namespace, connector, fileName, mode, content, user: caller.username });
      return reply.code(202).send(answer);
    },
  );
}

async function callerOf({ api }: HttpPorts, request: FastifyRequest): Promise<Caller> {
  const token = bearerToken(request.headers);
  const caller = token === null ? null : await authenticate(api, token);
  if (caller !== null) return caller;
  const message =
    token === null
      ? 'send a bearer token, for example that of "kubectl create token"'
      : 'the API server does not know this token';
  throw new AppError({ code: 'Unauthenticated', class: 'terminal', message });
}

const errorOf = (code: string, message: string): object => ({ error: { code, message } });

const STATUS: Readonly<Record<string, number>> = {
  Unauthenticated: 401,
  Forbidden: 403,
  NotFound: 404,
  Inactive: 409,
  TooLarge: 413,
};

async function answerError(
  ports: HttpPorts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  if (request.body instanceof Readable) discard(request.body);
  if (error instanceof AppError) {
    const status = STATUS[error.code] ?? (error.class === 'transient' ? 503 : error.class === 'waiting' ? 409 : 400);
    if (status === 503) reply.header('retry-after', 10);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status).send({ error: { code: error.code, message: error.message, details: error.details } });
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status < 500) return reply.code(status).send(errorOf('BadRequest', messageOf(error)));
  ports.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
  return reply.code(500).send(errorOf('Internal', 'the request failed; the log of the operator says why'));
}

/** So much of a body that is refused is still read: a client that is cut off while it sends does not see the answer. */
const DISCARDED_BYTES = 64 * 1024 ** 2;

function discard(body: Readable): void {
  let bytes = 0;
  // Whoever read it has stopped to.
  body.unpipe();
  body.on('error', () => undefined);
  body.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > DISCARDED_BYTES) body.destroy();
  });
}
