import { withClient } from '../../server.ts';
import type { Engine } from '../engine.ts';

/** Where the other tools load to: the columns of the product's table, and the two names, which not all of them can join. */
export const PEER_TABLE = 'peer.members';

/** With the same number of indexes as the product's table; the one on the key is unique, which all of them need. */
export async function makePeerTable(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(`
      CREATE SCHEMA peer;
      CREATE TABLE ${PEER_TABLE} (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), code text NOT NULL, full_name text, first_name text, last_name text,
        email text, amount numeric, quantity numeric, joined date, seen_at timestamptz, is_active boolean,
        archived_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), execution_id text
      );
      CREATE UNIQUE INDEX ON ${PEER_TABLE} (code)`),
  );
}

/** Their table as the eight fields. */
const RECORDS = `(
  SELECT code, nullif(concat_ws(' ', nullif(btrim(coalesce(full_name, first_name)), ''), nullif(btrim(last_name), '')), '')
           AS full_name, nullif(email, '') AS email, amount, quantity, joined, seen_at, is_active
  FROM ${PEER_TABLE}) AS records`;

/** What all of them have in common. */
export const peerEngine = (engine: Pick<Engine, 'name' | 'version' | 'works' | 'launch'>): Engine => ({
  table: RECORDS,
  marksRows: false,
  prepare: makePeerTable,
  audit: () => Promise.resolve([]),
  ...engine,
});

/** The parts of a database URL. A host that is a path is a directory of sockets. */
export function readAddress(databaseUrl: string) {
  const { username, password, hostname, port, pathname } = new URL(databaseUrl);
  const [user, secret, host, name] = [username, password, hostname, pathname.slice(1)].map(decodeURIComponent);
  return {
    user: user ?? '',
    password: secret ?? '',
    host: host ?? '',
    port: port === '' ? '5432' : port,
    name: name ?? '',
  };
}

/** The URL in the one form in which tools written in Go take a directory of sockets too. */
export function renderGoUrl(databaseUrl: string): string {
  const { user, password, host, port, name } = readAddress(databaseUrl);
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return host.startsWith('/')
    ? `postgresql://${login}@/${name}?host=${host}&sslmode=disable`
    : `postgresql://${login}@${host}:${port}/${name}?sslmode=prefer`;
}
