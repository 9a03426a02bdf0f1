/** Things that happen later. Disposing of what a call returned cancels it; disposing twice is harmless. */
export interface Timers {
  /** Runs `task` once, `delayMs` milliseconds from now. */
  after(delayMs: number, task: () => void): Disposable;
  /** Resolves `delayMs` milliseconds from now; rejects with the signal's reason as soon as it aborts. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}
