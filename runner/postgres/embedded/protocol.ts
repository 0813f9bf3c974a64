import type { Places } from './places.ts';

/** What a command tells the supervisor that it starts. */
export interface SupervisorOptions {
  readonly places: Places;
  /** How long the server stays when nobody holds it, in milliseconds. */
  readonly idleMs: number;
  /** False for databases that nobody minds losing: no fsync. */
  readonly durable: boolean;
  /** A directory whose `node_modules` has the programs; null: those of the project. */
  readonly packages: string | null;
}

/** The one line that the supervisor writes to everybody who connects. */
export type SupervisorAnswer =
  { readonly url: string } | { readonly error: { readonly code: string; readonly message: string } };

/** The one line that a client may write. */
export const STOP_REQUEST = 'stop\n';

export function renderUrl(password: string, socketDirectory: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@${encodeURIComponent(socketDirectory)}/postgres`;
}

/** Null where the line is none of ours. */
export function parseAnswer(line: string): SupervisorAnswer | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  if ('url' in value && typeof value.url === 'string') {
    return { url: value.url };
  }
  const error = 'error' in value ? value.error : null;
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return { error: { code: String(error.code), message: String(error.message) } };
  }
  return null;
}
