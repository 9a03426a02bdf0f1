import type { GraphQLSchema } from 'graphql';
import { createOperations, rootFields } from './operations.ts';
import type { Picker } from './picker.ts';
import { toText, type RawRequest } from './transports.ts';
import { anyValue, oddTexts } from './values.ts';

/** One request of a fuzzer's, and what was meant by it. */
export interface FuzzedRequest extends RawRequest {
  readonly kind: string;
}

const methods = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'PURGE',
];

const paths = [
  ...[
    '/',
    '/graphql',
    '/graphql/',
    '/graphql?',
    '//graphql',
    '/graphql/../livez',
    '/%67raphql',
    '/graphql%00',
    '*',
  ],
  ...[
    '/livez',
    '/readyz',
    '/livez?x=1',
    '/metrics',
    '/favicon.ico',
    '/.env',
    '/graphql?query=',
    '/graphql?query=%FF',
  ],
  ...[
    '/graphql?query={viewer{id}}&variables=[',
    '/graphql?query={viewer{id}}&variables=7',
    '/graphql?query=a&query=b',
  ],
  ...['/graphql?query={viewer{id}}&extensions=%7B%22persistedQuery%22%3A1%7D', `/${'a'.repeat(5_000)}`],
  ...[
    '/graphql?query={viewer{id}}&operationName=__proto__',
    '/graphql?query=mutation{deleteTenant(input:{id:1}){__typename}}',
  ],
];

const contentTypes = [
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
  ],
  ...[
    'text/plain',
    'application/graphql',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    ';',
    '',
  ],
];

const accepts = [
  ...[
    'application/json',
    'application/graphql-response+json',
    'text/event-stream',
    '*/*',
    'text/html',
    'image/png',
  ],
  ...['multipart/mixed', 'application/json;q=0, text/event-stream;q=0', ',,,', 'x'.repeat(2_000)],
];

/** Bytes that are no text in UTF-8. */
const noText = Buffer.from([0xc3, 0x28, 0xa0, 0xff, 0xfe, 0xed, 0xa0, 0x80]);

/** Draws requests over HTTP: operations on every root field, and what is hardly a request any more. */
export function createHttpFuzzer(schema: GraphQLSchema, picker: Picker, keys: readonly string[]) {
  const { operationOf } = createOperations(schema, picker);
  const roots = rootFields(schema);
  let turn = 0;

  /** Every root field in turn, by every key. */
  const operation = () => {
    turn += 1;
    const root = roots[turn % roots.length]!;
    return operationOf(
      root,
      { fields: 6, aliases: 2, depth: picker.int(1, 4), aliasLength: 6 },
      { odd: picker.pick([0, 0.02, 0.2]) },
    );
  };
  const key = () => keys[Math.floor(turn / roots.length) % keys.length]!;

  const request = (
    kind: string,
    body: string | Buffer,
    more: Partial<RawRequest> & { headers?: object } = {},
  ): FuzzedRequest => ({
    kind,
    method: more.method ?? 'POST',
    path: more.path ?? '/graphql',
    headers: {
      authorization: `Bearer ${key()}`,
      'content-type': 'application/json',
      accept: picker.pick(['application/json', 'application/graphql-response+json', 'text/event-stream']),
      'content-length': Buffer.byteLength(body),
      ...more.headers,
    },
    body,
    leaves: true,
  });

  function sound(): FuzzedRequest {
    const asked = operation();
    if (asked.query.startsWith('query') && picker.chance(0.2)) {
      const query = new URLSearchParams({
        query: asked.query,
        variables: JSON.stringify(asked.variables ?? {}),
      });
      const path = `/graphql?${query}`;
      if (path.length < 12_000) return request(`GET ${asked.kind}`, '', { method: 'GET', path });
    }
    return request(asked.kind, toText(asked));
  }

  /** A text that has been cut, repeated, or had something put into it. */
  function damage(text: string): string {
    const at = picker.int(0, text.length);
    return picker.pick<() => string>([
      () => text.slice(0, at),
      () => text.slice(at),
      () => text.slice(0, at) + picker.pick(oddTexts) + text.slice(at),
      () => text.slice(0, at) + text.slice(at + picker.int(1, 5)),
      () => text + text,
      () =>
        text.slice(0, at) +
        picker.pick([
          '{',
          '}',
          '(',
          ')',
          '"',
          '...',
          '@',
          '$',
          ':',
          '!',
          '\\',
          '"""',
          '#',
          '\uFEFF',
          '\\u{110000}',
        ]) +
        text.slice(at),
    ])();
  }

  const damagedDocument = () => {
    const asked = operation();
    return request('damaged document', toText({ ...asked, query: damage(asked.query) }));
  };

  function damagedBody(): FuzzedRequest {
    const text = toText(operation());
    const body = picker.pick<() => string | Buffer>([
      () => damage(text),
      () => Buffer.concat([Buffer.from(text.slice(0, 20)), noText, Buffer.from(text.slice(20))]),
      () => Buffer.from(text, 'utf16le'),
      () => `\uFEFF${text}`,
      () => `[${text},${text}]`,
      () => JSON.stringify(anyValue(picker)),
      () => JSON.stringify({ query: anyValue(picker), variables: anyValue(picker) }),
      () =>
        JSON.stringify({
          query: '{viewer{id}}',
          variables: anyValue(picker),
          operationName: anyValue(picker),
          extensions: anyValue(picker),
        }),
      () =>
        JSON.stringify({
          query: '{viewer{id}}',
          id: anyValue(picker),
          doc_id: anyValue(picker),
          documentId: 'x',
          __proto__: { query: 1 },
        }),
      () => `{"query":"{viewer{id}}","query":1,"variables":{"__proto__":{"a":1}}}`,
      () => '['.repeat(picker.pick([10, 10_000, 200_000])),
      () => '',
    ])();
    return request('damaged body', body);
  }

  const oddHeaders = () =>
    request('odd headers', toText(operation()), {
      method: picker.pick(['POST', 'POST', 'GET']),
      headers: {
        'content-type': picker.pick(contentTypes),
        accept: picker.pick(accepts),
        authorization: picker.pick([
          '',
          'Bearer',
          'Bearer ',
          `bearer ${key()}`,
          `Bearer  ${key()}`,
          `Basic ${btoa('a:b')}`,
          'Bearer swy_test_\u00ff\u00fe',
          `Bearer ${'x'.repeat(6_000)}`,
          `Bearer ${key()}, Bearer ${key()}`,
        ]),
        ...picker.pick<Record<string, string>>([
          { 'content-encoding': picker.pick(['gzip', 'br', 'identity', 'deflate, gzip', '']) },
          { host: picker.pick(['localhost', 'a b', '[::1', 'x'.repeat(300), '127.0.0.1:99999', '']) },
          { 'x-forwarded-for': '::1, 10.0.0.1', forwarded: 'for=unknown', 'x-real-ip': 'no address' },
          {
            origin: 'null',
            'access-control-request-method': 'DELETE',
            'access-control-request-headers': '*',
          },
          { 'last-event-id': picker.pick(oddTexts.filter((text) => /^[!-~]+$/.test(text))) },
          { upgrade: 'h2c', connection: 'upgrade, http2-settings', 'http2-settings': 'AAMAAABkAAQAAP__' },
          {
            upgrade: 'websocket',
            connection: 'upgrade',
            'sec-websocket-key': 'short',
            'sec-websocket-version': '13',
          },
          { expect: '100-continue' },
          { cookie: 'a=b; '.repeat(500), range: 'bytes=0-1', 'if-none-match': '*', te: 'trailers' },
        ]),
      },
    });

  const oddTarget = () =>
    request('odd target', picker.chance(0.5) ? toText(operation()) : '', {
      method: picker.pick(methods),
      path: picker.pick(paths),
    });

  return {
    next: (): FuzzedRequest =>
      picker.pick([
        sound,
        sound,
        sound,
        sound,
        sound,
        sound,
        damagedDocument,
        damagedBody,
        oddHeaders,
        oddTarget,
      ])(),
  };
}
