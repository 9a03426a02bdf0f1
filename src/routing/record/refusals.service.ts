import type { SetAside } from '../../audit/set-aside.service.ts';
import type { Database } from '../../storage/database.ts';
import { sqlStateOf, storageFault } from '../../storage/storage-fault.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import { describeFault, judgeWrite, type WriteVerdict } from './refused/refusal-verdict.ts';
import { settleKeys } from './statement/ledger.store.ts';
import { NOT_KEPT } from './key-settlement.ts';
import type { Writing } from './writing.ts';

/** A record that the database does not take, and why, without anything of what is in it. */
export interface Refused {
  /** As the spool carries it. */
  readonly record: Uint8Array;
  /** Null when the record cannot be read. */
  readonly writing: Writing | null;
  readonly why: string;
}

/** Why an end is set aside whose beginning is not in the database, which therefore passes over it. */
export const NEVER_BEGAN = 'its beginning is not recorded';

export interface RefusalsDependencies {
  readonly database: Pick<Database, 'prisma'>;
  readonly aside: SetAside;
  readonly log: Log;
}

/** What an error of the database says of what was to be written. */
export function verdictOf(error: unknown): WriteVerdict {
  return judgeWrite(storageFault(error), sqlStateOf(error));
}

/** What an error of the database says of the record that it refused. */
export function reasonOf(error: unknown): string {
  return describeFault(storageFault(error), sqlStateOf(error));
}

/** What is known of the records that were set aside. */
export interface Refusals {
  /** Resolves when all are kept; throws UnavailableError when they may not be. Tells operators of each once. */
  setAside(refused: readonly Refused[]): Promise<void>;
  /** Whether an end has no place because its beginning was set aside; true once. */
  takesEndOf(writing: Writing): boolean;
}

/** Sets records aside, and knows whose beginnings they were. */
export function createRefusals({ database, aside, log }: RefusalsDependencies): Refusals {
  // Each until its end has come: a call that this process has begun, it also ends.
  const begun = new Set<string>();

  /**
   * Settles the keys of ends that are set aside, so that nobody waits for them: what they came to is not recorded, and
   * cannot be shown again. What fails is left to the lease of the key.
   */
  async function settle(refused: readonly Refused[]): Promise<void> {
    const settlements = refused.flatMap(({ writing }) => {
      // What comes from the spool may be anything.
      if (writing?.kind !== 'completed' || !writing.key) return [];
      return [{ ...writing.key, result: writing.key.result === null ? null : NOT_KEPT }];
    });
    if (settlements.length === 0) return;
    await settleKeys(database.prisma, settlements).catch((err: unknown) =>
      log.warn('An idempotency key could not be settled: it is free when its lease ends.', { err }),
    );
  }

  return {
    async setAside(refused) {
      if (refused.length === 0) return;
      let added;
      try {
        added = await aside.keep(refused.map(({ record }) => record));
      } catch (error) {
        log.error('What the database refuses cannot be set aside either.', { records: refused.length });
        throw new UnavailableError('The call cannot be recorded at the moment.', RETRY_SOON_MS, error);
      }
      await settle(refused);
      for (const { record, writing, why } of refused) {
        if (writing?.kind === 'decided') begun.add(writing.row.id);
        if (!added.has(record)) continue;
        const { tenantId, id: entryId } = writing?.draft ?? {};
        log.error('The database refuses a record for what is in it: it is set aside.', {
          ...{ tenantId, entryId, half: writing?.kind, why },
          setAside: aside.count(),
        });
      }
    },
    takesEndOf: (writing) => writing.kind === 'completed' && begun.delete(writing.end.id),
  };
}
