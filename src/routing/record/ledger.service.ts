import type { Spool } from '../../audit/spool.ts';
import type { Bus } from '../../events/bus.ts';
import { answerLimitMs } from '../../storage/answer-limit.ts';
import { commitStatementWithin } from '../../storage/commit-within.ts';
import type { Database } from '../../storage/database.ts';
import { createGroupCommit } from '../../storage/group-commit.ts';
import { storageFault } from '../../storage/storage-fault.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import { createSerial } from '../../system/one-at-a-time.ts';
import type { Timers } from '../../system/timers.ts';
import { endedEvents } from './ended-events.ts';
import { recordWritings } from './ledger.store.ts';
import { decodeWriting, encodeWriting, type Writing } from './writing.ts';

/**
 * Where writings go.
 *
 * | state    | a writing goes to                | until                                               |
 * |----------|----------------------------------|-----------------------------------------------------|
 * | direct   | the database                     | it refuses, or has not committed in time            |
 * | spooling | the spool, behind all that waits | the database is back and has everything that waited |
 * | refusing | nowhere: the spool is full too   | the spool has room, or as above                     |
 */
export type LedgerState = 'direct' | 'spooling' | 'refusing';

/** What has become of a writing: the seq of its entry, or, when it was spooled, that it will get one. */
export type Written = { readonly spooled: true } | { readonly spooled: false; readonly seq: number | null };

/** Makes writings durable, in their order, whether the database is there or not. */
export interface Ledger extends AsyncDisposable {
  /**
   * Resolves when the writing is durable; throws UnavailableError when it may not be. `whenSpooled` takes its place
   * in the spool: the same writing by its UUIDs, which may say that the database was away.
   */
  write(writing: Writing, whenSpooled?: () => Writing): Promise<Written>;
  state(): LedgerState;
  /** Resolves when everything handed over so far is durable or refused. */
  settled(): Promise<void>;
}

export interface LedgerDependencies {
  readonly database: Database;
  readonly spool: Spool;
  /** Is told of the decisions that have ended, once that is committed. */
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
}

/** The most writings that share a transaction: it holds the tenants' heads, so it must stay short. */
const MAX_BATCH = 256;

/** How long the ledger waits before it tries a database that was away again: doubled each time, up to a bound. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

interface Item {
  readonly writing: Writing;
  readonly whenSpooled: () => Writing;
  written?: Written;
}

/**
 * Keeps one order for everybody: while anything waits in the spool, everything queues behind it. A queue for each
 * tenant would bring those back sooner of whom nothing waits, and be many files, or one that is never empty.
 */
export function createLedger(dependencies: LedgerDependencies): Ledger {
  const { database, spool, bus, timers, log } = dependencies;
  const limitMs = answerLimitMs(database);
  const closing = new AbortController();
  let spooling = !spool.isEmpty();
  let following = Promise.resolve();
  // One after the other: what is written now, and the return from the spool.
  const { run: inTurn } = createSerial();

  async function commit(writings: readonly Writing[]): Promise<(number | null)[]> {
    // A head that another instance holds does not mean that the database is away. Several tenants do not wait for
    // it together: the group commit tries each alone.
    const patient = new Set(writings.map(tenantOf)).size <= 1;
    const seqs = await commitStatementWithin({ timers, limitMs, patient }, () =>
      recordWritings(database.prisma, writings),
    );
    for (const event of endedEvents(writings, seqs)) bus.publish(event);
    return seqs;
  }

  const group = createGroupCommit<Item>({
    write: (batch) => inTurn(() => write(batch)),
    partition: ({ writing }) => tenantOf(writing),
    maxBatch: MAX_BATCH,
  });

  async function write(batch: readonly Item[]): Promise<void> {
    if (!spooling) {
      try {
        const seqs = await commit(batch.map(({ writing }) => writing));
        for (const [index, item] of batch.entries())
          item.written = { spooled: false, seq: seqs[index] ?? null };
        return;
      } catch (error) {
        if (storageFault(error).kind !== 'unavailable') throw error;
        beginSpooling(error);
      }
    }
    try {
      await spool.append(batch.map(({ whenSpooled }) => encode(whenSpooled())));
    } catch (error) {
      throw new UnavailableError('The call cannot be recorded at the moment.', RETRY_SOON_MS, error);
    }
    for (const item of batch) item.written = { spooled: true };
  }

  function beginSpooling(err: unknown): void {
    log.warn('The database is away: calls are recorded in the spool.', { err });
    spooling = true;
    following = follow(returnToDatabase, dependencies, closing.signal);
  }

  async function returnToDatabase(): Promise<void> {
    while ((await bringBack()) === MAX_BATCH) closing.signal.throwIfAborted();
    await inTurn(async () => {
      while ((await bringBack()) > 0) closing.signal.throwIfAborted();
      spooling = false;
    });
  }

  /** Commits the oldest that waits, which shows that the database is there even when nothing does; returns how much it was. */
  async function bringBack(): Promise<number> {
    const { records, end } = await spool.peek(MAX_BATCH);
    await commit(records.map(decode));
    if (records.length > 0) await spool.discard(end);
    return records.length;
  }

  if (spooling) following = follow(returnToDatabase, dependencies, closing.signal);
  return {
    async write(writing, whenSpooled = () => writing) {
      const item: Item = { writing, whenSpooled };
      await group.add(item);
      return item.written as Written;
    },
    state: () => (!spooling ? 'direct' : spool.accepts() ? 'spooling' : 'refusing'),
    settled: () => group.drain(),
    async [Symbol.asyncDispose]() {
      await group.drain();
      closing.abort(new Error('The ledger is closed'));
      await following;
    },
  };
}

const tenantOf = ({ draft }: Writing): string => draft.tenantId;
const encode = (writing: Writing): Uint8Array => new TextEncoder().encode(encodeWriting(writing));
const decode = (record: Uint8Array): Writing => decodeWriting(new TextDecoder().decode(record));

/** Tries, ever more rarely, until the database is back and has everything. */
async function follow(
  returnToDatabase: () => Promise<void>,
  { spool, timers, log }: LedgerDependencies,
  signal: AbortSignal,
): Promise<void> {
  const report = (err: unknown) =>
    log.warn('The spool cannot be written either: calls are refused.', { err });
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted;) {
    try {
      await returnToDatabase();
      log.info('The database has everything that was spooled; calls are recorded there again.');
      return;
    } catch (err) {
      if (signal.aborted) return;
      const { kind } = storageFault(err);
      // Nothing is ever passed over: nobody would find what is missing.
      if (kind === 'constraint' || kind === 'other') {
        log.error('What was spooled cannot be brought back; everything waits behind it.', { err });
      }
    }
    if (!spool.accepts()) await spool.recover().catch(report);
    await timers.wait(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
