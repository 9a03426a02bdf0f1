/*
 * What seldom happens to a breaker: each is the machine's own step, taken on the stored row (`stepBreaker`). All return
 * null when nothing has changed.
 */
import type { Db, Tx } from '../../storage/database.ts';
import type { BreakerRule } from '../rule/breaker.ts';
import * as machine from '../rule/machine.ts';
import type { ProbeOutcome } from '../rule/suspicion.ts';
import * as mode from '../rule/mode.ts';
import type { BreakerWrite } from './breaker-row.ts';
import { stepBreaker } from './step.store.ts';

/** A call that wants to be a breaker's probe. */
export interface ProbeClaim {
  readonly key: string;
  /** The attempt's own identity, a UUID. */
  readonly token: string;
  /** How long nobody else may probe. */
  readonly leaseMs: number;
  /** Whether it finds out if one tenant's calls alone have opened the breaker, instead of whether the model is back. */
  readonly isToClear?: boolean | undefined;
}

/** How a probe of one breaker ended. */
export type ProbeSettlement = ProbeOutcome & { readonly key: string };

/** An operator's word about one breaker. */
export interface ModeChange extends mode.ModeRequest {
  readonly key: string;
  /** Whether the machine begins anew. Otherwise AUTO leaves its state as it is where it decides already. */
  readonly reset: boolean;
}

/** Makes the call the fleet's one prober, until the lease ends; null: it may not probe, now or at all. */
export function claimProbe(db: Db, { key, ...claim }: ProbeClaim): Promise<BreakerWrite | null> {
  return stepBreaker(db, key, (breaker, now) => machine.claimEither(breaker, claim, now));
}

/** Acts on what a prober found out; null: it is not the prober any more, and its outcome counts for nothing. */
export function settleProbe(
  db: Db,
  rule: BreakerRule,
  { key, ...outcome }: ProbeSettlement,
): Promise<BreakerWrite | null> {
  return stepBreaker(db, key, (breaker, now) => machine.settleProbe(breaker, rule, outcome, now));
}

/**
 * Puts an operator's word above the machine or takes it away; null: the breaker has moved since the operator saw it.
 * In a transaction, because what operators do is audited in the same one, and no breaker is locked after this.
 */
export function setMode(tx: Tx, { key, reset, ...request }: ModeChange): Promise<BreakerWrite | null> {
  return stepBreaker(tx, key, (breaker, now) =>
    reset ? mode.reset(breaker, request, now) : mode.setMode(breaker, request, now),
  );
}

/** Ends a word whose time is up. */
export function expireMode(db: Db, key: string): Promise<BreakerWrite | null> {
  return stepBreaker(db, key, mode.expireMode);
}

/**
 * Opens a breaker that has not moved since an instance opened its own copy of it; null: it has, or nobody may call it
 * for as long as it is. In a transaction, because calls may be writing outcomes of it all the time.
 */
export function offerTrip(
  tx: Tx,
  { key, ...offer }: machine.OfferedTrip & { readonly key: string },
): Promise<BreakerWrite | null> {
  return stepBreaker(tx, key, (breaker, now) => machine.offerTrip(breaker, offer, now));
}
