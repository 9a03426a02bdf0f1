import { createServer, type AddressInfo, type Socket } from 'node:net';

/** One request on one connection, and the socket to do anything with. */
export interface WireRequest {
  readonly socket: Socket;
  /** The head as it came, and the body that its content-length announced. */
  readonly head: string;
  readonly body: string;
  /** Which of the server's connections this is, and which request on it; both from 0. */
  readonly connection: number;
  readonly request: number;
}

/** A server on a real socket, one level below HTTP: it reads requests, and its script writes bytes. */
export interface WireProvider extends AsyncDisposable {
  readonly baseUrl: string;
  readonly requests: readonly WireRequest[];
  readonly connections: readonly Socket[];
  /** Sockets that their client has let go of, or that have broken. */
  readonly closed: () => number;
}

/** Starts one on a free port; `script` is called for each whole request. */
export async function startWireProvider(script: (request: WireRequest) => void): Promise<WireProvider> {
  const requests: WireRequest[] = [];
  const connections: Socket[] = [];
  let closed = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = connections.push(socket) - 1;
    let pending = '';
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('close', () => void (closed += 1));
    socket.on('end', () => socket.end());
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      for (let read = takeRequest(pending); read !== undefined; read = takeRequest(pending)) {
        pending = read.rest;
        const request = { ...read, socket, connection, request: count++ };
        requests.push(request);
        script(request);
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    connections,
    closed: () => closed,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function takeRequest(text: string): { head: string; body: string; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const from = end + 4;
  if (text.length < from + length) return undefined;
  return { head, body: text.slice(from, from + length), rest: text.slice(from + length) };
}

/** A whole response with its length. */
export function httpResponse(body: string | Buffer, { status = 200, headers = '' } = {}): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status} Whatever\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/** The head of a response whose body is chunks. */
export function chunkedHead({ status = 200, headers = '' } = {}): string {
  return `HTTP/1.1 ${status} OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n${headers}\r\n`;
}

/** One chunk of such a body; the empty one is its end. */
export function chunk(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
