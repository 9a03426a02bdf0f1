import type { Topic } from './topic.ts';

/** Word of a change that has been committed: a hint to read the table, which is the truth. */
export interface BusEvent {
  readonly topic: Topic;
  /** What of the topic has changed, such as a tenant's id; empty when it is more than one thing. */
  readonly key: string;
  /** The version of what changed. Whoever has seen it can read a row at least as new. */
  readonly seq: number;
}

/** Hears of one topic's events. Nobody waits for the promise, and nobody but the log hears of its rejection. */
export type BusListener = (event: BusEvent) => void | Promise<void>;

/** Disposing of it ends it; what has been sent before may still arrive. */
export type Subscription = Disposable;

/**
 * Tells listeners on this instance, and on every other one where there is something between them, what has changed.
 * Events may be late, out of order, repeated or lost: listeners compare `seq` and poll. What a listener throws is
 * logged, nobody waits for it, and it keeps no other from hearing.
 */
export interface Bus extends Disposable {
  /**
   * To be called after the commit. Neither waits nor fails; listeners on this instance hear it whatever has become
   * of the others. While those cannot be reached the event is dropped and counted: their polls repair it.
   */
  publish(event: BusEvent): void;
  /**
   * Resolves when every event published from now on is heard, or else is made up for by a later resync. Never
   * rejects: while other instances cannot be reached it resolves without them.
   */
  subscribe(topic: Topic, listener: BusListener): Promise<Subscription>;
  /** Calls the listener whenever events may have been lost: what is known of any topic is to be read again. */
  onResync(listener: () => void | Promise<void>): Subscription;
  /** False while events do not reach or do not leave this instance. */
  healthy(): boolean;
}
