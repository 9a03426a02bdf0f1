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
  const hosts = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'host' && index % 2 === 1,
  );
  const [host = ''] = hosts;
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== '1.0') || !HOST.test(host)) return null;
  const relative = url.replace(/^https?:\/\/[^/?#]*/i, '');
  const [path = '', ...rest] = relative.split('?');
  return { path: path === '' ? '/' : path, query: rest.length === 0 ? '' : `?${rest.join('?')}` };
}
