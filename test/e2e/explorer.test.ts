import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_EXAMPLE } from '../../src/graphql/example.ts';
import { schema } from '../../src/graphql/schema.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
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
  expect(policy).not.toMatch(/https?:|\*/);
  expect(policy).toContain("frame-ancestors 'none'");
});

test('the example it opens with is valid, and succeeds as it stands', async () => {
  const { text } = await exchange(`${server.url}/graphql`, browser);
  expect(text).toContain(JSON.stringify(FIRST_EXAMPLE).slice(1, -1));
  expect(validate(schema, parse(FIRST_EXAMPLE))).toEqual([]);
  expect((await server.ask(FIRST_EXAMPLE)).data).toMatchObject({ route: { __typename: 'RouteSuccess' } });
});
