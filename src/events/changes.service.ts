import type { Timers } from '../system/timers.ts';
import type { Bus, BusEvent } from './bus.ts';
import { createListening } from './listening.service.ts';
import type { LiveSource } from './live-source.ts';
import type { Topic } from './topic.ts';

/** How often subscribers are told of changes of which no event arrived. */
export const CHANGES_POLL_MS = 2_000;

export type Version = string | number;

/** Something of which only the present state matters, and that somebody keeps in memory. */
export interface Collection<Item> {
  readonly topic: Topic;
  /**
   * Resolves when what is in memory holds what the event tells of, or without one everything committed before the
   * call. Never rejects.
   */
  refresh(event?: BusEvent): Promise<void>;
  /** What there is now. */
  keys(): Iterable<string>;
  /** Undefined: it is not there any more. */
  find(key: string): Item | undefined;
  /** Two states that have the same version are the same to subscribers. */
  versionOf(item: Item): Version;
}

/** What a subscriber wants to be told of. */
export interface WatchRequest {
  readonly isRelevant: (key: string) => boolean;
  /** Whether what is there already is told first. */
  readonly withPresent: boolean;
}

/** Tells any number of subscribers what has become of things, coalesced: of each its latest state alone. */
export interface Changes<Item> extends Disposable {
  /** Everything that changes after the call, and perhaps a little before it. */
  watch(request: WatchRequest): Promise<LiveSource<Item>>;
}

export interface ChangesOptions<Item> {
  readonly collection: Collection<Item>;
  readonly bus: Bus;
  readonly timers: Timers;
}

interface Watcher {
  readonly isRelevant: (key: string) => boolean;
  /** What it has not been told of yet, in the order in which that changed. */
  readonly stale: Set<string>;
  /** What it was told of last. */
  readonly delivered: Map<string, Version>;
  wake: () => void;
}

/** Nobody watches yet. What is kept is compared once for all watchers, when an event or the poll says so. */
export function createChanges<Item>({ collection, bus, timers }: ChangesOptions<Item>): Changes<Item> {
  const watchers = new Set<Watcher>();
  let known: ReadonlyMap<string, Version> = new Map();
  /** What the last comparison found changed: one object for all watchers, until the next change or poll. */
  let news: ReadonlyMap<string, Item> = new Map();
  const listening = createListening({
    bus,
    timers,
    topic: collection.topic,
    onEvent: look,
    onResync: look,
    pollMs: CHANGES_POLL_MS,
    poll: async () => {
      news = new Map();
      compare();
    },
  });

  async function look(event?: BusEvent): Promise<void> {
    await collection.refresh(event);
    compare();
  }

  function versions(): ReadonlyMap<string, Version> {
    const found = [...collection.keys()].flatMap((key) => {
      const item = collection.find(key);
      return item === undefined ? [] : [[key, collection.versionOf(item)] as const];
    });
    return new Map(found);
  }

  function compare(): void {
    const before = known;
    known = versions();
    const changed = [...known].filter(([key, version]) => before.get(key) !== version).map(([key]) => key);
    if (changed.length === 0) return;
    news = new Map(
      changed.flatMap((key) => {
        const item = collection.find(key);
        return item === undefined ? [] : [[key, item] as const];
      }),
    );
    for (const watcher of watchers) {
      const relevant = changed.filter(watcher.isRelevant);
      for (const key of relevant) watcher.stale.add(key);
      if (relevant.length > 0) watcher.wake();
    }
  }

  /** What there is now, as the object that others were handed, as long as that is the same to them. */
  function find(key: string): Item | undefined {
    const [now, shared] = [collection.find(key), news.get(key)];
    const isSame = now && shared && collection.versionOf(now) === collection.versionOf(shared);
    return isSame === true ? shared : now;
  }

  function pause(): void {
    news = new Map();
    listening.stop();
  }

  function leave(watcher: Watcher): void {
    if (watchers.delete(watcher) && watchers.size === 0) pause();
  }

  return {
    async watch({ isRelevant, withPresent }) {
      if (watchers.size === 0) known = versions();
      const watcher: Watcher = { isRelevant, stale: new Set(), delivered: new Map(), wake: () => {} };
      watchers.add(watcher);
      await listening.start();
      compare();
      if (withPresent) for (const key of [...known.keys()].filter(isRelevant)) watcher.stale.add(key);
      return sourceOf({ ...collection, find }, watcher, leave);
    },
    [Symbol.dispose]() {
      watchers.clear();
      pause();
    },
  };
}

function sourceOf<Item>(
  collection: Collection<Item>,
  watcher: Watcher,
  leave: (watcher: Watcher) => void,
): LiveSource<Item> {
  return {
    take() {
      for (const key of watcher.stale) {
        watcher.stale.delete(key);
        const item = collection.find(key);
        const version = item && collection.versionOf(item);
        if (item === undefined || version === undefined || watcher.delivered.get(key) === version) continue;
        watcher.delivered.set(key, version);
        return item;
      }
      return undefined;
    },
    hasMore: () => watcher.stale.size > 0,
    onWake: (wake) => void (watcher.wake = wake),
    [Symbol.dispose]: () => leave(watcher),
  };
}
