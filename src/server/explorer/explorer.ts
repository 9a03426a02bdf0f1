import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { FIRST_EXAMPLE } from '../../graphql/example.ts';
import { refuse } from '../bounds/refuse.ts';
import { makeExplorerPage, policyOf } from './page.ts';

/**
 * Whether a browser asks for the explorer, which is served without a key: it holds no data. The page keeps what is
 * being edited in its address, so that a reload comes with a query: the page runs that, not we.
 */
export function wantsExplorer({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** The page as it is sent. */
interface Page {
  /** Compressed by gzip, which every browser reads, to a quarter of its nine megabytes. */
  readonly bytes: Buffer;
  readonly tag: string;
  readonly policy: string;
}

/**
 * Serves the explorer: one page that brings everything with it, made once. A browser that has it is told that it is the
 * same; to others it is sent compressed.
 */
export function createExplorer(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<Page> | undefined;
  return async (request, response) => {
    const { bytes, tag, policy } = await (page ??= makePage());
    const { 'if-none-match': known = '', 'accept-encoding': encodings } = request.headers;
    const headers = { etag: tag, 'cache-control': 'public, no-cache', vary: 'Accept, Accept-Encoding' };
    if (known.split(/\s*,\s*/).includes(tag)) return void response.writeHead(304, headers).end();
    if (!acceptsGzip(encodings)) {
      const message = 'The page is served compressed by gzip only.';
      return refuse(response, { status: 406, code: 'BAD_REQUEST', message });
    }
    response
      .writeHead(200, {
        ...headers,
        'content-type': 'text/html; charset=utf-8',
        'content-encoding': 'gzip',
        'content-length': bytes.length,
        'content-security-policy': policy,
      })
      .end(bytes);
  };
}

async function makePage(): Promise<Page> {
  const [form, script] = await Promise.all(
    ['key.html', 'key.js'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  );
  const text = makeExplorerPage({
    graphiql: renderGraphiQL({ title: 'Switchyard' }),
    form: form ?? '',
    script: script ?? '',
    options: { title: 'Switchyard', defaultQuery: FIRST_EXAMPLE },
  });
  const digest = createHash('sha256').update(text).digest('hex');
  return { bytes: await promisify(gzip)(text), tag: `"${digest.slice(0, 32)}"`, policy: policyOf(text) };
}

/** RFC 9110 §12.5.3: without the header any coding will do. */
function acceptsGzip(accepted: string | string[] | undefined): boolean {
  if (accepted === undefined) return true;
  const codings = String(accepted)
    .toLowerCase()
    .split(',')
    .map((coding) => /^\s*(?:x-)?([\w*]+)\s*(?:;\s*q=([\d.]+))?/.exec(coding))
    .map((match) => ({ name: match?.[1], quality: Number(match?.[2] ?? 1) }));
  const coding = codings.find(({ name }) => name === 'gzip') ?? codings.find(({ name }) => name === '*');
  return coding !== undefined && coding.quality > 0;
}
