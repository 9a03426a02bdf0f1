import type { PolicyName, PolicyWeights } from './policy.ts';

/** What choosing a policy by its name brings with it. */
export interface PolicyPreset extends PolicyWeights {
  readonly fallbackEnabled: boolean;
  /** Hundredths, as in RoutingPolicy. */
  readonly nearEqualMarginPct: number;
  /** One sentence for people who choose. */
  readonly description: string;
}

/** Wide enough that a fast model is not stampeded, narrow enough that a clearly better one gets everything. */
const NEAR_EQUAL_MARGIN_PCT = 5;

/** The preset behind every policy name. */
export const policyPresets: Readonly<Record<PolicyName, PolicyPreset>> = {
  balanced: {
    ...weights(40, 30, 30),
    fallbackEnabled: true,
    nearEqualMarginPct: NEAR_EQUAL_MARGIN_PCT,
    description:
      'Answer quality first, speed and cost close behind: the choice when nothing speaks for another.',
  },
  cost_first: {
    ...weights(20, 20, 60),
    fallbackEnabled: true,
    nearEqualMarginPct: NEAR_EQUAL_MARGIN_PCT,
    description: 'Prefers the cheapest model that is still good and quick enough: bulk and background work.',
  },
  quality_first: {
    ...weights(70, 15, 15),
    fallbackEnabled: true,
    nearEqualMarginPct: NEAR_EQUAL_MARGIN_PCT,
    description: 'Prefers the best answers and pays for them in time and money: work that people rely on.',
  },
  latency_first: {
    ...weights(20, 60, 20),
    fallbackEnabled: true,
    nearEqualMarginPct: NEAR_EQUAL_MARGIN_PCT,
    description: 'Prefers the quickest answers: a person or another system is waiting.',
  },
  strict_no_fallback: {
    ...weights(40, 30, 30),
    fallbackEnabled: false,
    nearEqualMarginPct: 0,
    description:
      'Ranks like balanced and makes exactly one provider call, of the best model: it answers or nobody does.',
  },
};

function weights(qualityWeightPct: number, latencyWeightPct: number, costWeightPct: number): PolicyWeights {
  return { qualityWeightPct, latencyWeightPct, costWeightPct };
}
