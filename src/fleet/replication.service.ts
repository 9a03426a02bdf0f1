import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { createRounds } from '../system/one-at-a-time.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import {
  openEntries,
  remoteParts,
  renew,
  takeUnsent,
  takeUp,
  type ReplicatedEntries,
} from './replicated-entries.ts';
import type { Exchanged, PartExchange, RemotePart, ReplicatedState, Update } from './replication.ts';

/** How often an instance sends what has changed and asks what others have changed. */
export const EXCHANGE_MS = 250;

/** How often it sends everything, changed or not: what Redis has lost without a sign comes back. */
export const RENEW_MS = 30_000;

/** So many parts are sent at once: a script holds up everybody. */
export const MOST_SENT = 200;

/** Keeps the states of this instance in step with those of the others. */
export interface Replication extends AsyncDisposable {
  /** Replicates a state from the next exchange on. */
  add(state: ReplicatedState): Replica;
  /** Exchanges without waiting for the next time. Resolves when that has come to its end, well or not. */
  exchangeNow(): Promise<void>;
}

/** A state's way to the others. */
export interface Replica {
  /** This instance's part of an entry has changed: it is sent with the next exchange. */
  changed(name: string): void;
  /** The same, at once: and the others are asked to read it at once. */
  changedNow(name: string): void;
  /** The others' parts of an entry that was not in use when they came. */
  partsOf(name: string): readonly RemotePart[];
}

export interface ReplicationOptions {
  /** Null: this instance is the only one. */
  readonly exchange: PartExchange | null;
  /** Asks the other instances to call `exchangeNow`. */
  readonly hint: () => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Exchanges from now on, off everybody's path. Disposing sends what has not been sent yet. */
export function createReplication(options: ReplicationOptions): Replication {
  const { exchange, timers, clock } = options;
  if (exchange === null) return alone;
  const kinds = new Map<string, ReplicatedEntries>();
  const exchanges = createExchanges({ ...options, exchange, kinds });
  const rounds = createRounds(exchanges.exchangeAll);
  const repeating = repeat(timers, EXCHANGE_MS, () => rounds.ask());
  let closed = false;
  const exchangeNow = (): Promise<void> => (closed ? Promise.resolve() : rounds.ask());
  return {
    add(state) {
      const entries = openEntries(state);
      kinds.set(state.kind, entries);
      return {
        changed: (name) => void entries.unsent.add(name),
        changedNow(name) {
          entries.unsent.add(name);
          exchanges.hintAfterNext();
          void exchangeNow();
        },
        partsOf: (name) => remoteParts(entries, name, nowOf(clock)),
      };
    },
    exchangeNow,
    async [Symbol.asyncDispose]() {
      closed = true;
      await repeating[Symbol.asyncDispose]();
      await rounds.settled();
      await exchanges.sendRest();
    },
  };
}

/** Nobody to tell. */
const alone: Replication = {
  add: () => ({ changed() {}, changedNow() {}, partsOf: () => [] }),
  exchangeNow: () => Promise.resolve(),
  async [Symbol.asyncDispose]() {},
};

interface ExchangesOptions extends Omit<ReplicationOptions, 'exchange' | 'timers'> {
  readonly exchange: PartExchange;
  readonly kinds: ReadonlyMap<string, ReplicatedEntries>;
}

/** What is done in a round. */
function createExchanges({ exchange: place, kinds, hint, clock, log }: ExchangesOptions) {
  let isAway = false;
  let renewAtMs = -Infinity;
  let hinting = false;

  function renewAll(): void {
    renewAtMs = nowOf(clock) + RENEW_MS;
    for (const entries of kinds.values()) renew(entries, nowOf(clock));
  }

  function nextBatch(): Update[] {
    const batch: Update[] = [];
    for (const entries of kinds.values()) {
      batch.push(...takeUnsent(entries, MOST_SENT - batch.length, nowOf(clock)));
    }
    return batch;
  }

  /** Sends one batch and takes up what has come; whether there is more of either. */
  async function exchangeOnce(): Promise<boolean> {
    if (nowOf(clock) >= renewAtMs) renewAll();
    const batch = nextBatch();
    const hinted = hinting;
    hinting = false;
    let exchanged: Exchanged;
    try {
      exchanged = await place.exchange(batch);
      isAway = false;
    } catch {
      // Whether Redis can be reached is the link's to report.
      for (const { kind, name } of batch) kinds.get(kind)?.unsent.add(name);
      hinting ||= hinted;
      isAway = true;
      return false;
    }
    for (const entries of kinds.values()) takeUp(entries, exchanged.updates, nowOf(clock));
    if (exchanged.startsAnew) renewAll();
    // Only now can whoever is asked to look find it.
    if (hinted) hint();
    return exchanged.hasMore || exchanged.startsAnew || batch.length === MOST_SENT;
  }

  async function exchangeAll(): Promise<void> {
    try {
      for (let hasMore = true; hasMore;) hasMore = await exchangeOnce();
    } catch (err) {
      log.error('What other instances know could not be taken up.', { err });
    }
  }

  return {
    exchangeAll,
    hintAfterNext: () => void (hinting = true),
    /** What no round had time for: one that stops leaves what it knows to the others. */
    async sendRest(): Promise<void> {
      if (!isAway && [...kinds.values()].some(({ unsent }) => unsent.size > 0)) await exchangeAll();
    },
  };
}

function nowOf(clock: Clock): number {
  return Math.floor(clock.monotonicMs());
}
