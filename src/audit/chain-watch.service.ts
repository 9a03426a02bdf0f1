import type { Losses } from '../events/losses.service.ts';
import type { Database } from '../storage/database.ts';
import { storageFault } from '../storage/storage-fault.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { appendEntries } from './audit.store.ts';
import {
  afterCheck,
  lossOf,
  remember,
  remembered,
  seenAt,
  type ChainLoss,
  type ChainMemory,
} from './chain-memory.ts';
import { seePlaces, type SeenPlace } from './chain-watch.store.ts';
import type { AuditDraft } from './entry.ts';

/** Sees when chains have lost entries that this instance has written, and has each say so itself. */
export interface ChainWatch extends AsyncDisposable {
  /** An entry of a tenant's chain is committed. */
  note(tenantId: string, seq: number, entryId: string): void;
  /** How many chains are watched. */
  watched(): number;
}

/** How often the chains that were lately written are looked at: one statement, and none when none was. */
export const CHAIN_WATCH_MS = 2_000;

/** Chains that this instance has not written for so many looks are left alone: a copy lacks seconds, not minutes. */
const IDLE_LOOKS = 60;

/** The most chains that are watched: those written last. */
const MOST_CHAINS = 1_000;

export interface ChainWatchOptions {
  readonly database: Database;
  readonly losses: Pick<Losses, 'report'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

interface Watched {
  memory: ChainMemory;
  idleLooks: number;
}

/** Nothing has been written yet. */
export function createChainWatch(options: ChainWatchOptions): ChainWatch {
  const { database, losses, clock, timers, random, log } = options;
  const db = database.prisma;
  const chains = new Map<string, Watched>();
  /** Entries that are still to be appended, with their UUIDs: repeating them changes nothing. */
  let untold: AuditDraft[] = [];

  async function look(): Promise<void> {
    const asked = new Map([...chains].map(([tenantId, { memory }]) => [tenantId, memory] as const));
    const places = [...asked].flatMap(([tenantId, memory]) =>
      remembered(memory).map((place) => ({ ...place, tenantId })),
    );
    if (places.length > 0) judge(asked, await seePlaces(db, places));
    if (untold.length === 0) return;
    const telling = untold;
    await inTransaction(db, (tx) => appendEntries(tx, telling));
    untold = untold.filter((draft) => !telling.includes(draft));
  }

  function judge(asked: ReadonlyMap<string, ChainMemory>, seen: readonly SeenPlace[]): void {
    for (const [tenantId, memory] of asked) {
      const ofChain = seen.filter(({ place }) => place.tenantId === tenantId);
      const head = ofChain[0]?.head ?? null;
      const loss = lossOf(memory, ({ id }) =>
        ofChain.some(({ place, isThere }) => isThere && place.id === id),
      );
      if (loss !== null) tellOf(tenantId, loss, head?.seq ?? 0);
      const present = chains.get(tenantId);
      if (present === undefined) continue;
      present.idleLooks += 1;
      if (head === null || present.idleLooks > IDLE_LOOKS) chains.delete(tenantId);
      else if (loss !== null) present.memory = seenAt(head);
      else present.memory = afterCheck(present.memory, memory, head);
    }
  }

  function tellOf(tenantId: string, { known, keptSeq }: ChainLoss, headSeq: number): void {
    losses.report({ topic: 'audit', key: tenantId, knownSeq: known.seq, seq: headSeq });
    const payload = { lostSeq: known.seq, lostEntryId: known.id, keptSeq, headSeq };
    const at = clock.now();
    untold.push({ id: random.uuid(), tenantId, type: 'chain.rewound', at, actor: 'system', payload });
  }

  const looking = repeat(timers, CHAIN_WATCH_MS, async () => {
    try {
      await look();
    } catch (err) {
      // Whoever writes says that the database is away; the next look makes up for this one.
      if (storageFault(err).kind === 'other') log.error('The audit chains could not be looked at.', { err });
    }
  });

  return {
    note(tenantId, seq, entryId) {
      const memory = remember(chains.get(tenantId)?.memory, { seq, id: entryId });
      // Those written last stand last.
      chains.delete(tenantId);
      chains.set(tenantId, { memory, idleLooks: 0 });
      const [oldest] = chains.keys();
      if (chains.size > MOST_CHAINS && oldest !== undefined) chains.delete(oldest);
    },
    watched: () => chains.size,
    [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose](),
  };
}
