import fc from 'fast-check';
import type { DisabledCause } from '../../../src/catalog/catalog-view.ts';
import { capabilities } from '../../../src/catalog/model.ts';
import { standInsServe } from '../../../src/catalog/policy-refusal.ts';
import type { RoutingPolicy } from '../../../src/policies/policy.ts';
import {
  createCandidateList,
  withObserved,
  type CandidateList,
} from '../../../src/routing/plan/candidates/candidate-list.ts';
import {
  unobserved,
  type Candidate,
  type Measures,
  type PlanInput,
  type RequestFacts,
} from '../../../src/routing/plan/plan-input.ts';
import { PLANNER_VERSION } from '../../../src/routing/plan/plan-route.ts';
import { anyPolicyOver, defaultPolicy } from '../../policies/policies.ts';

/** A candidate that is eligible for `facts` under `policy`, but for what is said otherwise. */
export function candidate(
  key: string,
  overrides: Partial<Omit<Candidate, 'measures'>> = {},
  measures: Partial<Measures> = {},
): Candidate {
  const slash = key.indexOf('/');
  return {
    providerSlug: key.slice(0, slash),
    modelSlug: key.slice(slash + 1),
    key,
    disabledCause: null,
    capabilities: ['TOOLS', 'JSON_SCHEMA', 'STREAMING'],
    contextWindowTokens: 128_000,
    maxOutputTokens: 16_000,
    reasoningTokenFloor: null,
    inputMicroUsdPerMillionTokens: 250_000,
    outputMicroUsdPerMillionTokens: 2_000_000,
    expectedFirstTokenMs: 700,
    expectedMicrosPerOutputToken: 9000,
    attemptTimeoutMs: null,
    complianceScorePct: 90,
    atsBps: 8200,
    ...overrides,
    measures: { ...unobserved, ...measures },
  };
}

export const facts: RequestFacts = {
  taskType: 'default',
  estimatedInputTokens: 1000,
  maxOutputTokens: 1000,
  requires: [],
  models: null,
  maxCostMicroUsd: null,
  timeoutMs: 60_000,
  narrowing: null,
  affinity: null,
};

/** A plan input over these candidates. */
export function planInput(
  candidates: readonly Candidate[],
  {
    request = {},
    rules = {},
    draw = 0,
    standInsServe: serve = false,
  }: {
    request?: Partial<RequestFacts>;
    rules?: Partial<RoutingPolicy>;
    draw?: number | null;
    standInsServe?: boolean;
  } = {},
): PlanInput {
  return {
    plannerVersion: PLANNER_VERSION,
    draw,
    request: { ...facts, ...request },
    policy: { ...defaultPolicy, ...rules },
    standInsServe: serve,
    candidates,
  };
}

const slug = fc.stringMatching(/^[a-c]{1,2}$/);
const waitMs = fc.option(fc.integer({ min: 0, max: 120_000 }), { freq: 1 });
const disabledCauses: readonly DisabledCause[] = ['model_disabled', 'no_credentials', 'stand_in'];

const arbitraryMeasures: fc.Arbitrary<Measures> = fc.oneof(
  fc.constant(unobserved),
  fc.record({
    latencyRatioPermille: fc.nat(100_000),
    successesHundredths: fc.nat(1_000_000),
    failuresHundredths: fc.nat(100_000),
    headroomPermille: fc.nat(1000),
    breakerRetryAfterMs: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, waitMs),
    coolDownMs: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, waitMs),
    hardDownMs: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, waitMs),
  }),
);

/** Any candidate: free or dear, instant or slow, known or unknown, mostly eligible. */
export const arbitraryCandidate: fc.Arbitrary<Candidate> = fc
  .record({
    providerSlug: slug,
    modelSlug: slug,
    disabledCause: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.constantFrom(...disabledCauses)),
    capabilities: fc.shuffledSubarray([...capabilities]),
    contextWindowTokens: fc.constantFrom(4096, 128_000, 2_000_000),
    maxOutputTokens: fc.constantFrom(1, 4096, 128_000),
    reasoningTokenFloor: fc.oneof(fc.constant(null), fc.constantFrom(0, 1024, 8192)),
    inputMicroUsdPerMillionTokens: fc.oneof(fc.constant(0), fc.nat(1_000_000_000)),
    outputMicroUsdPerMillionTokens: fc.oneof(fc.constant(0), fc.nat(1_000_000_000)),
    expectedFirstTokenMs: fc.nat(600_000),
    expectedMicrosPerOutputToken: fc.nat(10_000_000),
    attemptTimeoutMs: fc.option(fc.integer({ min: 1, max: 600_000 })),
    complianceScorePct: fc.nat(100),
    atsBps: fc.option(fc.nat(10_000), { freq: 4 }),
    measures: arbitraryMeasures,
  })
  .map(({ providerSlug, modelSlug, ...rest }) => ({
    providerSlug,
    modelSlug,
    key: `${providerSlug}/${modelSlug}`,
    ...rest,
  }));

const arbitraryPatterns = fc.array(
  fc.tuple(slug, fc.oneof(slug, fc.constant('*'))).map(([provider, model]) => `${provider}/${model}`),
  { maxLength: 2 },
);

export const arbitraryPolicy = anyPolicyOver(
  fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, arbitraryPatterns),
);

/** Any plan input, its candidates in order of key. */
export const arbitraryPlanInput: fc.Arbitrary<PlanInput> = fc
  .record({
    plannerVersion: fc.constant(PLANNER_VERSION),
    draw: fc.option(fc.nat(2 ** 48 - 1), { freq: 5 }),
    request: fc.record({
      taskType: fc.constantFrom('default', 'code'),
      estimatedInputTokens: fc.nat(200_000),
      maxOutputTokens: fc.option(fc.integer({ min: 1, max: 200_000 })),
      requires: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray([...capabilities])),
      models: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, arbitraryPatterns),
      maxCostMicroUsd: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.nat(10_000_000)),
      timeoutMs: fc.integer({ min: 100, max: 600_000 }),
      narrowing: fc.option(
        fc.record({
          policy: fc.record({ maxAttempts: fc.integer({ min: 1, max: 10 }) }, { requiredKeys: [] }),
          timeoutMs: fc.option(fc.integer({ min: 100, max: 600_000 })),
        }),
      ),
      affinity: fc.option(fc.constantFrom(...['a', 'b', 'c'].map((name) => `${name}/${name}`)), { freq: 3 }),
    }),
    policy: arbitraryPolicy,
    candidates: fc
      .uniqueArray(arbitraryCandidate, { selector: ({ key }) => key, maxLength: 12 })
      .map((candidates) => candidates.sort((a, b) => (a.key < b.key ? -1 : 1))),
  })
  .map((input) => ({ ...input, standInsServe: standInsServe(input.candidates, input.policy) }));

/** The list that an input's candidates are of, nothing being observed of any. */
export function listFrom({ candidates }: PlanInput): CandidateList {
  return createCandidateList(candidates.map((each) => ({ ...each, measures: unobserved })));
}

/** The same input, its candidates put together from a list and what is observed. */
export function fromList(list: CandidateList, { candidates, ...input }: PlanInput): PlanInput {
  const observed = candidates.flatMap(({ measures }, index) =>
    measures === unobserved ? [] : [{ index, measures }],
  );
  return { ...input, candidates: withObserved(list, observed) };
}
