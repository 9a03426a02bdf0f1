import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey } from '../support/graphql/client.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const audits = serverAudits({
  url: () => `${server.url}/graphql`,
  fetchFn: (url: string, options: RequestInit = {}) => {
    const headers = new Headers(options.headers);
    headers.set('authorization', `Bearer ${adminKey}`);
    return fetch(url, { ...options, headers });
  },
});

// Documents that were sound once take a shorter way from then on.
describe.each(['at first', 'again'])('GraphQL over HTTP, %s', () => {
  test.each(audits.map((audit) => [audit.name, audit.id, audit] as const))(
    '%s (%s)',
    async (_name, _id, audit) => {
      const result = await audit.fn();
      expect(result.status === 'ok' ? 'ok' : `${result.reason}: ${await bodyOf(result.response)}`).toBe('ok');
    },
  );
});

function bodyOf(response: unknown): Promise<string> {
  return (response as Response).clone().text();
}
