import type { Clock } from '../clock.ts';
import type { ProcessLimits } from './process-limits.ts';

/**
 * The sockets of this instance, those of clients and those to providers, which share its descriptors. Where one is
 * wanted, those that have idled for longest are closed; one that is in use never is.
 */
export interface Sockets {
  /** So many there may be of both sides. */
  readonly most: number;
  readonly clients: ClientSockets;
  readonly providers: ProviderSockets;
  /** Sets one to a provider aside for a call, until disposed of; null: there is none left for it. */
  setAside(): Disposable | null;
}

export interface ClientSockets {
  /** So many there may be, so that some are left for their calls. */
  readonly most: number;
  count(): number;
  /** Takes one in, not in use yet; null: there is no room for it. `close` is called at most once, while it is not in use. */
  accept(close: () => void): OpenSocket | null;
}

export interface ProviderSockets {
  /** Counts one that is being opened, in use so far; `close` is called at most once, while it idles. */
  open(close: () => void): OpenSocket;
  inUse(): number;
}

/** A socket until it is disposed of. */
export interface OpenSocket extends Disposable {
  use(): void;
  /** It is not in use any more. */
  rest(): void;
}

/**
 * Descriptors that are left for what is no socket of a client or a provider: the database's and Redis's connections
 * that are opened when they are needed, files, names that are looked up, clients that are told to come again.
 */
const SPARE_DESCRIPTORS = 96;

/** So many are left to clients when calls have all others: for questions, and to be told to come again. */
const LOBBY_SOCKETS = 32;

/** With fewer no instance is of any use: better some calls fail than all are refused. */
const FEWEST_SOCKETS = 16;

/** A client has so long to ask for something before its connection may be closed for another's. */
export const FRESH_MS = 2_000;

/** How many sockets an instance may hold that has opened everything else it holds. */
export function mostSockets({ descriptors, openDescriptors }: ProcessLimits): number {
  if (descriptors === null) return Infinity;
  return Math.max(FEWEST_SOCKETS, descriptors - openDescriptors - SPARE_DESCRIPTORS);
}

/** None is open. */
export function createSockets(most: number, clock: Pick<Clock, 'monotonicMs'>): Sockets {
  const mostClients = Math.ceil((most * 2) / 3);
  const clients = createSide();
  const providers = createSide();
  const mostWithCalls = most - Math.min(LOBBY_SOCKETS, Math.floor(most / 4));
  let aside = 0;
  const makeRoom = () => {
    if (clients.count() + providers.count() >= most) providers.closeIdle();
  };
  const isFull = () =>
    clients.count() >= mostClients || clients.count() + Math.max(aside, providers.inUse()) >= most;
  return {
    most,
    clients: {
      most: mostClients,
      count: clients.count,
      accept(close) {
        const now = clock.monotonicMs();
        if (isFull() && !clients.closeIdle() && !clients.closeFresh(now - FRESH_MS)) return null;
        makeRoom();
        return clients.add(close, now);
      },
    },
    providers: {
      inUse: providers.inUse,
      open(close) {
        makeRoom();
        return providers.add(close);
      },
    },
    setAside() {
      if (clients.count() + aside >= mostWithCalls) return null;
      aside += 1;
      let isAside = true;
      return {
        [Symbol.dispose]() {
          if (isAside) aside -= 1;
          isAside = false;
        },
      };
    },
  };
}

/** The sockets of one side. */
function createSide() {
  /** What closes each that idles, the one that has for longest first. */
  const idle = new Map<object, () => void>();
  /** Those that have not been used yet, in the order in which they came, and since when. */
  const fresh = new Map<object, { readonly close: () => void; readonly sinceMs: number }>();
  let open = 0;

  function closeOne(identity: object, close: () => void): true {
    for (const known of [idle, fresh]) known.delete(identity);
    open -= 1;
    close();
    return true;
  }

  return {
    count: () => open,
    inUse: () => open - idle.size - fresh.size,
    /** Closes the one that has idled for longest; false: none does. */
    closeIdle(): boolean {
      for (const [identity, close] of idle) return closeOne(identity, close);
      return false;
    },
    /** Closes the one that has not been used for longest, if it came before this; false: none did. */
    closeFresh(beforeMs: number): boolean {
      for (const [identity, { close, sinceMs }] of fresh)
        return sinceMs <= beforeMs && closeOne(identity, close);
      return false;
    },
    /** `sinceMs` given: it is not in use yet. */
    add(close: () => void, sinceMs?: number): OpenSocket {
      const identity = {};
      let isOpen = true;
      open += 1;
      const end = () => {
        isOpen = false;
        close();
      };
      if (sinceMs !== undefined) fresh.set(identity, { close: end, sinceMs });
      return {
        use() {
          idle.delete(identity);
          fresh.delete(identity);
        },
        rest() {
          if (isOpen) idle.set(identity, end);
        },
        [Symbol.dispose]() {
          if (!isOpen) return;
          isOpen = false;
          open -= 1;
          idle.delete(identity);
          fresh.delete(identity);
        },
      };
    },
  };
}
