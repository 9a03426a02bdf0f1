import type { ChainWatch } from '../../audit/chain-watch.service.ts';
import type { Bus } from '../../events/bus.ts';
import { answerLimitMs } from '../../storage/answer-limit.ts';
import { commitStatementWithin } from '../../storage/commit-within.ts';
import type { Database } from '../../storage/database.ts';
import type { Timers } from '../../system/timers.ts';
import { Beginnings } from './beginnings.ts';
import { endedEvents } from './ended-events.ts';
import { recordWritings } from './statement/ledger.store.ts';
import type { Writing } from './writing.ts';

export interface CommitDependencies {
  readonly database: Database;
  /** Is told of the decisions that have ended, once that is committed. */
  readonly bus: Bus;
  /** Remembers where the chains were. */
  readonly chains?: Pick<ChainWatch, 'note'>;
  readonly timers: Timers;
}

/**
 * Commits all of these writings or none, and returns the seqs of their entries; null is that of an end that has no
 * place, because its beginning was never recorded.
 */
export type Commit = (writings: readonly Writing[]) => Promise<(number | null)[]>;

/** Commits to the database, and gives it back the beginnings that it lacks when their ends come. */
export function createCommit({ database, bus, chains, timers }: CommitDependencies): Commit {
  const beginnings = new Beginnings();
  /** The digests of the lists of candidates that the database is known to have. */
  const lists = new Set<string>();

  async function record(writings: readonly Writing[]): Promise<(number | null)[]> {
    // A head that another instance holds does not mean that the database is away. Several tenants do not wait for
    // it together: the group commit tries each alone.
    const patient = new Set(writings.map(({ draft }) => draft.tenantId)).size <= 1;
    const limitMs = () => answerLimitMs(database);
    return commitStatementWithin({ timers, limitMs, patient }, () =>
      recordWritings(database, writings, lists),
    );
  }

  return async (writings) => {
    let seqs = await record(writings);
    // An older copy of the database has taken its place since the beginnings were recorded: it takes both.
    const lacking = writings.flatMap((writing, index) =>
      seqs[index] === null ? (beginnings.of(writing) ?? []) : [],
    );
    if (lacking.length > 0) {
      await record(lacking);
      seqs = await record(writings);
    }
    beginnings.note(writings, seqs);
    for (const [index, { draft }] of writings.entries()) {
      const seq = seqs[index];
      if (seq != null) chains?.note(draft.tenantId, seq, draft.id);
    }
    for (const event of endedEvents(writings, seqs)) bus.publish(event);
    return seqs;
  };
}
