/** Records, oldest first, and the place behind them. */
export interface SpooledBatch {
  readonly records: readonly Uint8Array[];
  readonly end: number;
}

/**
 * Records that wait on this machine's disk, in order, until they have arrived where they belong. What a record says
 * is its writer's affair. One that has arrived may be handed out again after a crash: it has to bear repetition.
 */
export interface Spool extends AsyncDisposable {
  /**
   * Resolves when all of the records are durable, behind everything that was added before. When it rejects, this
   * process will never hand out any of them, and goes on as if they had not been tried; only a crash in between
   * can bring them back.
   */
  append(records: readonly Uint8Array[]): Promise<void>;
  /** The oldest records that are not discarded, at most `limit`. */
  peek(limit: number): Promise<SpooledBatch>;
  /** Forgets the records before `end`: they have arrived. The room of all is given back when none is left. */
  discard(end: number): Promise<void>;
  /** Whether nothing waits. */
  isEmpty(): boolean;
  /**
   * Whether something new may begin: there is room for its records besides those that what has begun already may
   * still need. Neither waits nor tries.
   */
  accepts(): boolean;
  /** Tries to accept again, after a fault or when the disk was full. Rejects when that is not possible yet. */
  recover(): Promise<void>;
}

/** A file as a spool uses it. Nothing is durable before `sync`: of what was done since, any part may survive a crash. */
export interface SpoolFile extends AsyncDisposable {
  size(): Promise<number>;
  /** Fewer bytes where the file ends. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes over what is there and makes the file longer where it ends; may have written a part when it rejects. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Resolves when all that was done is durable. */
  sync(): Promise<void>;
}
