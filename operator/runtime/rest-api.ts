import type { IncomingMessage } from 'node:http';
import type { ApiConnection } from './api-connection.ts';
import { unavailable } from './api-connection.ts';
import { apiError, readFailure } from './api-error.ts';
import type { DeleteOptions, KubernetesApi, NewResource } from './kubernetes-api.ts';
import { parseResource } from './parse-resource.ts';
import type { Key, Resource, ResourceKind } from './resource.ts';
import { resourcePath } from './resource-path.ts';

/** How long an answer may take: those to single objects come at once. */
const REQUEST_MS = 30_000;
/** Of a page of a list, where the caller does not know better. */
const PAGE_OBJECTS = 500;

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface ListBody {
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items?: readonly unknown[];
}

/** All objects of a kind as they were at one version. */
export interface Listing<T extends Resource> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export class RestApi implements KubernetesApi {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async get<T extends Resource>(kind: ResourceKind<T>, key: Key): Promise<T | null> {
    const answer = await this.#send('GET', resourcePath(kind, key.namespace, key.name));
    return answer.status === 404 ? null : parseResource(kind, this.#bodyOf(`get ${nameOf(kind, key)}`, answer));
  }

  async list<T extends Resource>(
    kind: ResourceKind<T>,
    options: { readonly namespace: string | null; readonly labelSelector?: string },
  ): Promise<T[]> {
    return [...(await this.listAll(kind, options)).items];
  }

  /** As list, with the version to watch from. @param signal ends it */
  async listAll<T extends Resource>(
    kind: ResourceKind<T>,
    options: {
      readonly namespace: string | null;
      readonly labelSelector?: string;
      readonly signal?: AbortSignal;
      readonly pageObjects?: number;
    },
  ): Promise<Listing<T>> {
    const items: T[] = [];
    for (let next = ''; ;) {
      const query = new URLSearchParams({ limit: String(options.pageObjects ?? PAGE_OBJECTS) });
      if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
      if (next !== '') query.set('continue', next);
      const path = `${resourcePath(kind, options.namespace ?? '')}?${query.toString()}`;
      const answer = await this.#send('GET', path, undefined, undefined, options.signal);
      const page = this.#bodyOf(`list ${kind.plural}`, answer) as ListBody;
      for (const item of page.items ?? []) items.push(parseResource(kind, item));
      next = page.metadata?.continue ?? '';
      if (next === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
    }
  }

  async create<T extends Resource>(kind: ResourceKind<T>, object: NewResource): Promise<T | null> {
    const { namespace = '', name } = object.metadata;
    const answer = await this.#send('POST', resourcePath(kind, namespace), object);
    if (answer.status === 409 && readFailure(409, answer.text).reason === 'AlreadyExists') return null;
    return parseResource(kind, this.#bodyOf(`create ${nameOf(kind, { namespace, name })}`, answer));
  }

  async patch<T extends Resource>(
    kind: ResourceKind<T>,
    key: Key,
    patch: object,
    subresource?: 'status',
  ): Promise<T | null> {
    const path = resourcePath(kind, key.namespace, key.name) + (subresource === undefined ? '' : `/${subresource}`);
    const answer = await this.#send('PATCH', path, patch, 'application/merge-patch+json');
    return answer.status === 404 ? null : parseResource(kind, this.#bodyOf(`patch ${nameOf(kind, key)}`, answer));
  }

  async delete(kind: ResourceKind, key: Key, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, propagationPolicy } = options;
    const answer = await this.#send('DELETE', resourcePath(kind, key.namespace, key.name), {
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    });
    // With another uid it is another object: the one that was meant is gone.
    if (answer.status === 404 || (answer.status === 409 && uid !== undefined)) return false;
    this.#bodyOf(`delete ${nameOf(kind, key)}`, answer);
    return true;
  }

  /** Replaces an object of this resource version. Null: it has changed since, or is gone. */
  async replace<T extends Resource>(kind: ResourceKind<T>, key: Key, object: object): Promise<T | null> {
    const answer = await this.#send('PUT', resourcePath(kind, key.namespace, key.name), object);
    if (answer.status === 404 || answer.status === 409) return null;
    return parseResource(kind, this.#bodyOf(`replace ${nameOf(kind, key)}`, answer));
  }

  /** The lines of a watch, unread. @throws AppError where the server refuses it: `Expired` for a version that is too old */
  async openWatch(kind: ResourceKind, path: string, silenceMs: number, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#connection.open({ method: 'GET', path, signal, silenceMs });
    if (response.statusCode === 200) return response;
    const text = await readText(response);
    throw apiError(`watch ${kind.plural}`, readFailure(response.statusCode ?? 0, text));
  }

  async #send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT',
    path: string,
    body?: unknown,
    contentType = 'application/json',
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await this.#connection.open({
      method,
      path,
      contentType,
      silenceMs: REQUEST_MS,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.statusCode ?? 0, text: await readText(response) };
  }

  #bodyOf(what: string, { status, text }: Answer): unknown {
    if (status < 200 || status > 299) throw apiError(what, readFailure(status, text));
    try {
      return JSON.parse(text);
    } catch (error) {
      throw unavailable(what, error);
    }
  }
}

const nameOf = (kind: ResourceKind, { namespace, name }: Key): string =>
  `${kind.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const part of response as AsyncIterable<string>) text += part;
  } catch (error) {
    throw unavailable('reading its answer', error);
  }
  return text;
}
