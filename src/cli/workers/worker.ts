/** How a worker ended: by its exit code or by a signal; by neither when it could not be started at all. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly reason?: string;
}

/** One of several processes that share a port, as the process sees it that keeps them. */
export interface Worker {
  /** Resolves with its URL, such as `http://127.0.0.1:4000`, once it serves; never when it ends before. */
  readonly serving: Promise<string>;
  readonly ended: Promise<WorkerEnd>;
  /** Asks it to stop in order. Harmless when it has ended. */
  stop(): void;
}

/** Starts the worker of this number, from 1. Two of one number never live at the same time. */
export type StartWorker = (number: number) => Worker;

/** What a worker knows of its place. */
export interface Seat {
  /** From 1. What it keeps on the disk goes by this number, and is found again by the next of the same. */
  readonly number: number;
  /** Tells who keeps the workers that this one serves. */
  tellServing(url: string): void;
  /** Resolves when who keeps the workers is gone. */
  readonly abandoned: Promise<string>;
  /** Lets the process end once nothing is left to do. */
  leave(): void;
}
