import type { CallOutcome } from '../../calls/guarded-call.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import type { CallEnd } from '../act/execution.ts';
import { tallyBallots } from './agreement.ts';

/** What a voter that was called has come to. */
export interface CastBallot {
  readonly ranked: RankedCandidate;
  readonly outcome: Exclude<CallOutcome, { kind: 'refused' }>;
}

/** How things stand when the last ballot is in. */
export interface VoteMoment {
  /** The request asked for JSON. */
  readonly isJson: boolean;
  readonly isCancelled: boolean;
}

/**
 * What ballots, in the voters' order, amount to.
 *
 * | ballots                                  | end           |
 * |------------------------------------------|---------------|
 * | some were ended because the caller left  | cancelled     |
 * | at least one answer                      | voted         |
 * | none was cast, the caller is gone        | cancelled     |
 * | none was cast: the time is over          | deadline      |
 * | all failed, one by the caller's deadline | deadline      |
 * | all failed otherwise                     | exhausted     |
 */
export function endOfVote(cast: readonly CastBallot[], moment: VoteMoment): CallEnd {
  const failures = cast.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome.failure] : []));
  const failedBy = (failureClass: string) =>
    failures.some((failure) => failure.failureClass === failureClass);
  if (failedBy('CANCELLED')) return { kind: 'cancelled' };
  const answers = cast.map(({ outcome }) => (outcome.kind === 'answered' ? outcome.answer : null));
  const { agreement, winner } = tallyBallots(answers, moment.isJson);
  const won = winner === null ? undefined : cast[winner];
  if (won !== undefined) return { kind: 'voted', answers, agreement, modelKey: won.ranked.candidate.key };
  if (cast.length === 0) return { kind: moment.isCancelled ? 'cancelled' : 'deadline' };
  if (failedBy('DEADLINE')) return { kind: 'deadline' };
  const known = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return { kind: 'exhausted', retryAfterMs: known.length === 0 ? null : Math.min(...known) };
}

/** How a vote ends in which one voter alone was called, whose call ended like this. */
export function endOfOne(end: CallEnd): CallEnd {
  switch (end.kind) {
    case 'answered':
      return { kind: 'voted', answers: [end.answer], agreement: null, modelKey: end.modelKey };
    case 'refused':
      return { kind: 'exhausted', retryAfterMs: null };
    default:
      return end;
  }
}
