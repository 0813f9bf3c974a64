/** A token bucket: `burst` at once, and as many a second as `perSecond` after that. Each caller gets a place of its own. */
export class RateLimit {
  readonly #msEach: number;
  readonly #burst: number;
  /** When the bucket would be full if nobody came any more. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    this.#msEach = 1000 / perSecond;
    this.#burst = burst;
  }

  /** Takes a place. @returns how long to wait for it, ms */
  reserve(nowMs: number): number {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#msEach;
    return Math.max(0, this.#fullAtMs - this.#burst * this.#msEach - nowMs);
  }
}
