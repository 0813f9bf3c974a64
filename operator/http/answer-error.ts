import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppError, messageOf } from '../../core/errors/app-error.ts';

/** What is answered instead of a result; the ErrorBody of the reference. */
export const errorOf = (code: string, message: string): object => ({ error: { code, message, details: [] } });

/** What is said in its own words: it is about the request. Everything else is about us, and stands in the log only. */
const STATUS: Readonly<Record<string, number>> = {
  Invalid: 400,
  WrongType: 400,
  CutOff: 400,
  InvalidObject: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  NotFound: 404,
  TooSlow: 408,
  Conflict: 409,
  NotWaiting: 409,
  TooLarge: 413,
  Busy: 503,
};

const RETRY_AFTER_SECONDS = 10;

/** Turns what a request threw into its answer. */
export function answerError(log: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.body instanceof Readable) discard(request.body);
  const status = error instanceof AppError ? STATUS[error.code] : undefined;
  if (error instanceof AppError && status !== undefined) {
    if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    const { code, message, details } = error;
    return reply.code(status).send({ error: { code, message, details } });
  }
  const about = { err: error, method: request.method, route: request.routeOptions.url };
  if (error instanceof AppError && error.class !== 'terminal') {
    log.warn(about, 'a request cannot be served now');
    const message = 'the database or the API server does not answer; try again in a moment';
    return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(errorOf('Unavailable', message));
  }
  const ofFastify = error instanceof AppError ? 500 : ((error as { statusCode?: number }).statusCode ?? 500);
  if (ofFastify < 500) return reply.code(ofFastify).send(errorOf('BadRequest', messageOf(error)));
  log.error(about, 'a request failed');
  return reply.code(500).send(errorOf('Internal', 'the request failed; the log of the operator says why'));
}

/** So much of a body that is refused is still read: a client that is cut off while it sends does not see the answer. */
const DISCARDED_BYTES = 64 * 1024 ** 2;

/** Reads on what nobody needs. */
export function discard(body: Readable): void {
  let bytes = 0;
  // Whoever read it has stopped to.
  body.unpipe();
  body.on('error', () => undefined);
  body.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > DISCARDED_BYTES) body.destroy();
  });
}
