import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AgentOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError, messageOf } from '../../core/errors/app-error.ts';

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Ends the request when it is aborted. */
  readonly signal?: AbortSignal;
  /** How long nothing may come before the request counts as lost. */
  readonly silenceMs: number;
}

/**
 * Sends requests over connections that are kept: client-node opens a TLS connection for each. Who we are (certificates,
 * tokens that are renewed, exec plugins) is what its KubeConfig says before every request.
 */
export class ApiConnection {
  readonly #config: KubeConfig;
  /** By the contents of certificates, which may be renewed. */
  readonly #agents = new Map<string, HttpsAgent>();
  readonly #plain = new HttpAgent({ keepAlive: true });

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** The response, its body not read. @throws AppError `ApiUnavailable` where there is none */
  async open({ method, path, body, contentType, signal, silenceMs }: ApiRequest): Promise<IncomingMessage> {
    const server = new URL(this.#config.getCurrentCluster()?.server ?? 'http://localhost:8080');
    const options: RequestOptions & AgentOptions = {};
    await this.#config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
    const isTls = server.protocol === 'https:';
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(options.headers as Record<string, string> | undefined),
      accept: 'application/json',
      'user-agent': 'smartconnector-operator',
      ...(text === undefined
        ? {}
        : { 'content-type': contentType ?? 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    };
    return new Promise((resolve, reject) => {
      const send = isTls ? httpsRequest : httpRequest;
      const request = send(
        new URL(server.pathname.replace(/\/$/, '') + path, server),
        {
          method,
          headers,
          agent: isTls ? this.#agentOf(options) : this.#plain,
          ...(options.auth == null ? {} : { auth: options.auth }),
          ...(signal === undefined ? {} : { signal }),
          timeout: silenceMs,
        },
        resolve,
      );
      request.on('timeout', () => request.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)));
      request.on('error', (error) => reject(unavailable(`${method} ${path}`, error)));
      request.end(text);
    });
  }

  close(): void {
    this.#plain.destroy();
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agentOf({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: AgentOptions): HttpsAgent {
    const hash = createHash('sha256');
    for (const part of [ca, cert, key, pfx, passphrase, servername, String(rejectUnauthorized)]) {
      hash.update(
        part === undefined ? '' : Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part),
      );
      hash.update('\0');
    }
    const name = hash.digest('hex');
    const known = this.#agents.get(name);
    if (known !== undefined) return known;
    // Requests in flight, watches above all, end on the older agent; new ones do not meet it.
    for (const older of this.#agents.values()) closeIdle(older);
    this.#agents.clear();
    const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
    const agent = new HttpsAgent({
      keepAlive: true,
      ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    });
    this.#agents.set(name, agent);
    return agent;
  }
}

function closeIdle(agent: HttpsAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** The API server cannot be reached now. */
export function unavailable(what: string, cause: unknown): AppError {
  const message = `the API server did not answer (${what}): ${messageOf(cause)}`;
  return new AppError({ code: 'ApiUnavailable', class: 'transient', message, cause });
}
