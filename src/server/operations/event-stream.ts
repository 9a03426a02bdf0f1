import type { ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Endable } from '../../system/endable.ts';
import type { Timers } from '../../system/timers.ts';
import { UNREAD_LIMIT_MS } from '../bounds/http-limits.ts';
import { roomIn } from '../bounds/room.ts';

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
 * while its client does not read; one that does not for a minute is cut off. A client that leaves ends the results: that is
 * for whoever made them.
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
      const hasRoom = response.write(`event: next\ndata: ${JSON.stringify(shownOf(result))}\n\n`);
      // Its source ends what is not read sooner, and says so to a client that reads again by then.
      if (!hasRoom) await roomIn(response, timers, UNREAD_LIMIT_MS);
    }
    response.end('event: complete\ndata:\n\n');
  } finally {
    silence[Symbol.dispose]();
  }
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
