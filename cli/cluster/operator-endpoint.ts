import type { IncomingMessage } from 'node:http';
import { AppError, invalid, messageOf } from '../../core/errors/app-error.ts';
import type { ApiConnection, ApiRequest } from '../../operator/runtime/api-connection.ts';
import { sendRequest } from '../../operator/runtime/send-request.ts';

export type EndpointRequest = Pick<ApiRequest, 'content' | 'headers' | 'signal'> & {
  readonly method: 'GET' | 'PUT';
  /** From `/v1/` on. */
  readonly path: string;
};

/** The way to the operator's HTTP endpoint. */
export interface OperatorEndpoint {
  /** For people. */
  readonly name: string;
  /** The response, its body not read. @throws AppError class transient where there is none */
  open(request: EndpointRequest): Promise<IncomingMessage>;
}

/** How long nothing may come or go before a request counts as lost. */
const SILENCE_MS = 120_000;
const SERVICE = 'smartconnector:http';

/**
 * Through the API server's proxy for Services: the way that every kubeconfig knows, whether its user has a certificate, a
 * token or a plugin. It ends at a replica that is ready. The proxy keeps `Authorization` to itself.
 */
export function proxiedEndpoint(connection: ApiConnection, namespace: string): OperatorEndpoint {
  const prefix = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${SERVICE}/proxy`;
  return {
    name: `Service ${namespace}/${SERVICE}, through the API server`,
    open: (request) =>
      connection.open({
        ...request,
        path: prefix + request.path,
        contentType: 'application/octet-stream',
        silenceMs: SILENCE_MS,
      }),
  };
}

/** At a URL that leads to it: an Ingress, or a port-forward. @throws AppError `Invalid` where it is none */
export function directEndpoint(base: string): OperatorEndpoint {
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid('--server: give an http:// or https:// URL');
  const prefix = url.pathname.replace(/\/+$/, '');
  // A user and password that the URL may have are for the server, and for no message.
  const name = url.origin + prefix;
  return {
    name,
    open: ({ method, path, headers, content, signal }) => {
      const target = new URL(url);
      target.pathname = prefix + path;
      return sendRequest(
        target,
        {
          method,
          headers: { ...headers, ...(content === undefined ? {} : { 'content-length': content.bytes }) },
          ...(signal === undefined ? {} : { signal }),
          timeout: SILENCE_MS,
        },
        content?.stream,
        (cause) =>
          new AppError({
            code: 'EndpointUnavailable',
            class: 'transient',
            message: `${name} did not answer: ${messageOf(cause)}`,
            cause,
          }),
      );
    },
  };
}
