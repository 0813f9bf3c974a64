/** Text in an encoding of the WHATWG Encoding Standard of one or two bytes a character, found by decoding every byte and pair. */
export function encodeAs(label: string, text: string): Buffer {
  const bytesOf = tableOf(label);
  return Buffer.concat(
    Array.from(text, (character) => {
      const code = character.codePointAt(0) ?? 0;
      const bytes = code < 0x80 ? Buffer.from([code]) : bytesOf.get(character);
      if (bytes === undefined) throw new RangeError(`${label} has no ${character}`);
      return bytes;
    }),
  );
}

const tables = new Map<string, ReadonlyMap<string, Buffer>>();

function tableOf(label: string): ReadonlyMap<string, Buffer> {
  const known = tables.get(label);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(label);
  const table = new Map<string, Buffer>();
  const learn = (bytes: Buffer): void => {
    const text = decoder.decode(bytes);
    if (Array.from(text).length === 1 && text !== '\ufffd' && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0x80; byte < 0x100; byte += 1) learn(Buffer.from([byte]));
  for (let lead = 0x81; lead < 0xff; lead += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) learn(Buffer.from([lead, trail]));
  }
  tables.set(label, table);
  return table;
}
