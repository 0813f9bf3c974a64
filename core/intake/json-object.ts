/** Deeper nesting is refused: it is no data, and readers further on recurse. */
const MAX_DEPTH = 256;

const BACKSLASH = 92;
const QUOTE = 34;

/** A member of an object by its key, as the text that stands in the file: numbers keep every digit. */
export type JsonMembers = ReadonlyMap<string, string>;

export type JsonObjectResult =
  | { readonly kind: 'Members'; readonly members: JsonMembers }
  | { readonly kind: 'Fault'; readonly index: number; readonly message: string };

class JsonFault extends Error {
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/**
 * Checks text that starts with `{` as JSON (RFC 8259) and cuts it into the raw texts of its members; of a repeated key
 * the last counts. The index of a fault counts UTF-16 units from 0.
 */
export function parseJsonObject(text: string): JsonObjectResult {
  const members = new Map<string, string>();
  try {
    const cursor = new JsonCursor(text);
    cursor.skipBlanks();
    cursor.readObject(1, (key, begin, end) => members.set(key, text.slice(begin, end)));
    cursor.skipBlanks();
    if (cursor.at < text.length) throw cursor.unexpected('the end of the object');
    return { kind: 'Members', members };
  } catch (error) {
    if (error instanceof JsonFault) return { kind: 'Fault', index: error.index, message: error.message };
    throw error;
  }
}

class JsonCursor {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at += 1;
    }
  }

  readObject(depth: number, onMember: (key: string, begin: number, end: number) => void): void {
    this.#enter('{', depth);
    if (this.#accept('}')) return;
    for (;;) {
      this.skipBlanks();
      const keyBegin = this.at;
      this.#readString('a key in double quotes');
      const keyEnd = this.at;
      this.skipBlanks();
      if (!this.#accept(':')) throw this.unexpected('a colon');
      this.skipBlanks();
      const begin = this.at;
      this.#readValue(depth + 1);
      const end = this.at;
      if (depth === 1) onMember(readKey(this.#text.slice(keyBegin, keyEnd)), begin, end);
      this.skipBlanks();
      if (this.#accept('}')) return;
      if (!this.#accept(',')) throw this.unexpected('a comma or }');
    }
  }

  unexpected(wanted: string): JsonFault {
    const code = this.#text.codePointAt(this.at);
    const found = code === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(code));
    return new JsonFault(this.at, `${wanted} is expected here, not ${found}`);
  }

  #readValue(depth: number): void {
    switch (this.#text[this.at]) {
      case '{':
        this.readObject(depth, () => undefined);
        return;
      case '[':
        this.#readArray(depth);
        return;
      case '"':
        this.#readString('a value');
        return;
      default:
        this.#readLiteral();
    }
  }

  #readArray(depth: number): void {
    this.#enter('[', depth);
    if (this.#accept(']')) return;
    for (;;) {
      this.skipBlanks();
      this.#readValue(depth + 1);
      this.skipBlanks();
      if (this.#accept(']')) return;
      if (!this.#accept(',')) throw this.unexpected('a comma or ]');
    }
  }

  #enter(bracket: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new JsonFault(this.at, `values are nested deeper than ${MAX_DEPTH} levels`);
    if (!this.#accept(bracket)) throw this.unexpected(bracket);
    this.skipBlanks();
  }

  #accept(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  #readString(wanted: string): void {
    if (!this.#accept('"')) throw this.unexpected(wanted);
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (Number.isNaN(code)) throw this.unexpected('a closing quote');
      if (code < 32) throw new JsonFault(this.at, 'line ends and control characters in a text have to be escaped');
      this.at += 1;
      if (code === QUOTE) return;
      if (code === BACKSLASH) this.#readEscape();
    }
  }

  #readEscape(): void {
    const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
    escape.lastIndex = this.at;
    if (!escape.test(this.#text)) throw new JsonFault(this.at - 1, 'this escape is unknown');
    this.at = escape.lastIndex;
  }

  #readLiteral(): void {
    const literal = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    literal.lastIndex = this.at;
    if (!literal.test(this.#text)) throw this.unexpected('a value');
    const next = this.#text[literal.lastIndex];
    if (next !== undefined && /[0-9A-Za-z_.+-]/.test(next)) {
      this.at = literal.lastIndex;
      throw this.unexpected('the end of the value');
    }
    this.at = literal.lastIndex;
  }
}

function readKey(raw: string): string {
  const key: unknown = JSON.parse(raw);
  return typeof key === 'string' ? key : raw;
}

/**
 * Escapes of halves of surrogate pairs that stand alone (`\ud800`) are no text in UTF-8, and stop strict readers; they
 * become `\ufffd`. Returns the text and how many there were.
 */
export function replaceLoneSurrogates(json: string): { readonly text: string; readonly replaced: number } {
  if (!/\\u[dD]/.test(json)) return { text: json, replaced: 0 };
  let replaced = 0;
  const escapes = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]/g;
  const text = json.replace(escapes, (escape) => {
    if (escape.length !== 6 || !/^\\u[dD][89a-fA-F]/.test(escape)) return escape;
    replaced += 1;
    return '\\ufffd';
  });
  return { text, replaced };
}
