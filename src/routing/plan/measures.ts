import { asExpected, type Estimate } from '../../estimates/estimate.ts';
import { unlimited, type LimitMeasures } from '../../limits/limit-board.ts';
import { endlessMs, unobserved, type Measures } from './plan-input.ts';

/** Who knows how a model behaves at present; all of it is in memory. */
export interface MeasureSources {
  readonly breakers: {
    retryAfterMsOf(key: string, endlessMs: number): number | null;
    isShut(key: string): boolean;
    eachKnown: EachKnown;
  };
  readonly limits: { measuresOf(key: string): LimitMeasures; eachKnown: EachKnown };
  readonly estimates: { estimateOf(key: string): Estimate; eachKnown: EachKnown };
}

/** Visits the key of every model and the slug of every provider of which anything may be known; some of them twice. */
export type EachKnown = (visit: (keyOrSlug: string) => void) => void;

/** What is known of models now. */
export interface ModelMeasures {
  /** For every candidate of every plan of which something may be known. */
  readonly measuresOf: (key: string) => Measures;
  /** Of whom it visits neither key nor provider, nothing is known: `measuresOf` tells `unobserved`. */
  readonly eachKnown: EachKnown;
}

/**
 * What is known of models now. The same object for all of which nothing is known, and for one that nothing holds back as long as its estimate is the same. Of a model whose breaker is shut the breaker
 * alone says how it is: were it also thought unreliable, none of the calls that might try it would come to it.
 */
export function createMeasures({ breakers, limits, estimates }: MeasureSources): ModelMeasures {
  /** Of models that are in the catalog or have been: the last measures without anything that holds them back. */
  const free = new Map<string, { readonly estimate: Estimate; readonly measures: Measures }>();

  function unhindered(key: string, estimate: Estimate): Measures {
    if (estimate === asExpected) return unobserved;
    const known = free.get(key);
    if (known?.estimate === estimate) return known.measures;
    const measures = measuresOf(estimate, unlimited, null);
    free.set(key, { estimate, measures });
    return measures;
  }

  function measuresOfKey(key: string): Measures {
    const known = estimates.estimateOf(key);
    const estimate = known !== asExpected && breakers.isShut(key) ? asExpected : known;
    const limit = limits.measuresOf(key);
    const breakerRetryAfterMs = breakers.retryAfterMsOf(key, endlessMs);
    return limit === unlimited && breakerRetryAfterMs === null
      ? unhindered(key, estimate)
      : measuresOf(estimate, limit, breakerRetryAfterMs);
  }

  return {
    measuresOf: measuresOfKey,
    eachKnown(visit) {
      estimates.eachKnown(visit);
      limits.eachKnown(visit);
      breakers.eachKnown(visit);
    },
  };
}

function measuresOf(
  { latencyRatioPermille, successesHundredths, failuresHundredths }: Estimate,
  { headroomPermille, coolDownMs, hardDownMs }: LimitMeasures,
  breakerRetryAfterMs: number | null,
): Measures {
  return {
    latencyRatioPermille,
    successesHundredths,
    failuresHundredths,
    headroomPermille,
    breakerRetryAfterMs,
    coolDownMs,
    hardDownMs,
  };
}

/** Milliseconds until a model may be called, as far as waiting is what it takes; 0: now. */
export function waitMsOf(
  {
    breakers,
    limits,
  }: { readonly breakers: Waited; readonly limits: Pick<MeasureSources['limits'], 'measuresOf'> },
  key: string,
): number {
  const { coolDownMs, hardDownMs } = limits.measuresOf(key);
  return Math.max(breakers.retryAfterMsOf(key, endlessMs) ?? 0, coolDownMs ?? 0, hardDownMs ?? 0);
}

type Waited = Pick<MeasureSources['breakers'], 'retryAfterMsOf'>;
