import { createHash } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions } from 'node:https';
import type { Readable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import { sendRequest } from './send-request.ts';

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What is sent as it is, in place of a body; `bytes` of it. */
  readonly content?: { readonly stream: Readable; readonly bytes: number };
  readonly headers?: Readonly<Record<string, string>>;
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
  readonly #userAgent: string;

  constructor(config: KubeConfig, userAgent = 'smartconnector-operator') {
    this.#config = config;
    this.#userAgent = userAgent;
  }

  /** The response, its body not read. @throws AppError `ApiUnavailable` where there is none */
  async open({
    method,
    path,
    body,
    contentType,
    content,
    headers: more,
    signal,
    silenceMs,
  }: ApiRequest): Promise<IncomingMessage> {
    const server = new URL(this.#config.getCurrentCluster()?.server ?? 'http://localhost:8080');
    const options: RequestOptions & AgentOptions = {};
    await this.#config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
    const isTls = server.protocol === 'https:';
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(options.headers as Record<string, string> | undefined),
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...more,
      ...(content === undefined ? {} : { 'content-length': String(content.bytes) }),
      ...(text === undefined
        ? {}
        : { 'content-type': contentType ?? 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    };
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server);
    return sendRequest(
      url,
      {
        method,
        headers,
        agent: this.#proxyOf(options) ?? (isTls ? this.#agentOf(options) : this.#plain),
        ...(options.auth == null ? {} : { auth: options.auth }),
        ...(signal === undefined ? {} : { signal }),
        timeout: silenceMs,
      },
      content?.stream ?? text,
      (cause) => unavailable(`${method} ${path}`, cause),
    );
  }

  close(): void {
    this.#plain.destroy();
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** `proxy-url` of the kubeconfig: client-node's own agent knows the way, and connections through it are not kept. */
  #proxyOf({ agent }: RequestOptions): HttpAgent | undefined {
    return this.#config.getCurrentCluster()?.proxyUrl === undefined ? undefined : (agent as HttpAgent);
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
