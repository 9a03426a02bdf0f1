import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

/** What a server has said in answer to one request. */
export interface Exchange {
  /** Of HTTP; 0 where there is none. */
  readonly status: number;
  /** What was sent, headers left out, and what came. */
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** The beginning of the answer, and its end. */
  readonly text: string;
  /** The connection was cut before an answer had ended. */
  readonly cut: boolean;
}

export const transports = ['POST', 'GET', 'SSE', 'WebSocket'] as const;
export type Transport = (typeof transports)[number];

/** How much of an answer is kept. */
const KEPT = 200_000;

/** How long a stream is listened to, which may never end. */
const LISTENED_MS = 150;

/** One request over HTTP, as it is. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
  /** Leaves when a stream has been listened to for a while. */
  readonly leaves?: boolean;
}

/** Sends one, and reads all of its answer. A connection that is cut is an answer, too. */
export function sendRaw(url: string, raw: RawRequest): Promise<Exchange> {
  const { method, path, headers, body, leaves = false } = raw;
  return new Promise((resolve) => {
    let status = 0;
    let answerBytes = 0;
    let text = '';
    const end = (cut: boolean) =>
      resolve({
        status,
        requestBytes: Buffer.byteLength(body) + path.length,
        answerBytes,
        text,
        cut,
      });
    const asked = httpRequest(`${url}/`, { method, path, headers, agent: false }, (response) => {
      status = response.statusCode ?? 0;
      const timer = leaves ? setTimeout(() => (end(false), asked.destroy()), LISTENED_MS) : undefined;
      response.on('data', (chunk: Buffer) => {
        answerBytes += chunk.length;
        if (text.length < KEPT) text += chunk.toString('latin1').slice(0, KEPT);
      });
      response.on('close', () => (clearTimeout(timer), end(!response.complete)));
      response.on('error', () => {});
    });
    asked.on('error', () => end(true));
    asked.end(body);
  });
}

/** An operation to be sent. */
interface Sent {
  readonly query: string;
  readonly variables?: unknown;
  readonly variablesText?: string;
  readonly operationName?: unknown;
}

/** An operation as JSON. */
export function toText({ query, variables, variablesText, operationName }: Sent): string {
  const text = JSON.stringify({ query, variables, operationName });
  return variablesText === undefined ? text : `${text.slice(0, -1)},"variables":${variablesText}}`;
}

/** Sends an operation by one of the ways there are. `GET` is for queries that fit into a URL. */
export function exchange(url: string, key: string, transport: Transport, operation: Sent): Promise<Exchange> {
  const authorization = `Bearer ${key}`;
  if (transport === 'WebSocket') return overSocket(url, authorization, operation);
  const leaves = operation.query.startsWith('subscription');
  if (transport === 'GET') {
    const query = new URLSearchParams({ query: operation.query });
    if (operation.variables !== undefined) query.set('variables', JSON.stringify(operation.variables));
    return sendRaw(url, {
      method: 'GET',
      path: `/graphql?${query}`,
      headers: { authorization },
      body: '',
      leaves,
    });
  }
  const accept = transport === 'SSE' ? 'text/event-stream' : 'application/json';
  const body = toText(operation);
  const headers = {
    authorization,
    accept,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return sendRaw(url, { method: 'POST', path: '/graphql', headers, body, leaves });
}

function overSocket(url: string, authorization: string, operation: Sent): Promise<Exchange> {
  const message = `{"id":"1","type":"subscribe","payload":${toText(operation)}}`;
  const init = JSON.stringify({ type: 'connection_init' });
  return talk(url, { authorization }, [init, message], /"type":"(complete|error)"/);
}

/** Says all of this over a socket, and listens until this is said, the socket closes, or nothing comes for a while. */
export function talk(
  url: string,
  headers: Readonly<Record<string, string>>,
  frames: readonly (string | Buffer)[],
  last: RegExp,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws'], {
      headers,
      perMessageDeflate: false,
    });
    let answerBytes = 0;
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const requestBytes = frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
    const end = (cut: boolean) => {
      clearTimeout(timer);
      resolve({ status: 0, requestBytes, answerBytes, text, cut });
      socket.terminate();
    };
    // The first answer takes as long as it takes; a stream that has begun may never end.
    const listen = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => end(false), ms);
    };
    listen(20_000);
    socket.on('open', () => frames.forEach((frame) => socket.send(frame)));
    socket.on('message', (data: Buffer) => {
      answerBytes += data.length;
      const said = data.toString('utf8', 0, KEPT);
      if (text.length < KEPT) text += said;
      if (last.test(said)) end(false);
      else if (/"type":"next"/.test(said)) listen(LISTENED_MS);
    });
    socket.on('close', (code) => {
      text += `[closed ${code}]`;
      end(true);
    });
    socket.on('error', () => {});
  });
}
