import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
const app = 'https://app.example';
let open: TestServer;
let closed: TestServer;
let all: TestServer;
beforeAll(async () => {
  open = stack.use(await startServer({ SWITCHYARD_CORS_ORIGINS: `${app},http://localhost:3000` }));
  all = stack.use(await startServer({ SWITCHYARD_CORS_ORIGINS: '*' }));
  closed = stack.use(await startServer());
});
afterAll(() => stack.disposeAsync());

const preflight = (server: TestServer, path: string, origin = app) =>
  fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
const read = (server: TestServer, origin = app) =>
  fetch(`${server.url}/v1/models`, { headers: { origin, authorization: `Bearer ${adminKey}` } });
const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin');

describe.each(['/graphql', '/v1/chat/completions'])('before a page asks %s', (path) => {
  it('it is told that it may, with its header, when its origin is allowed', async () => {
    const answer = await preflight(open, path);
    expect(answer.status).toBe(204);
    expect(allowed(answer)).toBe(app);
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  it('a page of another origin is told nothing, and where nothing is set no page is', async () => {
    expect(allowed(await preflight(open, path, 'https://app.example.evil'))).toBeNull();
    expect(allowed(await preflight(closed, path))).toBeNull();
  });

  it('every page may where all may, and never with credentials', async () => {
    const answer = await preflight(all, path);
    expect(allowed(answer)).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

it('answers can be read by pages that may ask, refusals too, and tell them of their decision', async () => {
  const answer = await read(open);
  expect(allowed(answer)).toBe(app);
  expect(answer.headers.get('access-control-expose-headers')).toContain('x-switchyard-decision-id');
  const refused = await fetch(`${open.url}/graphql`, { method: 'POST', headers: { origin: app } });
  expect([refused.status, allowed(refused)]).toEqual([401, app]);
  const asked = await fetch(`${open.url}/graphql?query={__typename}`, {
    headers: { origin: app, authorization: `Bearer ${adminKey}` },
  });
  expect([asked.status, allowed(asked)]).toEqual([200, app]);
  expect(allowed(await read(closed))).toBeNull();
});
