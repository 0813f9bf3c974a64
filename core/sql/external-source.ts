import type { ExternalSourceModel } from '../model/connector.ts';
import { quoteName, quoteText } from '../typing/sql-text.ts';

/** What the Secret of a source holds: one text a key. */
export type SourceSecret = Readonly<Record<string, string>>;

interface SourceKeys {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Keys of the Secret by kind of the source; the names are those of the engine's named collections. */
const KEYS: Readonly<Record<string, SourceKeys>> = {
  PostgreSQL: { required: ['host', 'database', 'user', 'password'], optional: ['port', 'schema'] },
  MySQL: { required: ['host', 'database', 'user', 'password'], optional: ['port'] },
  S3: { required: ['url', 'access_key_id', 'secret_access_key'], optional: ['session_token'] },
  HTTP: { required: ['url'], optional: [] },
};
const DEFAULT_PORTS: Readonly<Record<string, string>> = { PostgreSQL: '5432', MySQL: '3306' };
/** What is shorter is no secret, and could stand in any message. */
const LEAST_CONFIDENTIAL = 4;
/** Values that no message may repeat. */
const CONFIDENTIAL = ['password', 'access_key_id', 'secret_access_key', 'session_token'];

/** What is wrong with the keys of a Secret: one sentence a fault, without any value. */
export function checkSourceSecret(kind: string, secret: SourceSecret): string[] {
  const { required, optional } = KEYS[kind] ?? { required: [], optional: [] };
  const all = [...required, ...optional];
  const missing = required.filter((key) => (secret[key] ?? '') === '');
  const unknown = Object.keys(secret).filter((key) => !all.includes(key));
  const faults = missing.map((key) => `the key ${key} is missing`);
  if (unknown.length > 0) faults.push(`${unknown.join(', ')}: no key of a source of kind ${kind}: ${all.join(', ')}`);
  if (secret['port'] !== undefined && !/^[1-9][0-9]{0,4}$/u.test(secret['port'])) faults.push('the port is no number');
  if (secret['url'] !== undefined && !/^https?:\/\/[^/\s]/u.test(secret['url'])) {
    faults.push('the url does not start with https:// or http://');
  }
  return faults;
}

/** The statement that lets a script use the source by name. The script can override none of its values. */
export function buildNamedCollection(source: Pick<ExternalSourceModel, 'name' | 'kind'>, secret: SourceSecret): string {
  const port = DEFAULT_PORTS[source.kind];
  const values = { ...(port === undefined ? {} : { port }), ...secret };
  // The script chooses a schema; the Secret says where it starts.
  const pairs = Object.entries(values).map(
    ([key, value]) => `${key} = ${quoteText(value)} ${key === 'schema' ? '' : 'NOT '}OVERRIDABLE`,
  );
  return `CREATE NAMED COLLECTION ${quoteName(source.name)} AS ${pairs.join(', ')}`;
}

/** The values of a Secret that must not be seen, the longest first. */
export function confidentialValues(secret: SourceSecret): string[] {
  const values = CONFIDENTIAL.flatMap((key) => secret[key] ?? []);
  values.push(...confidentialParts(secret['url'] ?? ''));
  return values.filter((value) => value.length >= LEAST_CONFIDENTIAL).sort((a, b) => b.length - a.length);
}

/** So long a part of a path is the key of whoever has the address, more likely than a name. */
const LEAST_KEY_IN_PATH = 20;

/** What of an address lets people in: the user, what is asked for, and keys in its path; as they are written, and decoded. */
function confidentialParts(url: string): string[] {
  const [, user, path = '', query] = /^https?:\/\/(?:([^/?#\s]+)@)?[^/?#]*([^?#]*)(?:\?([^#]*))?/u.exec(url) ?? [];
  const keys = path.split('/').filter((part) => part.length >= LEAST_KEY_IN_PATH);
  const asked = query?.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1)) ?? [];
  const written = [user, user?.slice(user.indexOf(':') + 1), query, ...keys, ...asked].filter(
    (part) => part !== undefined,
  );
  return [...new Set(written.flatMap((part) => [part, decoded(part)]))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
