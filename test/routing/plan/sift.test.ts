import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unobserved } from '../../../src/routing/plan/plan-input.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { planVote } from '../../../src/routing/plan/plan-vote.ts';
import { arbitraryPlanInput, candidate, fromList, listFrom, planInput } from './plan-inputs.ts';

test('calls that share a list of candidates are planned as each would be alone', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, fc.array(arbitraryPlanInput, { maxLength: 4 }), (one, others) => {
      const list = listFrom(one);
      for (const other of [one, ...others, one]) {
        // Its own request, policy and draw, over the models of the first and what is observed of them.
        const alone = { ...other, candidates: one.candidates };
        const shared = fromList(list, alone);
        expect(shared).toEqual(alone);
        expect(planRoute(shared)).toEqual(planRoute(alone));
        expect(planVote({ ...shared, voters: 3 })).toEqual(planVote({ ...alone, voters: 3 }));
      }
    }),
  );
});

test('what an earlier call observed is no part of a later plan', () => {
  const input = planInput([candidate('a/open'), candidate('a/vetoed', { complianceScorePct: 0 })]);
  const list = listFrom(input);
  const measures = { ...unobserved, latencyRatioPermille: 2000 };
  const slow = { ...input, candidates: input.candidates.map((each) => ({ ...each, measures })) };
  const { ranked, rejected } = planRoute(fromList(list, slow));
  expect([ranked[0]?.candidate.measures, rejected[0]?.candidate.measures]).toEqual([measures, measures]);
  expect(planRoute(fromList(list, input))).toEqual(planRoute(input));
});

test('more kinds of calls than are remembered are planned as well', () => {
  const input = planInput([candidate('a/b'), candidate('a/c', { complianceScorePct: 45 })]);
  const list = listFrom(input);
  for (let round = 0; round < 2; round += 1) {
    for (let threshold = 0; threshold <= 100; threshold += 1) {
      const policy = { ...input.policy, complianceVetoThresholdPct: threshold };
      const { rejected } = planRoute(fromList(list, { ...input, policy }));
      expect(rejected.length).toBe([threshold > 90, threshold > 45].filter(Boolean).length);
    }
  }
});
