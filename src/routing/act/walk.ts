import type { Verdict } from '../../calls/verdict.ts';
import type { RankedCandidate } from '../plan/plan.ts';

/**
 * Where the executor stands in a plan: what may still be called, best first, and what the failures so far
 * forbid. Immutable; each outcome makes the next one.
 *
 * | last outcome            | what comes next                                                     |
 * |-------------------------|---------------------------------------------------------------------|
 * | none                    | the first choice                                                    |
 * | refused by admission    | the next candidate; no attempt is spent                             |
 * | same_then_next          | the same candidate once more, then the next                         |
 * | next                    | the next candidate, past those of its provider if that is out       |
 * | larger_window           | the next candidate whose context window is larger                   |
 * | other_provider_then_stop| the next candidate of another provider, once; then the end          |
 * | stop                    | the end                                                             |
 * | a pause, and no other   | the same candidate after it, if there is time                       |
 */
export interface Walk {
  /** The candidate to call now is the first; empty: nothing is left. */
  readonly candidates: readonly RankedCandidate[];
  /** Provider calls that may still be made. */
  readonly attemptsLeft: number;
  /** The first candidate has had its one retry. */
  readonly retried: boolean;
  /** A request that one provider found invalid has had its one hop to another dialect. */
  readonly hopped: boolean;
}

/** A walk at its beginning. Without fallback only the first choice is ever called. */
export function beginWalk(
  ranked: readonly RankedCandidate[],
  fallbackEnabled: boolean,
  maxAttempts: number,
): Walk {
  const candidates = fallbackEnabled ? ranked : ranked.slice(0, 1);
  return { candidates, attemptsLeft: maxAttempts, retried: false, hopped: false };
}

/** The walk after admission refused its first candidate: nothing was sent, so no attempt is spent. */
export function afterRefusal(walk: Walk): Walk {
  return { ...walk, candidates: walk.candidates.slice(1), retried: false };
}

/** The walk after its only candidate asked for a pause that there is time for: the same once more. */
export function onceMore(walk: Walk): Walk | undefined {
  const attemptsLeft = walk.attemptsLeft - 1;
  return attemptsLeft === 0 ? undefined : { ...walk, attemptsLeft, retried: false };
}

/** The walk after its first candidate's call failed with this verdict; undefined when it ends here. */
export function afterFailure(walk: Walk, verdict: Pick<Verdict, 'next' | 'skip'>): Walk | undefined {
  const [failed, ...others] = walk.candidates;
  const attemptsLeft = walk.attemptsLeft - 1;
  if (failed === undefined || attemptsLeft === 0) return undefined;
  const rest = verdict.skip === 'provider' ? others.filter(servedByAnother(failed)) : others;
  const onward = { candidates: rest, attemptsLeft, retried: false, hopped: walk.hopped };
  switch (verdict.next) {
    case 'stop':
      return undefined;
    case 'same_then_next':
      return walk.retried ? unlessEmpty(onward) : { ...walk, attemptsLeft, retried: true };
    case 'next':
      return unlessEmpty(onward);
    case 'larger_window': {
      const window = failed.candidate.contextWindowTokens;
      return unlessEmpty({
        ...onward,
        candidates: rest.filter((other) => other.candidate.contextWindowTokens > window),
      });
    }
    case 'other_provider_then_stop':
      if (walk.hopped) return undefined;
      return unlessEmpty({ ...onward, hopped: true, candidates: others.filter(servedByAnother(failed)) });
  }
}

/** Whether no call can follow the one to be made now. A timeout never repeats the same candidate. */
export function isLastAttempt(walk: Walk): boolean {
  return walk.attemptsLeft === 1 || walk.candidates.length === 1;
}

function unlessEmpty(walk: Walk): Walk | undefined {
  return walk.candidates.length === 0 ? undefined : walk;
}

function servedByAnother(failed: RankedCandidate): (other: RankedCandidate) => boolean {
  return (other) => other.candidate.providerSlug !== failed.candidate.providerSlug;
}
