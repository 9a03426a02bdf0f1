import { appendWritten } from '../audit/audit.store.ts';
import { writeDraft, type WrittenDraft } from '../audit/chain.ts';
import type { ChainedEntry } from '../audit/entry.ts';
import type { Database, Tx } from '../storage/database.ts';
import { createGroupCommit } from '../storage/group-commit.ts';
import { orUnavailable, storageFault } from '../storage/storage-fault.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import { toHex, type Sha256 } from '../system/digest.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import type { Decision, DecisionStatus } from './decision.ts';
import { encodePlanInput } from './plan-codec.ts';
import { completedDraft, decidedDraft, type CompletedFacts, type DecidedFacts } from './record-entries.ts';
import {
  completeDecisions,
  insertAndLockDecisions,
  type DecisionProgress,
  type NewDecision,
} from './record.store.ts';

/** Keeps what was decided and what came of it, each in one transaction with its audit entry. */
export interface Recorder {
  /** Resolves when the pending decision and `routing.decided` are durable; throws UnavailableError when they may not be. */
  decided(decision: Decision, facts: DecidedFacts): Promise<void>;
  /**
   * Resolves when the decision's end and `routing.completed` are durable, with that entry's seq; throws
   * UnavailableError when they may not be. A decision that was abandoned meanwhile is superseded, one that has
   * ended otherwise stays as it is.
   */
  completed(decision: Decision, facts: CompletedFacts): Promise<{ readonly auditSeq: number }>;
  /** Resolves when everything handed over so far has been written or refused. */
  drain(): Promise<void>;
}

export interface RecorderDependencies {
  readonly database: Database;
  readonly sha256: Sha256;
  readonly random: Random;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** What goes into one transaction with others of its kind. Its texts and UUIDs are made before the first try. */
type Writing =
  | { readonly kind: 'decided'; readonly draft: WrittenDraft; readonly row: NewDecision }
  | {
      readonly kind: 'completed';
      readonly draft: WrittenDraft;
      readonly decision: Decision;
      auditSeq?: number;
    };

type Completion = Extract<Writing, { kind: 'completed' }>;

/** The most writes that share a transaction: it holds the tenants' heads, so it must stay short. */
const MAX_BATCH = 64;

/**
 * How long a beginning waits for an end to share its transaction with. The provider works meanwhile, so nobody
 * waits for it; an end that comes sooner takes it along at once.
 */
const HOLD_MS = 25;

/** Records into a database, in transactions that calls share. */
export function createRecorder(dependencies: RecorderDependencies): Recorder {
  const { database, sha256, random, clock, timers } = dependencies;
  const group = createGroupCommit<Writing>({
    write: (batch) =>
      repeatUnknown(() => inTransaction(database.prisma, (tx) => writeBatch(tx, sha256, batch))),
    partition: ({ draft }) => draft.tenantId,
    maxBatch: MAX_BATCH,
  });

  const held: { readonly writing: Writing; readonly done: PromiseWithResolvers<void> }[] = [];
  let timer: Disposable | undefined;
  function letGo(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    for (const { writing, done } of held.splice(0)) done.resolve(group.add(writing));
  }
  function hold(writing: Writing): Promise<void> {
    const done = Promise.withResolvers<void>();
    held.push({ writing, done });
    timer ??= timers.after(HOLD_MS, letGo);
    return done.promise;
  }

  return {
    async decided(decision, facts) {
      const planInput = encodePlanInput(decision.planInput);
      const draft = decidedDraft(random.uuid(), decision, facts, toHex(sha256(planInput)));
      const writing = { kind: 'decided', draft: writeDraft(draft), row: { decision, planInput } } as const;
      await orUnavailable(() => hold(writing));
    },

    async completed(decision, facts) {
      const draft = writeDraft(completedDraft(random.uuid(), decision, facts, clock.now()));
      const writing: Completion = { kind: 'completed', draft, decision };
      letGo();
      await orUnavailable(() => group.add(writing));
      if (writing.auditSeq === undefined) throw new Error(`Decision ${decision.id} was never recorded`);
      return { auditSeq: writing.auditSeq };
    },

    drain() {
      letGo();
      return group.drain();
    },
  };
}

/** Repeats a write once when the connection broke: it may have been committed, and then changes nothing. */
async function repeatUnknown(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (storageFault(error).kind !== 'unavailable') throw error;
    await write();
  }
}

/**
 * The rows of decisions are locked before the heads of chains, here and in the sweeper. Entries keep the order in
 * which they were handed over: a decision's end follows its beginning.
 */
async function writeBatch(tx: Tx, sha256: Sha256, batch: readonly Writing[]): Promise<void> {
  const begun = batch.filter((writing) => writing.kind === 'decided').map(({ row }) => row);
  const completions = batch.filter((writing) => writing.kind === 'completed');
  const endingIds = completions.map(({ decision }) => decision.id);
  const progress = await insertAndLockDecisions(tx, begun, endingIds);
  const closed = markClosed(completions, begun, progress);

  const appended = batch.filter((writing) => !closed.has(writing));
  const drafts = appended.map(({ draft }) => draft);
  const entries = await appendWritten(tx, sha256, drafts);
  const ends: Decision[] = [];
  for (const [index, writing] of appended.entries()) {
    if (writing.kind === 'decided') continue;
    writing.auditSeq = (entries[index] as ChainedEntry).seq;
    ends.push({ ...writing.decision, auditSeq: writing.auditSeq });
  }
  if (ends.length > 0) await completeDecisions(tx, ends);
}

/** The completions whose decisions cannot end so any more; each learns at which seq its decision has ended. */
function markClosed(
  completions: readonly Completion[],
  begun: readonly NewDecision[],
  progress: readonly DecisionProgress[],
): ReadonlySet<Writing> {
  const found = new Map(progress.map((row) => [row.id, row]));
  const fresh = new Set(begun.map(({ decision }) => decision.id));
  const closed = new Set<Writing>();
  for (const completion of completions) {
    const row = found.get(completion.decision.id);
    const open = row === undefined ? fresh.has(completion.decision.id) : mayEnd.has(row.status);
    if (open) continue;
    closed.add(completion);
    if (row?.auditSeq != null) completion.auditSeq = row.auditSeq;
  }
  return closed;
}

const mayEnd: ReadonlySet<DecisionStatus> = new Set(['PENDING', 'ABANDONED']);
