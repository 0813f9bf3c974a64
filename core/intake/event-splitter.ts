/** Text of one webhook event and where it begins, line and column from 1. */
export interface EventText {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface EventFault {
  readonly code: 'InvalidJson' | 'InvalidEvent' | 'EventTooLarge';
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

const LF = 10;

/**
 * Cuts a JSON array of objects, one object, or objects one after the other (NDJSON) into the texts of the objects, from
 * chunks cut anywhere. Only what lies between objects is judged here; an object that is faulty inside comes out whole
 * or as the rest of the file, for `parseJsonObject` to name the place.
 */
export class EventSplitter {
  /** Set once; nothing is read after it. */
  fault: EventFault | null = null;
  /** Whether anything but blanks was there. */
  hasContent = false;

  readonly #maxChars: number;
  #buffer = '';
  #at = 0;
  #line = 1;
  #column = 1;
  #inArray = false;
  #wanted: 'Value' | 'ValueOrEnd' | 'CommaOrEnd' = 'Value';
  #start: { at: number; line: number; column: number } | null = null;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(chunk: string): EventText[] {
    const events: EventText[] = [];
    if (this.fault !== null) return events;
    const keepFrom = this.#start?.at ?? this.#at;
    this.#buffer = this.#buffer.slice(keepFrom) + chunk;
    this.#at -= keepFrom;
    if (this.#start !== null) this.#start.at = 0;
    while (this.#at < this.#buffer.length && !this.#hasFailed()) {
      const code = this.#buffer.charCodeAt(this.#at);
      const event = this.#start === null ? this.#between(code) : this.#inside(code);
      if (event !== null) events.push(event);
    }
    if (this.#start !== null && this.#buffer.length - this.#start.at > this.#maxChars) {
      const { line, column } = this.#start;
      this.fault = {
        code: 'EventTooLarge',
        message: `this event is longer than ${this.#maxChars} characters`,
        line,
        column,
      };
    }
    return events;
  }

  /** The rest of the file, where it ends within an object. */
  end(): EventText | null {
    if (this.fault !== null) return null;
    if (this.#start !== null) {
      const { at, line, column } = this.#start;
      return { text: this.#buffer.slice(at), line, column };
    }
    if (this.#inArray)
      this.#fail('InvalidJson', 'the array is not closed: ] is expected here, not the end of the file');
    return null;
  }

  #hasFailed(): boolean {
    return this.fault !== null;
  }

  #advance(code: number): void {
    this.#at += 1;
    if (code === LF) {
      this.#line += 1;
      this.#column = 1;
    } else if (code < 0xdc00 || code > 0xdfff) {
      this.#column += 1;
    }
  }

  #between(code: number): null {
    if (code === 32 || code === LF || code === 13 || code === 9) {
      this.#advance(code);
      return null;
    }
    this.hasContent = true;
    const character = String.fromCodePoint(this.#buffer.codePointAt(this.#at) ?? code);
    const takesValue = this.#wanted !== 'CommaOrEnd';
    if (character === '{' && takesValue) {
      this.#start = { at: this.#at, line: this.#line, column: this.#column };
      this.#depth = 0;
      return null;
    }
    if (character === '[' && !this.#inArray) {
      this.#inArray = true;
      this.#wanted = 'ValueOrEnd';
    } else if (character === ']' && this.#inArray && this.#wanted !== 'Value') {
      this.#inArray = false;
      this.#wanted = 'Value';
    } else if (character === ',' && this.#wanted === 'CommaOrEnd') {
      this.#wanted = 'Value';
    } else if (takesValue && /["\d[-]/.test(character)) {
      this.#fail('InvalidEvent', 'an event is a JSON object, and this is none');
    } else {
      const expected = takesValue ? 'an object' : 'a comma or ]';
      this.#fail('InvalidJson', `${expected} is expected here, not ${JSON.stringify(character)}`);
    }
    this.#advance(code);
    return null;
  }

  #inside(code: number): EventText | null {
    this.#advance(code);
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === 92) this.#escaped = true;
      else if (code === 34) this.#inString = false;
      return null;
    }
    if (code === 34) this.#inString = true;
    else if (code === 123 || code === 91) this.#depth += 1;
    else if (code === 125 || code === 93) this.#depth -= 1;
    if (this.#depth > 0 || this.#start === null) return null;
    const { at, line, column } = this.#start;
    this.#start = null;
    if (this.#inArray) this.#wanted = 'CommaOrEnd';
    return { text: this.#buffer.slice(at, this.#at), line, column };
  }

  #fail(code: EventFault['code'], message: string): void {
    this.fault = { code, message, line: this.#line, column: this.#column };
  }
}

/** Where an index of an event's text stands in the file. */
export function positionInEvent(event: EventText, index: number): { readonly line: number; readonly column: number } {
  const before = event.text.slice(0, index);
  const lastLine = before.lastIndexOf('\n');
  const lines = before.split('\n').length - 1;
  const characters = before.slice(lastLine + 1).replace(/[\udc00-\udfff]/g, '').length;
  return { line: event.line + lines, column: lines === 0 ? event.column + characters : characters + 1 };
}
