/** Hashes and the ids of records are keys of 16 bytes, handled as this many 32-bit words. */
export const KEY_WORDS = 4;
export const KEY_BYTES = KEY_WORDS * 4;

export function copyKey(from: Uint32Array, at: number, to: Uint32Array, place: number): void {
  for (let index = 0; index < KEY_WORDS; index += 1) to[place + index] = from[at + index] ?? 0;
}

/** Copies a key out of a file. */
export function readKey(view: DataView, from: number, words: Uint32Array, to: number): void {
  for (let index = 0; index < KEY_WORDS; index += 1) words[to + index] = view.getUint32(from + index * 4, true);
}

/** Copies a key into a file. */
export function writeKey(words: Uint32Array, from: number, view: DataView, to: number): void {
  for (let index = 0; index < KEY_WORDS; index += 1) view.setUint32(to + index * 4, words[from + index] ?? 0, true);
}
