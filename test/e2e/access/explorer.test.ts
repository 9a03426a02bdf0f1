import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_EXAMPLE } from '../../../src/graphql/example.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { exchange } from './raw-http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

test('a browser gets the explorer without a key, also when it reloads what was being edited', async () => {
  for (const path of ['/graphql', `/graphql?query=${encodeURIComponent('{ viewer { roles } }')}`]) {
    const page = await exchange(server.url + path, browser);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<title>Switchyard</title>');
  }
});

test('only a browser that navigates gets it: a program without a key is refused', async () => {
  for (const accept of ['*/*', 'application/json', 'text/event-stream']) {
    expect((await exchange(`${server.url}/graphql?query={__typename}`, { headers: { accept } })).status).toBe(
      401,
    );
  }
  const form = await exchange(`${server.url}/graphql`, {
    ...browser,
    method: 'POST',
    body: 'query={__typename}',
  });
  expect(form.status).toBe(401);
});

test('the page works offline: it refers to no other host, and the browser would not let it', async () => {
  const { text, headers } = await exchange(`${server.url}/graphql`, browser);
  const markup = text.replace(/(<(script|style)[^>]*>)[\s\S]*?<\/\2>/g, '$1');
  expect(markup.length).toBeLessThan(400_000);
  const references = [...markup.matchAll(/\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)/g)].map(
    ([, url]) => url,
  );
  for (const reference of references) expect(reference).toMatch(/^(data:|#)/);
  const styles = [...text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, style]) => style).join('\n');
  expect(styles.length).toBeGreaterThan(10_000);
  expect(styles).not.toMatch(/@import|url\(\s*["']?(?!data:|["']?#)/);

  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  // The page holds a key: only the scripts that it came with may run in it.
  expect(policy).toMatch(/script-src (?:'sha256-[\w+/=]{44}' ){2}blob:;/);
  expect(policy).not.toContain('unsafe-eval');
  expect(policy).not.toMatch(/https?:|\*/);
  expect(policy).toContain("frame-ancestors 'none'");
});

test('the page asks for the key before the explorer asks for the schema, and keeps it for the tab', async () => {
  const { text } = await exchange(`${server.url}/graphql`, browser);
  expect(text).toMatch(/<input\s+id="key-text"[^>]*type="password"/);
  const scripts = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '');
  const [graphiql = '', own = ''] = scripts;
  expect(scripts).toHaveLength(2);
  expect(graphiql.slice(-10_000)).not.toContain('renderYogaGraphiQL(');
  expect(own.indexOf('sessionStorage.setItem')).toBeLessThan(own.indexOf('renderYogaGraphiQL('));
  expect(own).toMatch(/storage: sessionStorage,\s+shouldPersistHeaders: false/);
  expect(own).not.toContain('localStorage.setItem');
  expect(text).not.toContain(adminKey);
});

test('the example it opens with is valid, and succeeds as it stands', async () => {
  const { text } = await exchange(`${server.url}/graphql`, browser);
  expect(text).toContain(JSON.stringify(FIRST_EXAMPLE).slice(1, -1));
  expect(validate(schema, parse(FIRST_EXAMPLE))).toEqual([]);
  expect((await server.ask(FIRST_EXAMPLE)).data).toMatchObject({ route: { __typename: 'RouteSuccess' } });
});

/** Asks for the page over a connection of its own, and does not read it. */
async function open(headers: Record<string, string> = {}, url = server.url): Promise<IncomingMessage> {
  const asked = request(`${url}/graphql`, {
    headers: { accept: 'text/html', ...headers },
    agent: false,
  });
  const [response] = (await once(asked.end(), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

async function bytesOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

test('the page is sent compressed, and not again to who has it', async () => {
  const page = await open();
  expect(page.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'public, no-cache' });
  expect(await bytesOf(page)).toBeLessThan(3_000_000);
  const { etag = '' } = page.headers;
  for (const known of [etag, `"other", ${etag}`]) {
    const again = await open({ 'if-none-match': known });
    expect([again.statusCode, await bytesOf(again)]).toEqual([304, 0]);
  }
  for (const accepted of ['identity', 'br', 'gzip;q=0', '']) {
    const refused = await open({ 'accept-encoding': accepted });
    expect(refused.statusCode).toBe(406);
    refused.destroy();
  }
});
