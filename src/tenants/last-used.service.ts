import type { Db } from '../storage/database.ts';
import { reportFault } from '../storage/outage/report-fault.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import { saveLastUsed } from './api-key.store.ts';

/** How long a use may go unwritten: one statement then writes all of them. */
const FLUSH_MS = 10_000;

/** Remembers when keys were last used and writes it down from time to time; disposing of it writes the rest. */
export interface LastUsed extends AsyncDisposable {
  /** Neither waits nor fails. */
  note(id: string, now: number): void;
}

/** Keeps uses in memory, off the path of the calls that make them. */
export function createLastUsed(db: Db, timers: Timers, log: Log): LastUsed {
  let unwritten = new Map<string, number>();
  let timer: Disposable | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const uses = unwritten;
    unwritten = new Map();
    if (uses.size === 0) return;
    try {
      await saveLastUsed(db, uses);
    } catch (err) {
      reportFault(log, 'When API keys were last used could not be written; it is kept until later.', err);
      // A use noted meanwhile is later than the one that was to be written.
      for (const [id, at] of uses) if (!unwritten.has(id)) unwritten.set(id, at);
      schedule();
    }
  }

  function schedule(): void {
    timer ??= timers.after(FLUSH_MS, () => {
      timer = undefined;
      writing = write();
    });
  }

  return {
    note(id, now) {
      unwritten.set(id, now);
      schedule();
    },
    async [Symbol.asyncDispose]() {
      timer?.[Symbol.dispose]();
      await writing;
      await write();
      timer?.[Symbol.dispose]();
    },
  };
}
