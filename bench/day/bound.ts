import { policyPresets } from '../../src/policies/presets.ts';
import type { PolicyName } from '../../src/policies/policy.ts';
import { oct } from '../../src/routing/plan/score.ts';
import type { Incident, World } from './world.ts';

/** What is promised: a model in trouble has lost its traffic by then, and one that has recovered has it back. */
const LOST_BY_MS = 2 * 60_000;
const BACK_BY_MS = 5 * 60_000;

/** The largest share of calls that any one model has; near-equals share the first place. */
const MOST_SHARE = 0.5;

/** A failed attempt costs its caller less than a second where another model answers; a silent one half of its time. */
const FAILED_DOUBLINGS = 1;
const SILENT_DOUBLINGS = 8;

/** Without a fallback a failed call is worth nothing, and nothing is worth more than this in the simulated day. */
const MOST_WORTH = 0.8;

/**
 * The most that learning may cost against being told the truth at every moment, in worth a call. Of each trouble the
 * router may know nothing for the two minutes within which its model is to lose its traffic, and may still believe in
 * it for the five within which that is to be back. In the first it loses what the trouble costs the calls of one
 * model; in the second at most as much, or the margin within which another model would have done as well. Troubles
 * that overlap are counted as if they did not.
 */
export function learningBound({ incidents, models, durationMs }: World, policyName: PolicyName): number {
  const { latencyWeightPct, fallbackEnabled, nearEqualMarginPct } = policyPresets[policyName];
  const doubling = latencyWeightPct / 100 / 8;
  const lossOf = (incident: Incident): number => {
    if (incident.kind === 'price') return 0;
    if (incident.kind === 'slow') return doubling * oct(incident.times);
    if (!fallbackEnabled) return MOST_WORTH * (incident.kind === 'limited' ? 1 : incident.share);
    return doubling * (incident.kind === 'hanging' ? SILENT_DOUBLINGS * incident.share : FAILED_DOUBLINGS);
  };
  let lost = 0;
  for (const incident of incidents) {
    const met = models.filter(
      ({ key, model }) => incident.whom === key || incident.whom === model.providerSlug,
    );
    const loss = lossOf(incident);
    const missed = incident.kind === 'price' ? 0 : Math.max(loss, nearEqualMarginPct / 100);
    lost += met.length * (LOST_BY_MS * loss + BACK_BY_MS * missed);
  }
  return (MOST_SHARE * lost) / durationMs;
}
