/** What one subscriber is told of, as far as it is known; asked for by `LiveStreams` alone. */
export interface LiveSource<Value> extends Disposable {
  /** The next value, if there is one at hand. */
  take(): Value | undefined;
  /** Whether a value is at hand: whoever does not take it then is slow. */
  hasMore(): boolean;
  /** Gets what is not at hand; resolves when it makes sense to take again. Undefined: only a wake makes sense. */
  refill?(): Promise<void> | undefined;
  /** To be called whenever there may be something to take or to refill. One listener. */
  onWake(wake: () => void): void;
}
