import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../core/errors/app-error.ts';

/** A fault that ClickHouse reported. */
export class EngineError extends Error {
  /** ClickHouse's number of the error, 0 where it gave none. */
  readonly code: number;
  /** Where in the statement, for faults of syntax; from 1. */
  readonly place: { readonly line: number; readonly column: number } | null;

  constructor(text: string, cause: unknown) {
    super(cleanMessage(text), { cause });
    this.name = 'EngineError';
    this.code = Number(/Code: (\d+)\./.exec(text)?.[1] ?? 0);
    const place = /\(line (\d+), col (\d+)\)/.exec(text);
    this.place = place === null ? null : { line: Number(place[1]), column: Number(place[2]) };
  }
}

/** NOT_ENOUGH_SPACE and CANNOT_WRITE_TO_FILE_DESCRIPTOR. */
const DISK_CODES = [243, 75];

/** The engine could not write: no fault of the statement. */
export class EngineDiskError extends Error {}

export const MEMORY_LIMIT_EXCEEDED = 241;
export const TIMEOUT_EXCEEDED = 159;

const LONGEST_MESSAGE = 50_000;

/** The text of a fault without the wrapping of the engine, at most 50,000 characters, cut in the middle. */
export function cleanMessage(text: string): string {
  const clean = text
    .replace(/^Query failed: /, '')
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/ \(version [^)]*\)/, '')
    .trim();
  if (clean.length <= LONGEST_MESSAGE) return clean;
  const half = Math.floor(LONGEST_MESSAGE / 2) - 10;
  return `${clean.slice(0, half)}\n… cut …\n${clean.slice(-half)}`;
}

interface NativeSession {
  query(sql: string, format?: string): string;
  close(): void;
}

/** Defaults that a session cannot set; named, so that no other file is taken for it. */
const CONFIGURATION = fileURLToPath(new URL('./engine.xml', import.meta.url));

type NativeConstructor = new (path: string, options: { readonly connectionArgs: readonly string[] }) => NativeSession;

/** An embedded ClickHouse with its data in one directory. One may be open in a process. */
export class ChdbSession {
  readonly #native: NativeSession;

  constructor(directory: string) {
    // Loaded late: the engine takes its time zone from the environment as it starts.
    const { Session } = createRequire(import.meta.url)('chdb') as { Session: NativeConstructor };
    this.#native = new Session(directory, { connectionArgs: [`--config-file=${CONFIGURATION}`] });
  }

  /** Runs one statement. Throws EngineError, and EngineDiskError where the disk is full. */
  execute(sql: string, format = 'TabSeparated'): string {
    try {
      return this.#native.query(sql, format);
    } catch (cause) {
      const error = new EngineError(messageOf(cause), cause);
      throw DISK_CODES.includes(error.code) ? new EngineDiskError(error.message, { cause }) : error;
    }
  }

  /** The rows of a query, as objects by column. 64-bit numbers are numbers: ask for text where they may be large. */
  rows(sql: string): Record<string, unknown>[] {
    const text = this.execute(sql, 'JSONEachRow');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  close(): void {
    this.#native.close();
  }
}
