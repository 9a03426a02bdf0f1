import { createEndable, type Endable } from '../system/endable.ts';
import type { Pace } from '../graphql/pace.ts';

/** What becomes of the events of a source. */
export interface EndableTerms<Event, Value> {
  /** What the consumer gets of an event. */
  readonly toValue: (event: Event) => Value | Promise<Value>;
  /** Passed by every value. Without it a source that never waits would keep the process from its other work. */
  readonly pace: Pace;
  /** Once, when it ends for whatever reason, before the source is told to return. */
  readonly onEnd: () => void;
  /** The last value of a stream whose source has failed. */
  readonly lastWord: (error: unknown) => Value;
  /** The source has failed after the end, when nobody listens any more. */
  readonly onLateFailure: (error: unknown) => void;
}

/** Gives a source an end that takes effect at once: nobody waits until a source that is waiting itself hears of it. */
export function makeEndable<Event, Value>(
  source: AsyncIterable<Event>,
  { toValue, pace, onEnd, lastWord, onLateFailure }: EndableTerms<Event, Value>,
): Endable<Value> {
  const iterator = source[Symbol.asyncIterator]();

  async function pull(): Promise<Value | undefined> {
    try {
      const result = await iterator.next();
      if (result.done === true) return undefined;
      const turn = pace.pass();
      if (turn !== undefined) await turn;
      if (stream.hasEnded()) return undefined;
      const value = toValue(result.value);
      return value instanceof Promise ? await value : value;
    } catch (error) {
      if (stream.hasEnded()) throw error;
      stream.endWith(lastWord(error));
      return undefined;
    }
  }

  const stream = createEndable<Value>({
    pull,
    onEnd() {
      onEnd();
      letGo(iterator).catch(onLateFailure);
    },
    onLateFailure,
  });
  return stream;
}

async function letGo(iterator: AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}
