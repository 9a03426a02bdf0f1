import type { ServerResponse } from 'node:http';
import { markEventStream } from '../../server/connections.ts';
import type { Timers } from '../../system/timers.ts';
import { roomIn } from '../../server/bounds/room.ts';

/** How long a stream may have nothing to say before a comment shows proxies and clients that it lives. */
export const KEEP_ALIVE_MS = 10_000;

/** An answer that is sent as server-sent events, at the pace of whoever reads it. */
export interface EventStream extends Disposable {
  /** Whether the header has been sent. */
  hasBegun(): boolean;
  /**
   * Sends text of events, after the header if that has not been sent. Undefined: go on; else resolves when there is
   * room for more or nobody reads any more. To be called again only then.
   */
  send(text: string): Promise<void> | undefined;
  /** Ends it. */
  end(): void;
}

/**
 * Nothing is sent until there is something to send: a call may still come to an error that has a status of its own.
 * After `KEEP_ALIVE_MS` without a word the header and a comment go out nevertheless, and again whenever it is silent
 * for so long. A client that leaves what was sent unread for `SLOW_CONSUMER_MS` is cut off. `header`: what is known
 * when the header is sent.
 */
export function createEventStream(
  response: ServerResponse,
  timers: Timers,
  header: () => Readonly<Record<string, string>>,
): EventStream {
  let silence = timers.after(KEEP_ALIVE_MS, keepAlive);

  function begin(): void {
    if (response.headersSent) return;
    markEventStream(response);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // Proxies such as nginx would collect it otherwise.
      'x-accel-buffering': 'no',
      ...header(),
    });
  }

  function keepAlive(): void {
    if (response.destroyed || response.writableEnded) return;
    begin();
    if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
    silence = timers.after(KEEP_ALIVE_MS, keepAlive);
  }

  return {
    hasBegun: () => response.headersSent,
    send(text) {
      if (response.destroyed) return undefined;
      begin();
      silence[Symbol.dispose]();
      silence = timers.after(KEEP_ALIVE_MS, keepAlive);
      return response.write(text) ? undefined : roomIn(response, timers);
    },
    end() {
      begin();
      response.end();
    },
    [Symbol.dispose]: () => silence[Symbol.dispose](),
  };
}
