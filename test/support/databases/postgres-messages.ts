/** One message of Postgres' wire protocol, as it travelled. */
export interface WireMessage {
  /** Its first byte as a character; empty for the message that opens a session, which has none. */
  readonly type: string;
  /** What stands behind its type and length. */
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/**
 * Returns what is to be fed with everything that one side sends, and says each message once it is whole.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function createMessageReader(
  from: 'client' | 'server',
  onMessage: (message: WireMessage) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let opening = from === 'client';
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const lengthAt = opening ? 0 : 1;
      if (rest.length < lengthAt + 4) return;
      const end = lengthAt + rest.readInt32BE(lengthAt);
      if (rest.length < end) return;
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      const type = opening ? '' : String.fromCharCode(bytes[0]!);
      opening = false;
      onMessage({ type, body: bytes.subarray(lengthAt + 4), bytes });
    }
  };
}

/** The statement that a client's message has run; undefined when it runs none. Learns what prepared ones are called. */
export function createStatementReader(): (message: WireMessage) => string | undefined {
  const prepared = new Map<string, string>();
  return ({ type, body }) => {
    if (type === 'Q') return textsOf(body)[0];
    if (type === 'P') {
      const [name, sql] = textsOf(body);
      prepared.set(name!, sql!);
    }
    // What is bound is run next: the driver does nothing else with it.
    return type === 'B' ? prepared.get(textsOf(body)[1]!) : undefined;
  };
}

/** The first texts of a message, each of which ends with a zero. */
function textsOf(body: Buffer): string[] {
  return body.toString().split('\0', 2);
}
