import type { Log } from '../system/log.ts';
import type { Bus, BusEvent, BusListener, Subscription } from './bus.ts';
import type { Topic } from './topic.ts';

/** The listeners of one instance: each is called by itself, so that none can harm another or whoever delivers. */
export interface FanOut extends Pick<Bus, 'onResync'> {
  /** `onLast` runs when the topic's last listener has left. */
  add(topic: Topic, listener: BusListener, onLast?: () => void): Subscription;
  /** The topics that somebody listens to. */
  topics(): Topic[];
  deliver(event: BusEvent): void;
  resync(): void;
}

/** Calls listeners in the order in which they came; those that are added during a delivery hear the next one. */
export function createFanOut(log: Log): FanOut {
  const byTopic = new Map<Topic, Set<Listener<BusEvent>>>();
  const forResync = new Set<Listener<void>>();

  async function call<T>({ notify }: Listener<T>, value: T): Promise<void> {
    try {
      await notify(value);
    } catch (err) {
      log.error('A listener of the event bus failed.', { err });
    }
  }

  return {
    add(topic, notify, onLast) {
      const listeners = byTopic.get(topic) ?? new Set();
      byTopic.set(topic, listeners);
      const listener = { notify };
      listeners.add(listener);
      return {
        [Symbol.dispose]() {
          if (!listeners.delete(listener) || listeners.size > 0) return;
          byTopic.delete(topic);
          onLast?.();
        },
      };
    },
    topics: () => [...byTopic.keys()],
    deliver(event) {
      for (const listener of [...(byTopic.get(event.topic) ?? [])]) void call(listener, event);
    },
    onResync(notify) {
      const listener = { notify };
      forResync.add(listener);
      return { [Symbol.dispose]: () => void forResync.delete(listener) };
    },
    resync() {
      for (const listener of [...forResync]) void call(listener, undefined);
    },
  };
}

/** An object of its own for each subscription: the same function may be subscribed twice. */
interface Listener<T> {
  readonly notify: (value: T) => void | Promise<void>;
}
