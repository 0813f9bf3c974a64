import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { AppError } from '../../core/errors/app-error.ts';

/**
 * Sends a request over HTTP or HTTPS, as its URL says.
 *
 * @param options with `timeout`: how long nothing may come or go before the request counts as lost, in ms
 * @param body text, or what is sent as it comes
 * @param fault what to throw where there is no answer; an AppError of the body stands for itself
 * @returns the response, its body not read
 */
export async function sendRequest(
  url: URL,
  options: RequestOptions & { readonly timeout: number },
  body: string | Readable | undefined,
  fault: (cause: unknown) => AppError,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${options.timeout / 1000} s`)));
    request.on('error', (cause) => reject(cause instanceof AppError ? cause : fault(cause)));
    if (body === undefined || typeof body === 'string') request.end(body);
    else sendContent(body, request);
  });
}

/** Ends when the server has answered: one that refuses a file need not read all of it. */
function sendContent(stream: Readable, request: ClientRequest): void {
  request.on('response', (response) =>
    response.once('end', () => {
      stream.destroy();
      // Half a request would keep the connection, and the process with it.
      if (!request.writableFinished) request.destroy();
    }),
  );
  request.on('close', () => stream.destroy());
  stream.on('error', (error) => request.destroy(error));
  stream.pipe(request);
}
