import { expect } from 'vitest';
import { greet, patience, type SocketClient } from './socket-client.ts';
import { subscribeBySse } from './stream-call.ts';

/** One subscription over a socket of its own. */
export interface LiveClient<Event> {
  /** What it was told, oldest first. */
  events(): readonly Event[];
  /** The codes of the errors that it ended with. */
  errors(): readonly string[];
  /** Resolves when so many events have come. */
  until(count: number): Promise<void>;
  /** Resolves when the server has ended the subscription: by `complete`, or an error. */
  ended(): Promise<void>;
  readonly client: SocketClient;
  /** Goes away without a word. */
  vanish(): void;
}

interface Message {
  readonly type: string;
  readonly payload?: { readonly data?: Record<string, unknown> | null; readonly errors?: readonly Fault[] };
}
interface Fault {
  readonly extensions?: { readonly code?: string };
}

/** Subscribes over WebSocket; `field` is the document's only field. */
export async function followBySocket<Event>(
  { url, key }: { readonly url: string; readonly key: string },
  field: string,
): Promise<LiveClient<Event>> {
  const client = await greet(url, key);
  client.subscribe('1', `subscription { ${field} }`);
  const messages = () => client.messages as readonly Message[];
  const events = () =>
    messages().flatMap(({ payload }) => Object.values(payload?.data ?? {}) as (Event | null)[]);
  const errors = () =>
    messages().flatMap(({ type, payload }) =>
      (type === 'error' ? (payload as unknown as readonly Fault[]) : (payload?.errors ?? [])).map(
        ({ extensions }) => extensions?.code ?? 'none',
      ),
    );
  return {
    client,
    events: () => events().filter((event) => event !== null),
    errors,
    until: (count) => expect.poll(() => events().length, patience).toBeGreaterThanOrEqual(count),
    ended: () =>
      expect
        .poll(() => messages().some(({ type }) => type === 'complete' || type === 'error'), patience)
        .toBe(true),
    vanish: () => client.socket.terminate(),
  };
}

/** The same over server-sent events, read as slowly as it is iterated. */
export function followBySse<Event>(
  caller: { readonly url: string; readonly key: string },
  field: string,
): AsyncIterable<Event> & { leave(): void } {
  return subscribeBySse({ ...caller, query: `subscription { ${field} }` }, {}) as never;
}
