import type { ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { AppError } from '../../core/errors/app-error.ts';
import { refusal } from './refusal.ts';

/** Who sends or receives a file gets this long before his speed is looked at. */
const GRACE_MS = 60_000;
/** Slower than this, all the time, is nobody who wants a file: he keeps a connection to the database from others. */
const LEAST_BYTES_PER_SECOND = 1024;
/** How often the speed of a receiver is looked at: unlike a sender, he makes himself heard by nothing. */
const LOOK_EVERY_MS = 10_000;

const isTooSlow = (bytes: number, spentMs: number): boolean =>
  spentMs > GRACE_MS && bytes * 1000 < spentMs * LEAST_BYTES_PER_SECOND;

/** Files that are sent at once through one replica: each holds a connection to the database. */
export class TransferSlots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns gives the place back; further calls do nothing. @throws AppError `Busy`, class transient */
  take(): () => void {
    if (this.#taken >= this.#most) {
      const message = `${this.#most} files are being sent through this replica already; try again in a moment`;
      throw new AppError({ code: 'Busy', class: 'transient', message });
    }
    this.#taken += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= 1;
      isHeld = false;
    };
  }

  /** Takes a place until a response has been sent, or its connection is gone; it may be so already. */
  takeFor(response: ServerResponse): void {
    const giveBack = this.take();
    response.once('close', giveBack);
    if (response.destroyed) giveBack();
  }
}

export interface ByteLimit {
  readonly bytes: number;
  /** Where it comes from. */
  readonly setting: string;
}

/** What is announced is refused before any of it is read. @throws AppError `TooLarge` */
export function checkAnnounced(contentLength: string | undefined, limit: ByteLimit): void {
  const announced = Number(contentLength ?? 0);
  if (announced > limit.bytes) throw tooLarge(`the file has ${announced} bytes`, limit);
}

/**
 * Lets bytes through until they are too many or too slow.
 *
 * @param monotonicNow in ms
 */
export function limitTransfer(limit: ByteLimit, monotonicNow: () => number): Transform {
  const startedMs = monotonicNow();
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limit.bytes) {
        done(tooLarge(`the file has more than ${limit.bytes} bytes`, limit));
        return;
      }
      const spentMs = monotonicNow() - startedMs;
      if (isTooSlow(bytes, spentMs)) {
        const message = `only ${bytes} bytes came in ${Math.round(spentMs / 1000)} s; send the file again over a faster line`;
        done(refusal('TooSlow', message));
        return;
      }
      done(null, chunk);
    },
  });
}

export interface TransferClock {
  /** In ms. */
  readonly monotonicNow: () => number;
  /** Calls back after a time; gives the way to call it off. */
  readonly later: (ms: number, call: () => void) => () => void;
}

/**
 * Breaks off an answer whose receiver is too slow. What is handed on and waits in buffers on the way counts as received: it
 * is a few MiB.
 *
 * @returns to be told how many bytes are handed on
 */
export function dropSlowReceiver(
  response: ServerResponse,
  { monotonicNow, later }: TransferClock,
): (bytes: number) => void {
  const startedMs = monotonicNow();
  let received = 0;
  let cancel = (): void => undefined;
  const look = (): void => {
    if (isTooSlow(received, monotonicNow() - startedMs)) response.destroy();
    else cancel = later(LOOK_EVERY_MS, look);
  };
  response.once('close', () => cancel());
  if (!response.destroyed) look();
  return (bytes) => {
    received += bytes;
  };
}

function tooLarge(what: string, { bytes, setting }: ByteLimit): AppError {
  return refusal('TooLarge', `${what}, and ${setting} allows ${bytes}`);
}
