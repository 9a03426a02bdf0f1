import type { Picker } from './picker.ts';

/** What is sent byte by byte, because no client would send it: the head of a request that is none. */
export function rawHead(picker: Picker, key: string): string {
  const lines = [
    picker.pick([
      'POST /graphql HTTP/1.1',
      'GET /graphql HTTP/9.9',
      'GET  /graphql  HTTP/1.1',
      'PRI * HTTP/2.0',
      '\u0016\u0003\u0001\u0002',
      'CONNECT a:1 HTTP/1.1',
      'POST http://[::bad/graphql HTTP/1.1',
      'GET /graphql HTTP/1.0',
      'get /graphql HTTP/1.1',
      '',
    ]),
    picker.pick(['Host: a', 'Host:', 'Host: a\r\nHost: b', 'Host: a/b', ' Host: folded']),
    `Authorization: Bearer ${key}`,
    picker.pick([
      'Content-Length: 5',
      'Content-Length: 5\r\nContent-Length: 6',
      'Content-Length: -1',
      'Content-Length: 1e3',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      'Transfer-Encoding: x',
      `X: ${'y'.repeat(20_000)}`,
      'X\u0000: y',
      'Content-Type: application/json',
    ]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${picker.pick(['', 'hello', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', '{"query":"{viewer{id}}"}', '\u0000'.repeat(100)])}`;
}
