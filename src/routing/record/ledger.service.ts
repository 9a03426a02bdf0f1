import type { ChainWatch } from '../../audit/chain-watch.service.ts';
import type { SetAside } from '../../audit/set-aside.service.ts';
import type { Spool } from '../../audit/spool.ts';
import type { Bus } from '../../events/bus.ts';
import type { Database } from '../../storage/database.ts';
import { createGroupCommit } from '../../storage/group-commit.ts';
import { createFaultOutage } from '../../storage/outage/fault-outage.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import { createOutage } from '../../system/outage.ts';
import { createSerial } from '../../system/one-at-a-time.ts';
import { repeat } from '../../system/repeat.ts';
import type { Timers } from '../../system/timers.ts';
import { createCommit } from './commit.service.ts';
import { createBringBack } from './bring-back.service.ts';
import { createRefusals, verdictOf } from './refusals.service.ts';
import { createWriteDirect, encodeRecord, type Item, type Written } from './write-direct.service.ts';
import type { Writing } from './writing.ts';

/**
 * Where writings go.
 *
 * | state    | a writing goes to                | until                                               |
 * |----------|----------------------------------|-----------------------------------------------------|
 * | direct   | the database                     | it is away, or has not committed in time            |
 * | careful  | the database, and nowhere else:  | the spool has room again, and the database has      |
 * |          | no call is made before its       | committed something                                 |
 * |          | beginning is there               |                                                     |
 * | spooling | the spool, behind all that waits | the database is back and has everything that waited |
 * | refusing | nowhere: the spool is full too   | the spool has room, or as above                     |
 *
 * In every state, what the database refuses for what is in it is set aside, and is in nobody's way.
 */
export type LedgerState = 'direct' | 'careful' | 'spooling' | 'refusing';

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
  /** Remembers where the chains were. */
  readonly chains?: Pick<ChainWatch, 'note'>;
  readonly timers: Timers;
  readonly log: Log;
}

/** The most writings that share a transaction: it holds the tenants' heads, so it must stay short. */
const MAX_BATCH = 256;

/** What shares a transaction; the weight is in characters of results that are kept for repeats. */
const batchLimits = {
  maxBatch: MAX_BATCH,
  maxWeight: 2_000_000,
  weigh: ({ writing }: Item) => (writing.kind === 'completed' ? (writing.key?.result?.length ?? 0) : 0),
};

/** How long the ledger waits before it tries a database that was away again: doubled each time, up to a bound. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** How often a spool that has no room is asked for some while the database is there. */
const ROOM_MS = 2_000;

/**
 * Keeps one order for everybody: while anything waits in the spool, everything queues behind it. A queue for each
 * tenant would bring those back sooner of whom nothing waits, and be many files, or one that is never empty.
 */
export function createLedger(dependencies: LedgerDependencies): Ledger {
  const { database, spool, aside } = dependencies;
  const commitToDatabase = createCommit(dependencies);
  const refusals = createRefusals(dependencies);
  const closing = new AbortController();
  let spooling = !spool.isEmpty();
  /** Whether the database has committed something since it came back: it may answer and take nothing. */
  let isProven = true;
  let following = Promise.resolve();
  // One after the other: what is written now, and the return from the spool.
  const { run: inTurn } = createSerial();

  async function commit(writings: readonly Writing[]): Promise<(number | null)[]> {
    const seqs = await commitToDatabase(writings);
    if (!isProven && writings.length > 0) prove();
    return seqs;
  }

  function prove(): void {
    isProven = true;
    if (!spooling) database.outage.end();
  }

  const group = createGroupCommit<Item>({
    write: (batch) => inTurn(() => write(batch)),
    partition: ({ writing }) => tenantOf(writing),
    ...batchLimits,
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

  function beginSpooling(error: unknown): void {
    database.outage.begin(error);
    spooling = true;
    isProven = false;
    following = follow(returnToDatabase, dependencies, closing.signal);
  }

  const bringBack = createBringBack({ spool, refusals, commit, maxBatch: MAX_BATCH });
  async function returnToDatabase(): Promise<void> {
    while (await bringBack()) closing.signal.throwIfAborted();
    await inTurn(async () => {
      // What is there already when the instance stops is brought back once more before it does.
      while (await bringBack()) closing.signal.throwIfAborted();
      spooling = false;
      if (isProven) database.outage.end();
    });
  }

  const making = makeRoom(dependencies, () => !spooling);
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
    state: () => stateOf(spooling, isProven, spool.accepts()),
    setAside: () => aside.count(),
    settled: () => group.drain(),
    async [Symbol.asyncDispose]() {
      await making[Symbol.asyncDispose]();
      await group.drain();
      closing.abort(new Error('The ledger is closed'));
      await following;
    },
  };
}

const tenantOf = ({ draft }: Writing): string => draft.tenantId;
const isOpen = ({ written }: Item): boolean => written === undefined;

function stateOf(spooling: boolean, isProven: boolean, spoolAccepts: boolean): LedgerState {
  if (spooling) return spoolAccepts ? 'spooling' : 'refusing';
  return isProven && spoolAccepts ? 'direct' : 'careful';
}

/** Asks a spool without room for some, while nobody else does: whoever waits for the database asks too. */
function makeRoom({ spool, timers }: LedgerDependencies, isDue: () => boolean): AsyncDisposable {
  return repeat(timers, ROOM_MS, async () => {
    if (isDue() && !spool.accepts()) await spool.recover().catch(() => undefined);
  });
}

/** Tries, ever more rarely, until the database is back and has everything. */
async function follow(
  returnToDatabase: () => Promise<void>,
  { spool, timers, log }: LedgerDependencies,
  signal: AbortSignal,
): Promise<void> {
  const failing = createFaultOutage(log, {
    begun: 'What was spooled cannot be brought back yet; everything waits.',
    ended: 'What was spooled is brought back.',
  });
  const refusing = createOutage(log, {
    begun: 'The spool cannot be written either: calls are refused.',
    ended: 'The spool can be written again.',
  });
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted;) {
    try {
      await returnToDatabase();
      failing.end();
      refusing.end();
      log.debug('The database has everything that was spooled; calls are recorded there again.');
      return;
    } catch (error) {
      if (signal.aborted) return;
      failing.begin(error);
    }
    if (!spool.accepts()) {
      await spool.recover().then(
        () => refusing.end(),
        (error: unknown) => refusing.begin({ reason: (error as Error).message }),
      );
    }
    await timers.wait(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
