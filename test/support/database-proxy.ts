import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { renderFatal } from './postgres-messages.ts';

/** When the connection that sends a text is cut: before the server gets it, or once the server has answered. */
export type CutSide = 'before' | 'after';

/** Stands between the tool and PostgreSQL, and does what networks and servers do. */
export interface DatabaseProxy {
  /** Of the proxy; the database and the user are those of the server's URL. */
  readonly url: string;
  /** Cuts all connections when one sends this text for the `count`th time; what follows depends on `then`. */
  cutAt(text: string, side: CutSide, options?: { readonly count?: number; readonly then?: 'Refuse' | 'Accept' }): void;
  /** Answers connections as a server that takes none: with this SQLSTATE, `count` times. */
  answer(state: string, count: number): void;
  /** Cuts all connections now. */
  cut(): void;
  /** Refuses connections, or takes them again. */
  accepts(accepting: boolean): Promise<void>;
  /** How often all connections were cut. */
  readonly cuts: number;
  /** Lets everything through again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

interface Cut {
  readonly text: string;
  readonly side: CutSide;
  readonly then: 'Refuse' | 'Accept';
  left: number;
}

/** @param server a `postgres://` URL whose host is the directory of a socket */
export async function openDatabaseProxy(server: string): Promise<DatabaseProxy> {
  const url = new URL(server.replace(/@[^/]*\//, '@socket/'));
  const directory = decodeURIComponent(/@([^/]*)\//.exec(server)?.[1] ?? '');
  const clients = new Set<Socket>();
  let cut: Cut | null = null;
  let cuts = 0;
  const refusal = { state: '', left: 0 };

  const cutAll = (then: Cut['then']): void => {
    cuts += 1;
    if (then === 'Refuse') listener.close();
    for (const socket of clients) socket.resetAndDestroy();
  };

  const serve = (client: Socket): void => {
    clients.add(client);
    client.on('error', () => undefined);
    client.once('close', () => clients.delete(client));
    if (refusal.left > 0) {
      refusal.left -= 1;
      client.once('data', () => client.end(renderFatal(refusal.state, `the server says ${refusal.state}`)));
      return;
    }
    const upstream = connect(`${directory}/.s.PGSQL.5432`);
    upstream.on('error', () => undefined);
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    let answering: Cut | null = null;
    client.on('data', (bytes: Buffer) => {
      const now = cut;
      if (now !== null && bytes.includes(now.text)) {
        now.left -= 1;
        if (now.left === 0) {
          cut = null;
          if (now.side === 'before') {
            cutAll(now.then);
            return;
          }
          answering = now;
        }
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      if (answering === null) client.write(bytes);
      else cutAll(answering.then);
    });
  };

  const listener = createServer(serve);
  const listen = async (port: number): Promise<void> => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  const accepts = async (accepting: boolean): Promise<void> => {
    if (accepting === listener.listening) return;
    if (accepting) await listen(port);
    else listener.close();
  };
  await listen(0);
  const { port } = listener.address() as AddressInfo;
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    cutAt: (text, side, { count = 1, then = 'Accept' } = {}) => {
      cut = { text, side, then, left: count };
    },
    answer: (state, count) => {
      refusal.state = state;
      refusal.left = count;
    },
    cut: () => cutAll('Accept'),
    accepts,
    reset: async () => {
      cut = null;
      refusal.left = 0;
      await accepts(true);
    },
    get cuts() {
      return cuts;
    },
    close: async () => {
      listener.close();
      for (const socket of clients) socket.destroy();
      await Promise.resolve();
    },
  };
}
