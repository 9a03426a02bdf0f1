import type { IncomingMessage } from 'node:http';

/** Bytes of a request's body, or of a message over a socket, at most: room for images, none for floods. */
export const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** The body of a request, or why it was not taken: both end the reading. */
export type Body = { readonly text: string } | { readonly refused: 'too_large' | 'aborted' };

/**
 * Reads a request's body as UTF-8 text. Keeps no more than `limitBytes`, and refuses a body that announces more
 * before its first byte, so that a caller cannot make the process hold what it will not look at. The rest of a body
 * that is too large is thrown away as it comes: who is cut off while still sending may never see the answer.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    return Promise.resolve({ refused: 'too_large' });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) {
        chunks.length = 0;
        request.removeAllListeners('data').resume();
        resolve({ refused: 'too_large' });
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', () => resolve({ text: join(chunks) }));
    request.once('error', () => resolve({ refused: 'aborted' }));
    request.once('close', () => resolve({ refused: 'aborted' }));
  });
}

function join(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined
    ? only.toString('utf8')
    : Buffer.concat(chunks).toString('utf8');
}
