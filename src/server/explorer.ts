import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FIRST_EXAMPLE } from '../graphql/example.ts';

/** What the page may load: what it brings with it, and this API. Nothing may frame it. */
const POLICY =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; form-action 'none'";

/**
 * Whether a browser asks for the explorer, which is served without a key: it holds no data. The page keeps what is
 * being edited in its address, so that a reload comes with a query: the page runs that, not we.
 */
export function wantsExplorer({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Serves the explorer: one page that brings everything with it, megabytes, therefore made once. */
export function createExplorer(): (response: ServerResponse) => void {
  let page: Buffer | undefined;
  return (response) => {
    page ??= Buffer.from(
      renderGraphiQL({
        title: 'Switchyard',
        defaultQuery: FIRST_EXAMPLE,
        headers: '{ "Authorization": "Bearer swy_…" }',
      }),
    );
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': page.length,
        'content-security-policy': POLICY,
      })
      .end(page);
  };
}
