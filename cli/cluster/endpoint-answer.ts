import type { IncomingMessage } from 'node:http';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import type { OperatorEndpoint } from './operator-endpoint.ts';

/** More than any answer that is no file has. */
const MAX_BYTES = 1024 ** 2;

/** @throws AppError class transient where it is cut off */
export async function readAnswer(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const part of response as AsyncIterable<string>) {
      text += part;
      if (text.length > MAX_BYTES) break;
    }
  } catch (cause) {
    const message = `the answer was cut off: ${messageOf(cause)}`;
    throw new AppError({ code: 'EndpointUnavailable', class: 'transient', message, cause });
  }
  return text;
}

interface Refusal {
  /** Of the operator. */
  readonly error?: { readonly code?: string; readonly message?: string };
  /** Of the API server, which speaks for itself or for a Service without a replica that is ready. */
  readonly kind?: string;
  readonly message?: string;
}

/** What an endpoint that does not do what it was asked for says, and what to do about it. */
export function endpointError(status: number, text: string, endpoint: OperatorEndpoint): AppError {
  const refusal = parse(text);
  const said = refusal.error?.message ?? refusal.message ?? (text.slice(0, 300) || `it answered ${status}`);
  const isTransient = status === 429 || status >= 500;
  if (refusal.error === undefined && status === 403) {
    const advice =
      'ask for the Role smartconnector-http of the namespace of the operator, or name another way with --server URL';
    return new AppError({ code: 'Forbidden', class: 'terminal', message: `${endpoint.name}: ${said}; ${advice}` });
  }
  if (refusal.error === undefined && status === 404) {
    const advice = 'name the namespace of the operator with --operator-namespace, or another way with --server URL';
    return new AppError({
      code: 'EndpointMissing',
      class: 'terminal',
      message: `${endpoint.name}: ${said}; ${advice}`,
    });
  }
  return new AppError({
    code: refusal.error?.code ?? 'EndpointUnavailable',
    class: isTransient ? 'transient' : 'terminal',
    message: refusal.error === undefined ? `${endpoint.name}: ${said}` : said,
  });
}

function parse(text: string): Refusal {
  try {
    return (JSON.parse(text) as Refusal | null) ?? {};
  } catch {
    return {};
  }
}
