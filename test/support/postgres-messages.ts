/** Messages of PostgreSQL's protocol, as of "Message Formats" in its manual. */

/** Cuts a stream of messages: a letter, then the length of the rest in four bytes, which are counted in it. */
export function splitMessages(take: (type: string, message: Buffer) => void): (bytes: Buffer) => void {
  let left: Buffer = Buffer.alloc(0);
  return (bytes) => {
    left = left.length === 0 ? bytes : Buffer.concat([left, bytes]);
    while (left.length >= 5) {
      const length = 1 + left.readInt32BE(1);
      if (left.length < length) return;
      const message = left.subarray(0, length);
      left = left.subarray(length);
      take(String.fromCharCode(message[0] ?? 0), message);
    }
  };
}

/** A letter, the length, the body. */
export function renderMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** An ErrorResponse that ends the connection. */
export function renderFatal(state: string, message: string): Buffer {
  return renderMessage('E', Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`));
}
