import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { renderFatal, renderMessage, splitMessages } from './postgres-messages.ts';

/**
 * A pooler in transaction mode, as PgBouncer is one: a client has a session of the server from the first message of a
 * transaction to its end, and the next one of that pooler's sessions for the next. What a client leaves in a session, others find,
 * and it does not find it again.
 */
export interface TransactionPooler {
  readonly url: string;
  /** How many transactions it has handed to sessions. */
  readonly handed: number;
  /** Runs a query in each idle session, past all clients. */
  inEachSession(text: string): Promise<Record<string, unknown>[][]>;
  close(): Promise<void>;
}

/** What PgBouncer sets again in every session that it hands to a client. */
const CARRIED = ['application_name', 'client_encoding', 'datestyle', 'timezone', 'standard_conforming_strings'];

/** What it takes in a startup message; it refuses everything else. */
const STARTUP_PARAMETERS = ['user', 'database', ...CARRIED];

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/** A session of the server whose messages pass through. */
interface Session {
  readonly client: pg.Client;
  readonly stream: Socket;
  readonly parameters: ReadonlyMap<string, string>;
  /** Gets what the server says; null: nobody waits for anything. */
  listener: ((bytes: Buffer) => void) | null;
  read: ((bytes: Buffer) => void)[];
}

/**
 * @param server a `postgres://` URL
 * @param size how many sessions of the server there are; who wants one more, waits
 */
export async function openTransactionPooler(server: string, size: number): Promise<TransactionPooler> {
  const idle = await Promise.all(Array.from({ length: size }, () => openSession(server)));
  const sessions = new Set(idle);
  const parameters = idle[0]?.parameters ?? new Map<string, string>();
  const waiting: ((session: Session) => void)[] = [];
  const clients = new Set<Socket>();
  let handed = 0;

  const take = async (settings: readonly string[]): Promise<Session> => {
    handed += 1;
    const session = idle.shift() ?? (await new Promise<Session>((resolve) => waiting.push(resolve)));
    for (const setting of settings) await query(session, setting);
    return session;
  };
  // Behind all others: whoever comes next gets another one than it had.
  const giveBack = (session: Session): void => {
    session.listener = null;
    const next = waiting.shift();
    if (next === undefined) idle.push(session);
    else next(session);
  };
  const replace = async (session: Session): Promise<void> => {
    sessions.delete(session);
    session.stream.destroy();
    const fresh = await openSession(server);
    sessions.add(fresh);
    giveBack(fresh);
  };

  const serve = (socket: Socket): void => {
    clients.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => clients.delete(socket));
    let session: Promise<Session> | null = null;
    /** How many answers that end with ReadyForQuery are still to come. */
    let open = 0;
    let settings: readonly string[] | null = null;

    const answer = (current: Session): void => {
      const readAnswers = splitMessages((type, message) => {
        socket.write(message);
        if (type !== 'Z') return;
        open -= 1;
        if (open > 0 || message.at(5) !== IDLE) return;
        session = null;
        giveBack(current);
      });
      current.listener = readAnswers;
    };
    const forward = async (type: string, message: Buffer): Promise<void> => {
      if (type === 'X') {
        socket.end();
        return;
      }
      if (type === 'Q' || type === 'S' || type === 'F') open += 1;
      if (session === null) {
        session = take(settings ?? []);
        answer(await session);
      }
      (await session).stream.write(message);
    };
    // One after another: a message may have to wait for a session.
    let queue = Promise.resolve();
    const readMessages = splitMessages((type, message) => {
      queue = queue.then(() => forward(type, message));
    });
    const start = (bytes: Buffer): void => {
      const code = bytes.readInt32BE(4);
      if (code === SSL_REQUEST || code === GSS_REQUEST) socket.write('N');
      else if (code === CANCEL_REQUEST) socket.end();
      else {
        const asked = startupParameters(bytes);
        const refused = asked.find(([name]) => !STARTUP_PARAMETERS.includes(name));
        if (refused !== undefined) {
          socket.end(renderFatal('08P01', `unsupported startup parameter: ${refused[0]}`));
          return;
        }
        settings = asked
          .filter(([name]) => CARRIED.includes(name))
          .map(([name, value]) => `SET ${name} TO ${pg.escapeLiteral(value)}`);
        socket.write(greeting(parameters));
      }
    };
    socket.on('data', (bytes: Buffer) => {
      if (settings === null) start(bytes);
      else readMessages(bytes);
    });
    // Who leaves in the middle of a transaction takes the session along.
    socket.once('close', () => void session?.then(replace));
  };

  const listener = createServer(serve);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(server.replace(/@[^/]*\//, '@127.0.0.1/'));
  url.port = String((listener.address() as AddressInfo).port);
  return {
    url: url.href,
    get handed() {
      return handed;
    },
    inEachSession: (text) => Promise.all(idle.map((session) => query(session, text))),
    close: async () => {
      listener.close();
      for (const socket of clients) socket.destroy();
      for (const { stream } of sessions) stream.destroy();
      await Promise.resolve();
    },
  };
}

/** The status of a session that is in no transaction. */
const IDLE = 'I'.charCodeAt(0);

/** `pg` signs in, by whatever means the server asks for; from then on its messages are those of the clients. */
async function openSession(server: string): Promise<Session> {
  const client = new pg.Client({ connectionString: server, application_name: 'pooler' });
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter & { stream: Socket } };
  const parameters = new Map<string, string>();
  connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, string>) =>
    parameters.set(parameterName ?? '', parameterValue ?? ''),
  );
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = connection;
  const session: Session = { client, stream, parameters, listener: null, read: [] };
  session.read = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  stream.on('data', (bytes: Buffer) => {
    const { listener, read } = session;
    if (listener !== null) listener(bytes);
    else for (const one of read) one.call(stream, bytes);
  });
  return session;
}

/** A query of the pooler itself, in a session that no client has. */
async function query({ client }: Session, text: string): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(text)).rows;
}

/** Names, in small letters, and values of a startup message: texts that end with NUL, after length and version. */
function startupParameters(bytes: Buffer): [name: string, value: string][] {
  const words = bytes.toString('utf8', 8).split('\0');
  const names = words.filter((word, index) => index % 2 === 0 && word !== '');
  return names.map((name, index) => [name.toLowerCase(), words[index * 2 + 1] ?? '']);
}

/** Signed in, the server's parameters, a key for cancelling that is none, and ready. */
function greeting(parameters: ReadonlyMap<string, string>): Buffer {
  const shown = [...parameters].map(([name, value]) => renderMessage('S', Buffer.from(`${name}\0${value}\0`)));
  return Buffer.concat([
    renderMessage('R', Buffer.alloc(4)),
    ...shown,
    renderMessage('K', Buffer.alloc(8)),
    renderMessage('Z', Buffer.from('I')),
  ]);
}
