import { writeDraft } from '../../audit/chain.ts';
import { orUnavailable } from '../../storage/storage-fault.ts';
import type { Clock } from '../../system/clock.ts';
import type { Sha256 } from '../../system/digest.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import type { Decision } from './decision.ts';
import { createHeldBeginnings } from './held-beginnings.ts';
import type { KeySettlement } from './key-settlement.ts';
import type { Ledger, LedgerState } from './ledger.service.ts';
import { encodeListed, encodePlanInput } from '../plan/plan-codec.ts';
import { completedDraft, type CompletedFacts, type DecidedFacts } from './record-entries.ts';
import { beginningOf, endOf, type Beginning, type Writing } from './writing.ts';

/** Keeps what was decided and what came of it, each together with its audit entry. */
export interface Recorder {
  /**
   * Resolves when the pending decision and `routing.decided` are durable; throws UnavailableError when they may not
   * be, and at once when there is no room for the call's end as well. One for which nothing waits
   * before the call's end is kept for a moment, for that to share its transaction.
   */
  decided(decision: Decision, facts: DecidedFacts, isAwaited?: boolean): Promise<void>;
  /**
   * Resolves when the decision's end and `routing.completed` are durable, with the decision as it is recorded; throws
   * UnavailableError when they may not be. While the database is away it has no place in the chain yet, and says that
   * it was degraded; what the database refuses for what is in it is set aside and gets none. A decision that was abandoned meanwhile is superseded, one that has ended otherwise stays as it
   * is. What becomes of the call's idempotency key is part of its end.
   */
  completed(decision: Decision, facts: CompletedFacts, key?: KeySettlement | null): Promise<Decision>;
  /** Where records go now. */
  state(): LedgerState;
  /** How many records this instance has set aside. */
  setAside(): number;
  /** Resolves when everything handed over so far has been written or refused. */
  drain(): Promise<void>;
}

export interface RecorderDependencies {
  readonly ledger: Ledger;
  readonly sha256: Sha256;
  readonly random: Random;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Records into a ledger, which calls share. */
export function createRecorder(dependencies: RecorderDependencies): Recorder {
  const { ledger, sha256, random, clock, timers } = dependencies;

  const held = createHeldBeginnings(timers, (beginning, whenSpooled) => ledger.write(beginning, whenSpooled));

  return {
    async decided(decision, facts, isAwaited = false) {
      if (ledger.state() === 'refusing') {
        throw new UnavailableError('No call can be recorded at the moment.', RETRY_SOON_MS);
      }
      const entryId = random.uuid();
      const listed = encodeListed(decision.planInput, sha256);
      const begun = { decision, facts, entryId };
      const writing = beginningOf(begun, listed, sha256);
      // What waits outside of the database stands by itself, whoever brings it there.
      const whenSpooled = (): Beginning =>
        listed.list === null
          ? writing
          : beginningOf(begun, { planInput: encodePlanInput(decision.planInput), list: null }, sha256);
      // With a spool there is nothing to share, and the call waits for its beginning before it acts.
      const isHeld = ledger.state() === 'direct';
      await orUnavailable(() =>
        isHeld ? held.hold(writing, isAwaited, whenSpooled) : ledger.write(writing, whenSpooled),
      );
    },

    async completed(decision, facts, key = null) {
      const id = random.uuid();
      const at = clock.now();
      const writingOf = (ended: Decision): Writing => {
        const draft = writeDraft(completedDraft(id, ended, facts, at));
        return { kind: 'completed', draft, end: endOf(ended), key };
      };
      const writing = writingOf(decision);
      held.letGo(decision.id);
      const degraded = withoutDatabase(decision);
      const written = await orUnavailable(() => ledger.write(writing, () => writingOf(degraded)));
      if (written.to === 'spool') return degraded;
      if (written.to === 'aside') return { ...decision, auditSeq: null };
      if (written.seq === null) throw new Error(`Decision ${decision.id} was never recorded`);
      return { ...decision, auditSeq: written.seq };
    },

    state: () => ledger.state(),
    setAside: () => ledger.setAside(),
    drain() {
      held.letAllGo();
      return ledger.settled();
    },
  };
}

function withoutDatabase(decision: Decision): Decision {
  const others = decision.degraded.filter((component) => component !== 'DATABASE');
  return { ...decision, degraded: [...others, 'DATABASE'] };
}
