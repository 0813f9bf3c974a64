/** A packed file smaller than this when unpacked does no harm, whatever it was packed to. */
export const RATIO_FROM_BYTES = 64 * 1024 ** 2;

/** One webhook event as text, in bytes. */
export const EVENT_BYTES = 16 * 1024 ** 2;
