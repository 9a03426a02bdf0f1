import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../../src/server/read-body.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { adminJson, exchange } from './raw-http.ts';
import { readState } from './state.ts';
import { admits, issueKey, revokeKey } from '../../support/graphql/admin.ts';

const sound = JSON.stringify({ query: '{ viewer { roles } }' });
const post = (body: RequestInit['body'], headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { ...adminJson, ...headers },
  body: body ?? null,
});
const document = (query: string) => post(JSON.stringify({ query }));
/** A route call whose tool has this JSON, as it is, for its parameters. */
const withParameters = (json: string) => {
  const input = '{ messages: [{ role: USER, content: "x" }], tools: [{ name: "t", parameters: $schema }] }';
  const query = `mutation ($schema: JSON) { route(input: ${input}) { __typename } }`;
  return post(`{"query": ${JSON.stringify(query)}, "variables": {"schema": ${json}}}`);
};
const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

/** A body in chunks, which announces no length. */
function chunked(bytes: number): RequestInit {
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent >= bytes) return controller.close();
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return { ...post(body), duplex: 'half' } as RequestInit;
}

let server: TestServer;
let hoursLater = 0;
let before: Record<string, string>;

beforeAll(async () => {
  const laterMs = () => hoursLater * 3_600_000;
  const clock = {
    now: () => nodeClock.now() + laterMs(),
    monotonicMs: () => nodeClock.monotonicMs() + laterMs(),
  };
  server = await startServer({}, { clock });
  before = await readState(server);
});
afterAll(() => server[Symbol.asyncDispose]());

/** The process is unharmed, and nothing was written. */
async function expectUnharmed(): Promise<void> {
  expect((await exchange(`${server.url}/graphql`, post(sound))).text).toBe(
    '{"data":{"viewer":{"roles":["ADMIN"]}}}',
  );
  expect(await readState(server)).toEqual(before);
}

describe('a request that is no GraphQL request is refused by its status, and harms nothing', () => {
  const cases: readonly [
    name: string,
    request: RequestInit & { path?: string },
    status: number,
    code?: string,
  ][] = [
    ['malformed JSON', post('{"query": '), 400],
    ['an empty body', post(''), 400],
    ['a body that is no object', post('null'), 400],
    ['a batch', post(`[${sound},${sound}]`), 400],
    ['a query that is no text', post('{"query": 5}'), 400],
    ['a query that only a prototype has', post('{"__proto__": {"query": "{ viewer { roles } }"}}'), 400],
    [
      'an unknown parameter',
      post('{"query": "{ viewer { roles } }", "__proto__": {"admin": true}}'),
      400,
      'BAD_REQUEST',
    ],
    [
      'variables that are a list',
      post('{"query": "{ viewer { roles } }", "variables": [1]}'),
      400,
      'BAD_REQUEST',
    ],
    ['JSON nested 100 000 deep', post('['.repeat(100_000)), 400],
    ['a schema nested 20 000 deep', withParameters('{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)), 400],
    ['text/plain', post(sound, { 'content-type': 'text/plain' }), 415],
    ['a form', post(sound, { 'content-type': 'application/x-www-form-urlencoded' }), 415],
    ['an upload', post(sound, { 'content-type': 'multipart/form-data; boundary=x' }), 415],
    ['another charset', post(sound, { 'content-type': 'application/json; charset=utf-16' }), 415],
    ['a compressed body', post(sound, { 'content-encoding': 'gzip' }), 415],
    ['a body of 20 MB', post(' '.repeat(20 * 1024 * 1024)), 413],
    ['a body of one byte too much', post(' '.repeat(BODY_LIMIT_BYTES + 1)), 413],
    ['20 MB that announce no length', chunked(20 * 1024 * 1024), 413],
    ['a GET without a query', { headers: adminJson }, 400],
    [
      'a GET whose variables are no JSON',
      { headers: adminJson, path: '/graphql?query=%7B__typename%7D&variables=%7B' },
      400,
    ],
    [
      'a mutation by GET',
      {
        headers: adminJson,
        path: `/graphql?query=${encodeURIComponent('mutation { createTenant(input: { slug: "by-get", name: "x" }) { __typename } }')}`,
      },
      405,
      'BAD_REQUEST',
    ],
    ['PUT', { ...post(sound), method: 'PUT' }, 405, 'BAD_REQUEST'],
    ['DELETE', { headers: adminJson, method: 'DELETE' }, 405, 'BAD_REQUEST'],
    ['another path', { ...post(sound), path: '/graphql/../admin' }, 404, 'NOT_FOUND'],
  ];

  test.each(cases)('%s', async (_, { path = '/graphql', ...request }, status, code = 'INVALID_INPUT') => {
    const answer = await exchange(server.url + path, request);
    expect({ status: answer.status, codes: answer.codes }).toEqual({ status, codes: [code] });
    await expectUnharmed();
  });

  test('an answer in a form that nobody offers is 406', async () => {
    expect((await exchange(`${server.url}/graphql`, post(sound, { accept: 'image/png' }))).status).toBe(406);
  });
});

describe('a caller without a valid key learns nothing, not even the schema', () => {
  const introspection = JSON.stringify({ query: '{ __schema { types { name } } }' });
  const expectUnauthenticated = async (authorization: string | null) => {
    const headers = { 'content-type': 'application/json', ...(authorization !== null && { authorization }) };
    const answer = await exchange(`${server.url}/graphql`, { method: 'POST', headers, body: introspection });
    expect(answer).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.text).not.toContain('data');
  };

  test.each([
    ['no key', null],
    ['an empty key', 'Bearer '],
    ['another scheme', `Basic ${btoa(`admin:${adminKey}`)}`],
    ['an unknown key', `Bearer swy_live_0123456789abcdef_${'A'.repeat(43)}`],
    ['a key with one character more', `Bearer ${adminKey}x`],
    ['a key with one character less', `Bearer ${adminKey.slice(0, -1)}`],
    ['a key of 8 kB', `Bearer ${'x'.repeat(8_000)}`],
  ])('%s', async (_, authorization) => {
    await expectUnauthenticated(authorization);
  });

  test('a 20 MB body without a key is refused for the key', async () => {
    const request = post(' '.repeat(20 * 1024 * 1024), { authorization: '' });
    expect((await exchange(`${server.url}/graphql`, request)).status).toBe(401);
  });

  test('a key that is revoked, and one that has expired', async () => {
    const expiresAt = new Date(nodeClock.now() + 1_800_000).toISOString();
    const expiring = await issueKey(server, { expiresAt });
    const revoked = await issueKey(server);
    for (const { text } of [expiring, revoked]) expect(await admits(server, text)).toBe(true);

    await revokeKey(server, revoked.id);
    await expectUnauthenticated(`Bearer ${revoked.text}`);

    hoursLater = 1;
    await expectUnauthenticated(`Bearer ${expiring.text}`);
    hoursLater = 0;
    before = await readState(server);
  });
});

describe('a document that is malformed, or too much, is refused before it does anything', () => {
  const documents: readonly [name: string, query: string, message: RegExp, code: string][] = [
    ['malformed', '{ viewer { roles }', /Syntax Error/, 'GRAPHQL_PARSE_FAILED'],
    ['with a NUL', '{ viewer { roles } } \0', /U\+0000/, 'GRAPHQL_PARSE_FAILED'],
    ['empty', '', /Syntax Error/, 'GRAPHQL_PARSE_FAILED'],
    ['of 9 000 tokens', `{ ${'viewer { roles } '.repeat(2_250)} }`, /4000 tokens/, 'GRAPHQL_PARSE_FAILED'],
    ['of 2 MB of tokens', `{ ${'a '.repeat(990_000)} }`, /4000 tokens/, 'GRAPHQL_PARSE_FAILED'],
    ['of 5 MB', `{ ${'a '.repeat(2_500_000)} }`, /2000000 characters/, 'GRAPHQL_PARSE_FAILED'],
    ['of 1 900 nested selections', '{ viewer '.repeat(1_900), /200 levels/, 'GRAPHQL_PARSE_FAILED'],
    [
      'of 3 000 nested lists',
      `{ node(id: ${'['.repeat(3_000)}) { id } }`,
      /200 levels/,
      'GRAPHQL_PARSE_FAILED',
    ],
    ['with an unknown field', '{ secrets }', /secrets/, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with fragments in a circle',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      /within itself/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with 500 unused variables',
      `query (${repeat(500, (i) => `$v${i}: Int`)}) { viewer { roles } }`,
      /never used/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with introspection in circles',
      `{ __schema { types ${'{ fields { type '.repeat(8)} { name } ${'} }'.repeat(8)} } }`,
      /introspection depth/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'of two operations without a choice',
      'query A { viewer { roles } } query B { viewer { roles } }',
      /what operation/,
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ];

  test.each(documents)('%s', async (_, query, message, code) => {
    const request = document(query);
    const { accept } = { accept: 'application/graphql-response+json' };
    const answer = await exchange(`${server.url}/graphql`, { ...request, headers: { ...adminJson, accept } });
    expect(answer.status).toBe(400);
    expect(new Set(answer.codes)).toEqual(new Set([code]));
    expect(answer.text).toMatch(message);
    // A client that knows no other media type than JSON cannot tell our 400 from a proxy's.
    expect([200, 400]).toContain((await exchange(`${server.url}/graphql`, request)).status);
    await expectUnharmed();
  });

  const policies = 'policy { tenant { ';
  const create = (index: number) =>
    `m${index}: createTenant(input: { slug: "t${index}", name: "x" }) { __typename }`;
  test.each([
    ['deep', `{ tenants { nodes { ${policies.repeat(9)} id ${'} }'.repeat(9)} } } }`, /maximum depth/],
    ['broad by aliases', `{ ${repeat(300, (i) => `a${i}: viewer { roles }`)} }`, /maximum breadth/],
    [
      'broad by fragments',
      `{ ...F0 } ${repeat(20, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F20 on Query { viewer { roles } }`,
      /costs \d+ bytes of answer/,
    ],
    ['costly', `{ ${repeat(6, (i) => `v${i}: verifyAuditChain { ok }`)} }`, /maximum complexity/],
    ['full of mutations', `mutation { ${repeat(401, create)} }`, /4000 tokens|maximum breadth/],
  ])('too %s: nothing of it is done', async (_, query, message) => {
    const answer = await exchange(`${server.url}/graphql`, document(query));
    expect(answer.text).toMatch(message);
    expect(['INVALID_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(answer.codes[0]);
    expect(answer.text).not.toContain('roles":[');
    await expectUnharmed();
  });
});
