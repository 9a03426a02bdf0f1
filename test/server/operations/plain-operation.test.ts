import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

let server: TestServer;
let viewer: string;
beforeAll(async () => {
  server = await startServer({ SWITCHYARD_MUTATIONS_PER_MINUTE_PER_KEY: '1000' });
  viewer = (await issueKey(server, { roles: ['VIEWER'] })).text;
});
afterAll(() => server[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Answered without a Request and a Response: Yoga writes the names of header fields with capitals. */
  readonly isPlain: boolean;
}

async function post(path: string, body: string | Buffer, own: Headers = {}, key = adminKey): Promise<Answer> {
  const sent = request(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...own },
  });
  sent.end(body);
  const [received] = (await once(sent, 'response')) as [IncomingMessage];
  const { date: _date, ...headers } = received.headers;
  // Of texts that are masked, which may differ in length, it counts that their length is told.
  const told = { ...headers, 'content-length': String('content-length' in headers) };
  const isPlain = received.rawHeaders.includes('content-type');
  return { status: received.statusCode, headers: told, body: masked(await text(received)), isPlain };
}

/** Without what differs between two calls that are the same. */
function masked(body: string): string {
  return body
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
    .replaceAll(/"id":"[\w=+/-]+"/g, '"id":"<id>"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/"latencyMs":\d+/g, '"latencyMs":0');
}

/** The same request by both ways: a query string, which says nothing, is nothing that the short way would look at. */
async function byBothWays(body: string | Buffer, headers?: Headers, key?: string) {
  await post('/graphql?known', body, headers, key);
  const { isPlain: _long, ...long } = await post('/graphql?long', body, headers, key);
  const { isPlain, ...short } = await post('/graphql', body, headers, key);
  return { long, short, isPlain };
}

const say = (query: string, more: object = {}) => JSON.stringify({ query, ...more });
// One that never fails: two calls that are the same must have the same attempts.
const models = ['simulated/steady'];
const input = { models, messages: [{ role: 'USER', content: 'Say hello.' }] };
const route = `mutation ($input: RouteInput!) { route(input: $input) {
  __typename
  ... on RouteSuccess { completion { text finishReason } decision { id status attempts { status latencyMs } } }
  ... on Error { message code }
} }`;

const sound: Readonly<Record<string, string | Buffer>> = {
  'a field': say('{ viewer { roles } }'),
  'an alias and a fragment': say('{ me: viewer { ...F } } fragment F on Viewer { roles }'),
  'what is left out': say('query ($out: Boolean!) { viewer @skip(if: $out) { roles } }', {
    variables: { out: true },
  }),
  introspection: say('{ __schema { queryType { name } } __typename }'),
  lists: say('{ providers { slug name } }'),
  'an operation by its name': say('query A { viewer { roles } } query B { __typename }', {
    operationName: 'B',
  }),
  'null for what may be left out': say('{ __typename }', {
    variables: null,
    operationName: null,
    extensions: null,
  }),
  'extensions and variables that nobody asked for': say('{ __typename }', {
    variables: { a: 1 },
    extensions: {},
  }),
  'a routed call': say(route, { variables: { input } }),
  'an id of nothing': say('{ routingDecision(id: "nothing") { id } }'),
  'a byte order mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(say('{ __typename }'))]),
  'texts of all kinds': say(route, {
    variables: { input: { models, messages: [{ role: 'USER', content: 'ä€😀\u2028"\\' }] } },
  }),
};

const faulty: Readonly<Record<string, string | Buffer>> = {
  'no JSON': '{"query": ',
  nothing: '',
  'no UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
  'a list': `[${say('{ __typename }')}]`,
  'a number': '5',
  null: 'null',
  'no query': '{"variables":{}}',
  'a query that is no text': '{"query":7}',
  'an empty query': say(''),
  'a document that does not parse': say('{ viewer {'),
  'a document that is not valid': say('{ viewer { nonsense } }'),
  'a document that is too deep': say(`{ viewer ${'{ a '.repeat(300)}${'}'.repeat(301)}`),
  'an unknown parameter': say('{ __typename }', { nonsense: 1 }),
  'a parameter called __proto__': '{"query":"{ __typename }","__proto__":{"variables":{}}}',
  'a parameter called toString': say('{ __typename }', { toString: 1 }),
  'variables that are a list': say('{ __typename }', { variables: [] }),
  'variables that are a text': say('{ __typename }', { variables: 'a' }),
  'extensions that are a text': say('{ __typename }', { extensions: 'a' }),
  'a name that is no text': say('query A { __typename }', { operationName: 5 }),
  'the name of no operation': say('query A { __typename }', { operationName: 'C' }),
  'an empty name': say('query A { __typename }', { operationName: '' }),
  'no name where there are two': say('query A { __typename } query B { __typename }'),
  'a subscription': say('subscription { policyChanged @skip(if: true) { __typename } }'),
  'a variable that is missing': say(route),
  'a variable of the wrong type': say('query ($n: Int) { models(first: $n) { nodes { key } } }', {
    variables: { n: 'x' },
  }),
  'variables with many faults': say(route, { variables: { input: { messages: 1, a: 1, b: 2, c: 3 } } }),
  'a page that is too large': say('{ models(first: 100000) { nodes { key } } }'),
};

const accepts = [
  undefined,
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json',
  'application/json, application/graphql-response+json',
  'application/graphql-response+json;charset=utf-8, application/json;q=0.5',
  'application/json; charset=utf-8',
  'text/html, */*;q=0.1',
  'text/html',
  'text/event-stream',
  'multipart/mixed',
  '',
];

describe('the short way answers what the long one would', () => {
  test.each(Object.entries(sound))('to %s, and is taken', async (_name, body) => {
    const { long, short, isPlain } = await byBothWays(body);
    expect(short).toEqual(long);
    expect(long.status).toBe(200);
    expect(isPlain).toBe(true);
  });

  test.each(Object.entries(faulty))('to %s, whoever puts it into words', async (_name, body) => {
    for (const accept of [undefined, 'application/graphql-response+json']) {
      const headers = accept === undefined ? {} : { accept };
      const { long, short } = await byBothWays(body, headers);
      expect(short).toEqual(long);
      expect(short.body).toMatch(/"errors"/);
    }
  });

  test.each(accepts.map((accept) => [accept]))('to those who accept %s', async (accept) => {
    for (const body of [say('{ viewer { roles } }'), say('{ broken }'), say('{ tenants { __typename } }')]) {
      const headers = accept === undefined ? {} : { accept };
      const { long, short } = await byBothWays(body, headers, viewer);
      expect(short).toEqual(long);
    }
  });

  test('to those who may not ask, before their variables are looked at', async () => {
    const preview = 'query ($input: RouteInput!) { previewRoute(input: $input) { __typename } }';
    for (const variables of [{ input }, { input: 'secret words' }]) {
      const { long, short } = await byBothWays(say(preview, { variables }), {}, viewer);
      expect(short).toEqual(long);
      expect(short.body).toMatch(/FORBIDDEN/);
      expect(short.body).not.toMatch(/secret/);
    }
  });
});

test('a document is answered by the long way until it is known to be sound', async () => {
  const body = say('{ first: viewer { roles } }');
  const [first, second] = [await post('/graphql', body), await post('/graphql', body)];
  expect([first.isPlain, second.isPlain]).toEqual([false, true]);
  expect(second.body).toBe(first.body);
});

test('both ways count the same against what a key may ask for', async () => {
  await using small = await startServer({ SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY: '5' });
  const before = server;
  server = small;
  try {
    const body = say('{ viewer { roles } }');
    const answers: Answer[] = [];
    for (const path of ['/graphql?long', '/graphql', '/graphql?long', '/graphql', '/graphql'])
      answers.push(await post(path, body));
    expect(answers.map(({ status, isPlain }) => [status, isPlain])).toEqual([
      [200, false],
      [200, true],
      [200, false],
      [200, true],
      [200, true],
    ]);
    const { long, short } = await byBothWays(body);
    expect([short.status, long.status]).toEqual([429, 429]);
    expect(Number(short.headers['retry-after'])).toBeGreaterThan(0);
    expect(Object.keys(short.headers)).toEqual(Object.keys(long.headers));
  } finally {
    server = before;
  }
});
