import type { ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Endable } from '../../system/endable.ts';
import type { Timers } from '../../system/timers.ts';

/** How long nothing is sent before a comment keeps proxies from giving up. */
const PING_MS = 12_000;

/** As Yoga sends them, so that nobody can tell the two ways apart. */
const headers = {
  'content-type': 'text/event-stream',
  connection: 'keep-alive',
  'cache-control': 'no-cache',
  'content-encoding': 'none',
};

/**
 * Sends the results of a subscription as server-sent events (the distinct connections mode of
 * https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md), to its end. No result is asked for
 * while its client does not read. A client that leaves ends the results; that is for whoever made them.
 */
export async function sendResults(
  response: ServerResponse,
  results: Endable<ExecutionResult>,
  timers: Timers,
): Promise<void> {
  response.writeHead(200, headers);
  // Some browsers show no header before something has come.
  response.write(':\n\n');
  let silence = timers.after(PING_MS, ping);
  function ping(): void {
    if (!response.writableNeedDrain && !response.destroyed) response.write(':\n\n');
    silence = timers.after(PING_MS, ping);
  }

  try {
    for await (const result of results) {
      if (response.destroyed) return;
      if (!response.write(`event: next\ndata: ${JSON.stringify(shownOf(result))}\n\n`)) await room(response);
    }
    response.end('event: complete\ndata:\n\n');
  } finally {
    silence[Symbol.dispose]();
  }
}

/** Resolves when there is room for more, or nobody reads any more. How long that may take is its source's to say. */
async function room(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('drain', resolve).once('close', resolve);
  await promise;
  response.off('drain', resolve).off('close', resolve);
}

/** A result without what its errors tell the transport. */
function shownOf({ errors, ...result }: ExecutionResult): object {
  return errors === undefined ? result : { errors: errors.map(withoutHttp), ...result };
}

function withoutHttp(error: GraphQLError): object {
  const { extensions = {}, ...told } = error.toJSON();
  const { http: _, ...shown } = extensions;
  return Object.keys(shown).length === 0 ? told : { ...told, extensions: shown };
}
