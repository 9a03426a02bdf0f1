import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { expectDiscreet } from './raw-http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const query = JSON.stringify({ query: '{ viewer { roles } }' });
const authorized = `Authorization: Bearer ${adminKey}`;
const asPost = (body: string | Uint8Array) => [
  authorized,
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(body)}`,
];

/** Sends these very bytes on a connection of its own; returns all that came back. */
async function exchangeRaw(line: string, headers: readonly string[], body: string | Uint8Array = '') {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.write([line, ...headers, 'Connection: close', '', ''].join('\r\n'));
  socket.write(body);
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString('utf8');
  expectDiscreet(text);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
}

const host = 'Host: db.example.org';
const answered = /"roles":\["ADMIN"\]/;

describe('a request is for this server, however it says so', () => {
  test.each([
    ['the usual form', 'POST /graphql HTTP/1.1', [host]],
    ['the absolute form', 'POST http://db.example.org/graphql HTTP/1.1', [host]],
    ['the absolute form, with a query', 'POST HTTPS://db.example.org:8443/graphql?a=1 HTTP/1.1', [host]],
    ['an address of IPv6', 'POST /graphql HTTP/1.1', ['Host: [::1]:4000']],
    ['a host that no URL can have', 'POST /graphql HTTP/1.1', ['Host: 1.2.3.4.5:99999']],
    ['an empty host', 'POST /graphql HTTP/1.1', ['Host:']],
    ['no host, in the protocol that had none', 'POST /graphql HTTP/1.0', []],
  ])('%s', async (_, line, headers) => {
    const { status, text } = await exchangeRaw(line, [...headers, ...asPost(query)], query);
    expect(status).toBe(200);
    expect(text).toMatch(answered);
  });
});

describe('what cannot be served is refused by its status, without a word of the inside', () => {
  test.each([
    ['a host with a space', 'POST /graphql HTTP/1.1', ['Host: a b'], 400],
    ['a host with a path', 'POST /graphql HTTP/1.1', ['Host: a/b'], 400],
    ['a host that is a user', 'POST /graphql HTTP/1.1', ['Host: a@b'], 400],
    ['two hosts', 'POST /graphql HTTP/1.1', [host, 'Host: other'], 400],
    ['the same host twice', 'POST /graphql HTTP/1.1', [host, host], 400],
    ['no host', 'POST /graphql HTTP/1.1', [], 400],
    ['a doubled slash', 'POST //graphql HTTP/1.1', [host], 404],
    ['a slash behind', 'POST /graphql/ HTTP/1.1', [host], 404],
    ['a zero byte', 'POST /graphql%00 HTTP/1.1', [host], 404],
    ['a name of a prototype', 'POST /constructor HTTP/1.1', [host], 404],
    ['a path that is none', 'POST /%zz HTTP/1.1', [host], 404],
    ['PUT', 'PUT /graphql HTTP/1.1', [host], 405],
    ['PROPFIND', 'PROPFIND /graphql HTTP/1.1', [host], 405],
    ['TRACE', 'TRACE /graphql HTTP/1.1', [host], 405],
    ['a method that nobody knows', 'FETCH /graphql HTTP/1.1', [host], 400],
    ['POST to a probe', 'POST /livez HTTP/1.1', [host], 405],
    ['an upgrade for a host with a space', 'GET /graphql HTTP/1.1', ['Host: a b', 'Upgrade: websocket'], 400],
  ])('%s', async (_, line, headers, status) => {
    expect((await exchangeRaw(line, [...headers, ...asPost(query)], query)).status).toBe(status);
  });
});

test.each(['/graphql', '/livez', '*'])('OPTIONS %s says what is served, to whoever asks', async (path) => {
  const preflight = ['Origin: https://app.example.org', 'Access-Control-Request-Method: POST'];
  const { status, text } = await exchangeRaw(`OPTIONS ${path} HTTP/1.1`, [host, ...preflight]);
  expect(status).toBe(204);
  expect(text).toMatch(/^Allow: .*OPTIONS/m);
  expect(text).not.toMatch(/access-control/i);
});

test('a method that is not served is refused before anybody asks for a key, with those that are', async () => {
  const { status, text } = await exchangeRaw('DELETE /graphql HTTP/1.1', [host]);
  expect(status).toBe(405);
  expect(text).toMatch(/^Allow: GET, POST, OPTIONS/m);
});

test('a byte order mark before a body is passed over', async () => {
  const body = `\uFEFF${query}`;
  const { status, text } = await exchangeRaw('POST /graphql HTTP/1.1', [host, ...asPost(body)], body);
  expect(status).toBe(200);
  expect(text).toMatch(answered);
});

test('a body in another encoding is told so', async () => {
  const body = Buffer.from(`\uFEFF${query}`, 'utf16le');
  const { status, text } = await exchangeRaw('POST /graphql HTTP/1.1', [host, ...asPost(body)], body);
  expect(status).toBe(400);
  expect(text).toContain('not JSON in UTF-8');
});
