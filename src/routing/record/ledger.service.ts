import type { SetAside } from '../../audit/set-aside.service.ts';
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
import { createBringBack } from './bring-back.service.ts';
import { recordWritings } from './ledger.store.ts';
import { createRefusals, verdictOf } from './refusals.service.ts';
import { createWriteDirect, encodeRecord, type Item, type Written } from './write-direct.service.ts';
import type { Writing } from './writing.ts';

/**
 * Where writings go.
 *
 * | state    | a writing goes to                | until                                               |
 * |----------|----------------------------------|-----------------------------------------------------|
 * | direct   | the database                     | it is away, or has not committed in time            |
 * | spooling | the spool, behind all that waits | the database is back and has everything that waited |
 * | refusing | nowhere: the spool is full too   | the spool has room, or as above                     |
 *
 * In every state, what the database refuses for what is in it is set aside, and is in nobody's way.
 */
export type LedgerState = 'direct' | 'spooling' | 'refusing';

/** Makes writings durable, in their order, whether the database is there or not. */
export interface Ledger extends AsyncDisposable {
  /**
   * Resolves when the writing is durable; throws UnavailableError when it may not be. `whenSpooled` takes its place
   * in the spool: the same writing by its UUIDs, which may say that the database was away.
   */
  write(writing: Writing, whenSpooled?: () => Writing): Promise<Written>;
  state(): LedgerState;
  /** How many writings this instance has set aside. */
  setAside(): number;
  /** Resolves when everything handed over so far is durable or refused. */
  settled(): Promise<void>;
}

export interface LedgerDependencies {
  readonly database: Database;
  readonly spool: Spool;
  readonly aside: SetAside;
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

/**
 * Keeps one order for everybody: while anything waits in the spool, everything queues behind it. A queue for each
 * tenant would bring those back sooner of whom nothing waits, and be many files, or one that is never empty.
 */
export function createLedger(dependencies: LedgerDependencies): Ledger {
  const { database, spool, aside, bus, timers, log } = dependencies;
  const refusals = createRefusals(dependencies);
  const closing = new AbortController();
  let spooling = !spool.isEmpty();
  let following = Promise.resolve();
  // One after the other: what is written now, and the return from the spool.
  const { run: inTurn } = createSerial();

  async function commit(writings: readonly Writing[]): Promise<(number | null)[]> {
    // A head that another instance holds does not mean that the database is away. Several tenants do not wait for
    // it together: the group commit tries each alone.
    const patient = new Set(writings.map(tenantOf)).size <= 1;
    const limitMs = answerLimitMs(database);
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

  const writeDirect = createWriteDirect({ refusals, commit });
  async function write(batch: readonly Item[]): Promise<void> {
    if (!spooling) {
      await writeDirect(batch.filter(isOpen), (error) => {
        if (verdictOf(error) === 'busy') throw error;
        beginSpooling(error);
      });
    }
    const open = batch.filter(isOpen);
    if (open.length === 0) return;
    try {
      await spool.append(open.map(({ whenSpooled }) => encodeRecord(whenSpooled())));
    } catch (error) {
      throw new UnavailableError('The call cannot be recorded at the moment.', RETRY_SOON_MS, error);
    }
    for (const item of open) item.written = { to: 'spool' };
  }

  function beginSpooling(err: unknown): void {
    log.warn('The database is away: calls are recorded in the spool.', { err });
    spooling = true;
    following = follow(returnToDatabase, dependencies, closing.signal);
  }

  const bringBack = createBringBack({ spool, refusals, commit, maxBatch: MAX_BATCH });
  async function returnToDatabase(): Promise<void> {
    while (await bringBack()) closing.signal.throwIfAborted();
    await inTurn(async () => {
      // What is there already when the instance stops is brought back once more before it does.
      while (await bringBack()) closing.signal.throwIfAborted();
      spooling = false;
    });
  }

  if (spooling) following = follow(returnToDatabase, dependencies, closing.signal);
  return {
    async write(writing, whenSpooled = () => writing) {
      const item: Item = { writing, whenSpooled };
      await group.add(item).catch((error: unknown) => {
        // What shared its batch may have failed without it.
        if (isOpen(item)) throw error;
      });
      return item.written as Written;
    },
    state: () => (!spooling ? 'direct' : spool.accepts() ? 'spooling' : 'refusing'),
    setAside: () => aside.count(),
    settled: () => group.drain(),
    async [Symbol.asyncDispose]() {
      await group.drain();
      closing.abort(new Error('The ledger is closed'));
      await following;
    },
  };
}

const tenantOf = ({ draft }: Writing): string => draft.tenantId;
const isOpen = ({ written }: Item): boolean => written === undefined;

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
      if (storageFault(err).kind === 'other')
        log.error('What was spooled cannot be brought back yet; everything waits.', { err });
    }
    if (!spool.accepts()) await spool.recover().catch(report);
    await timers.wait(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
