import type { Db, Tx } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import type { BreakerWrite } from './breaker-row.ts';
import { changeBreakers, closed, ensureRow, milliseconds, rowsOf } from './breaker-write.store.ts';
import type { ModeRequest } from '../rule/mode.ts';
import { machineReasons } from '../rule/step.ts';

/** An operator's word about one breaker. */
export interface ModeChange extends ModeRequest {
  readonly key: string;
  /** Whether the machine begins anew. Otherwise AUTO leaves its state as it is where it decides already. */
  readonly reset: boolean;
}

/**
 * Puts an operator's word above the machine or takes it away; null: the breaker has moved since the operator saw it.
 * In a transaction, because what operators do is audited in the same one, and no breaker is locked after this.
 */
export async function setMode(tx: Tx, change: ModeChange): Promise<BreakerWrite | null> {
  const { key, generation, mode, actor, reason, untilMs, reset } = change;
  if (generation === 0) await ensureRow(tx, key);
  const isForced = mode !== 'AUTO';
  const until =
    isForced && untilMs !== null ? Prisma.sql`held.now + ${milliseconds(untilMs)}` : Prisma.sql`NULL`;
  const [write = null] = await changeBreakers(tx, {
    rows: Prisma.sql`${rowsOf([key])} AND generation = ${generation}::int`,
    when: Prisma.sql`true`,
    set: Prisma.sql`
      ${isForced || reset ? Prisma.sql`${closed},` : Prisma.empty}
      generation = held.generation + 1, mode = ${mode}::text, mode_until = ${until},
      mode_actor = ${isForced ? actor : null}::text, mode_reason = ${isForced ? reason : null}::text,
      ${shownSince(change)}`,
    actor,
    reason,
  });
  return write;
}

/** Ends the words whose time is up, of these breakers; returns those that it ended. */
export async function expireModes(db: Db, keys: readonly string[]): Promise<BreakerWrite[]> {
  return changeBreakers(db, {
    rows: Prisma.sql`${rowsOf(keys)} AND mode <> 'AUTO'`,
    when: Prisma.sql`held.mode_until <= held.now`,
    set: Prisma.sql`
      generation = held.generation + 1, mode = 'AUTO', mode_actor = NULL, mode_reason = NULL, mode_until = NULL,
      ${shownSince({ mode: 'AUTO', reset: false })}`,
    actor: null,
    reason: machineReasons.modeEnded,
  });
}

/** Columns that tell since when a breaker has shown what it shows after this. */
function shownSince({ mode, reset }: Pick<ModeChange, 'mode' | 'reset'>): Prisma.Sql {
  // Under a forced mode the machine rests, and AUTO shows what it finds.
  const shown =
    mode === 'FORCED_OPEN'
      ? Prisma.sql`'OPEN'`
      : mode === 'FORCED_CLOSED' || reset
        ? Prisma.sql`'CLOSED'`
        : Prisma.sql`held.state`;
  return Prisma.sql`
    opened_at = CASE WHEN ${shown} = 'OPEN' AND held.shown <> 'OPEN' THEN held.now ELSE held.opened_at END,
    closed_at = CASE WHEN ${shown} = 'CLOSED' AND held.shown <> 'CLOSED' THEN held.now ELSE held.closed_at END`;
}
