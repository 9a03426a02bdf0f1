import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus, BusListener, Subscription } from './bus.ts';
import type { Topic } from './topic.ts';

/** Follows a topic for as long as somebody needs it: by the bus, and by a poll that makes up for events that are lost. */
export interface Listening {
  /** Resolves when every event from now on is heard. Starting what has started only waits for that. */
  start(): Promise<void>;
  stop(): void;
}

export interface ListeningOptions {
  readonly bus: Bus;
  readonly timers: Timers;
  readonly topic: Topic;
  readonly onEvent: BusListener;
  /** Events may have been lost. */
  readonly onResync: () => Promise<void>;
  readonly pollMs: number;
  readonly poll: () => Promise<void>;
}

/** Hears nothing until it is started. */
export function createListening(options: ListeningOptions): Listening {
  const { bus, timers, topic, onEvent, onResync, pollMs, poll } = options;
  let subscribed: Promise<Subscription> | undefined;
  let stack = new DisposableStack();
  return {
    async start() {
      if (subscribed === undefined) {
        stack.use(bus.onResync(onResync));
        const polling = repeat(timers, pollMs, poll);
        stack.defer(() => void polling[Symbol.asyncDispose]());
        const own = (subscribed = bus.subscribe(topic, onEvent));
        // Given back even when its acknowledgement is still to come.
        stack.defer(() => void own.then((subscription) => subscription[Symbol.dispose]()));
      }
      await subscribed;
    },
    stop() {
      stack.dispose();
      stack = new DisposableStack();
      subscribed = undefined;
    },
  };
}
