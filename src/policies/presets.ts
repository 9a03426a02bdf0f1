import type { PolicyName, PolicyWeights } from './policy.ts';

/** What choosing a policy by its name brings with it. */
export interface PolicyPreset extends PolicyWeights {
  readonly fallbackEnabled: boolean;
  /** One sentence for people who choose. */
  readonly description: string;
}

/** The preset behind every policy name. */
export const policyPresets: Readonly<Record<PolicyName, PolicyPreset>> = {
  balanced: {
    ...weights(40, 30, 30),
    fallbackEnabled: true,
    description:
      'Answer quality first, speed and cost close behind: the choice when nothing speaks for another.',
  },
  cost_first: {
    ...weights(20, 20, 60),
    fallbackEnabled: true,
    description: 'Prefers the cheapest model that is still good and quick enough: bulk and background work.',
  },
  quality_first: {
    ...weights(70, 15, 15),
    fallbackEnabled: true,
    description: 'Prefers the best answers and pays for them in time and money: work that people rely on.',
  },
  latency_first: {
    ...weights(20, 60, 20),
    fallbackEnabled: true,
    description: 'Prefers the quickest answers: a person or another system is waiting.',
  },
  strict_no_fallback: {
    ...weights(40, 30, 30),
    fallbackEnabled: false,
    description:
      'Ranks like balanced and makes exactly one provider call: the first choice answers or nobody does.',
  },
};

function weights(qualityWeightPct: number, latencyWeightPct: number, costWeightPct: number): PolicyWeights {
  return { qualityWeightPct, latencyWeightPct, costWeightPct };
}
