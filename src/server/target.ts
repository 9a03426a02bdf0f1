import type { IncomingMessage } from 'node:http';

/** What a request is for. */
export interface Target {
  readonly path: string;
  /** With the `?` that it begins with; empty without one. */
  readonly query: string;
}

/** RFC 3986 §3.2.2 and §3.2.3, a little wider: whoever is meant, it is this server. */
const HOST = /^(?:\[[\da-f:.%\w]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

/**
 * What a request is for, in each form that RFC 9112 §3.2 has of it: a proxy may ask for `http://host/graphql`. Null
 * where that or §3.2.1 wants the status 400: it is for no host, for several, or for what cannot be one.
 */
export function targetOf({ url = '', rawHeaders, httpVersion }: IncomingMessage): Target | null {
  let hosts = 0;
  let host = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== 'host'.length || name.toLowerCase() !== 'host') continue;
    hosts += 1;
    host = rawHeaders[at + 1] ?? '';
  }
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0') || !HOST.test(host)) return null;
  const relative = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = relative.indexOf('?');
  const path = mark === -1 ? relative : relative.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark === -1 ? '' : relative.slice(mark) };
}
