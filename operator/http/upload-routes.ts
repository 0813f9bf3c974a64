import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid } from '../../core/errors/app-error.ts';
import { UPLOAD_KEY_HEADER } from '../api/upload-key.ts';
import { discard } from './answer-error.ts';
import { mayAccess, requireCaller } from './authorize.ts';
import { parseFileName } from './file-name.ts';
import type { HttpPorts } from './http-ports.ts';
import { refusal } from './refusal.ts';
import type { UploadBody } from './uploads.ts';

/** Files have their own limits; see transfer-limits.ts. */
const OPTIONS = { bodyLimit: Number.MAX_SAFE_INTEGER };
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

type Body = Readable | undefined;

export function addUploads(server: FastifyInstance, ports: HttpPorts): void {
  server.post<{
    Params: { namespace: string; connector: string };
    Querystring: { fileName?: string | string[]; mode?: string };
    Body: Body;
  }>('/v1/namespaces/:namespace/connectors/:connector/executions', OPTIONS, async (request, reply) => {
    const { namespace, connector } = request.params;
    const caller = await requireCaller(ports.api, request.headers);
    if (!(await mayAccess(ports.api, caller, 'create', { namespace }))) {
      throw refusal(
        'Forbidden',
        `${caller.username} may not create smartconnectorexecutions in namespace ${namespace}`,
      );
    }
    const { fileName: given, mode = 'Live' } = request.query;
    const fileName = parseFileName(Array.isArray(given) ? undefined : given);
    if (mode !== 'Live' && mode !== 'DryRun') throw invalid('?mode= is Live or DryRun');
    const idempotencyKey = readIdempotencyKey(request);
    ports.slots.takeFor(reply.raw);
    const upload = { namespace, connector, fileName, mode, user: caller.username, idempotencyKey } as const;
    const answer = await ports.upload({ ...upload, body: bodyOf(request) });
    dismiss(request);
    return reply.code(202).send(answer);
  });
  server.put<{ Params: { namespace: string; name: string }; Body: Body }>(
    '/v1/namespaces/:namespace/executions/:name/input',
    OPTIONS,
    async (request, reply) => {
      const key = request.headers[UPLOAD_KEY_HEADER];
      ports.slots.takeFor(reply.raw);
      const answer = await ports.uploadAwaited({
        execution: request.params,
        key: typeof key === 'string' ? key : '',
        body: bodyOf(request),
      });
      dismiss(request);
      return reply.send(answer);
    },
  );
}

const bodyOf = ({ body, headers }: FastifyRequest<{ Body: Body }>): UploadBody => ({
  content: body ?? Readable.from([]),
  contentLength: headers['content-length'],
});

/** What was stored before is sent in vain. */
function dismiss({ body }: FastifyRequest<{ Body: Body }>): void {
  if (body !== undefined && !body.readableEnded) discard(body);
}

/** The draft of IETF's `Idempotency-Key`, with or without its quotation marks. @throws AppError `Invalid` */
function readIdempotencyKey({ headers }: FastifyRequest): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key.replace(/^"(.*)"$/, '$1');
  throw invalid('Idempotency-Key: give 1 to 255 visible ASCII characters');
}
