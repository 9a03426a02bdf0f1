import { adminKey } from '../support/graphql/client.ts';
import type { Asked } from '../support/graphql/client.ts';

/** Parsed JSON, of which a test looks at what it likes. */
export type Loose = ReturnType<typeof JSON.parse>;

/** An answer of an edge, as a client without a library of its own sees it. */
export interface EdgeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Loose;
}

/** Sends one request to an edge as the admin, or with other header fields. */
export function send(
  { url }: Asked,
  path: string,
  body?: object | string,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${adminKey}` },
): Promise<Response> {
  return fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** The same, and reads the answer, which must be JSON. */
export async function ask(...request: Parameters<typeof send>): Promise<EdgeAnswer> {
  const response = await send(...request);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What the events of a stream say: JSON, or the text that is none. */
export async function eventsOf(response: Response): Promise<Loose[]> {
  const text = await response.text();
  return text
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice('data: '.length))
    .map((data) => (data.startsWith('{') ? JSON.parse(data) : data));
}

/** A plain call, with what a test changes about it. */
export const sayHello = (changes: object = {}) => ({
  model: 'auto',
  messages: [{ role: 'user', content: 'Say hello.' }],
  ...changes,
});
