import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRoute, smallestRetryAfterMs } from '../../../src/routing/plan/plan-route.ts';
import type { Plan } from '../../../src/routing/plan/plan.ts';
import { arbitraryPlanInput, candidate, planInput } from './plan-inputs.ts';

const rankedKeys = (plan: Plan) => plan.ranked.map((ranked) => ranked.candidate.key);
const plannedKeys = (plan: Plan) =>
  plan.ranked.filter(({ inPlan }) => inPlan).map((each) => each.candidate.key);

describe('any plan', () => {
  test('is the same, byte for byte, for the same input', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, (input) => {
        expect(JSON.stringify(planRoute(structuredClone(input)))).toBe(JSON.stringify(planRoute(input)));
      }),
    );
  });

  test('accounts for every candidate exactly once, ranked from 1 or rejected in order of key', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, (input) => {
        const plan = planRoute(input);
        const rejectedKeys = plan.rejected.map((rejected) => rejected.candidate.key);
        expect([...rankedKeys(plan), ...rejectedKeys].sort()).toEqual(input.candidates.map(({ key }) => key));
        expect(rejectedKeys).toEqual([...rejectedKeys].sort());
        expect(plan.ranked.map(({ position }) => position)).toEqual(plan.ranked.map((_, index) => index + 1));
      }),
    );
  });

  test('holds no NaN and no infinity', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, (input) => {
        JSON.stringify(planRoute(input), (_, value: unknown) => {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          return value;
        });
      }),
    );
  });

  test('scores a candidate the same when another is taken away', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, fc.nat(), (input, pick) => {
        fc.pre(input.candidates.length > 1);
        const removed = pick % input.candidates.length;
        const fewer = planRoute({
          ...input,
          candidates: input.candidates.filter((_, index) => index !== removed),
        });
        const all = planRoute(input);
        const scores = new Map(all.ranked.map(({ candidate: { key }, score }) => [key, score]));
        // A candidate that waits is ranked only where nothing else is left.
        for (const {
          candidate: { key },
          score,
          notBeforeMs,
        } of fewer.ranked) {
          if (notBeforeMs === null) expect(score).toBe(scores.get(key));
        }
      }),
    );
  });

  test('shares the first place completely, among those within the margin of the best', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, (input) => {
        const { ranked, firstChoice, nearEqualMarginPct } = planRoute(input);
        fc.pre(ranked.length > 0);
        expect(ranked.reduce((sum, { firstShare }) => sum + firstShare, 0)).toBeCloseTo(1, 9);
        const best = Math.max(...ranked.map(({ score }) => score));
        if (ranked[0]?.affinity === true) {
          expect(ranked[0]).toMatchObject({ firstShare: 1, candidate: { key: input.request.affinity } });
          expect(best - ranked[0].score).toBeLessThanOrEqual(nearEqualMarginPct / 100 + 0.1);
          return;
        }
        for (const { score, firstShare } of ranked) {
          if (best - score > nearEqualMarginPct / 100) expect(firstShare).toBe(0);
        }
        expect(ranked[0]?.firstShare).toBeGreaterThan(0);
        if (input.draw === null || nearEqualMarginPct === 0) expect(ranked[0]?.score).toBe(best);
        expect(firstChoice === 'drawn').toBe(input.draw !== null && (ranked[0]?.firstShare ?? 1) < 1);
      }),
    );
  });

  test('puts first, over many draws, whom as often as their share says', () => {
    const models = [
      candidate('a/1', { atsBps: 8200 }),
      candidate('a/2', { atsBps: 8000 }),
      candidate('a/3', { atsBps: 7000 }),
    ];
    const draws = 4000;
    const counts = new Map<string, number>();
    for (let index = 0; index < draws; index += 1) {
      const draw = Math.floor(((index + 0.5) / draws) * 2 ** 48);
      const first = planRoute(planInput(models, { draw })).ranked[0]?.candidate.key ?? '';
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    for (const {
      candidate: { key },
      firstShare,
    } of planRoute(planInput(models, { draw: null })).ranked) {
      expect((counts.get(key) ?? 0) / draws).toBeCloseTo(firstShare, 2);
    }
  });

  test('never calls what compliance vetoes, whatever the weights', () => {
    fc.assert(
      fc.property(arbitraryPlanInput, (input) => {
        for (const { candidate: ranked } of planRoute(input).ranked) {
          expect(ranked.complianceScorePct).toBeGreaterThanOrEqual(input.policy.complianceVetoThresholdPct);
        }
      }),
    );
  });

  test('of a thousand candidates, or of one that is free and unknown, is as sound as any', () => {
    const unknown = { inputMicroUsdPerMillionTokens: 0, outputMicroUsdPerMillionTokens: 0, atsBps: null };
    expect(planRoute(planInput([candidate('a/b', unknown)])).ranked[0]?.score).toBeGreaterThan(0);
    const many = Array.from({ length: 1000 }, (_, index) =>
      candidate(`a/${String(index).padStart(3, '0')}`, unknown),
    );
    const plan = planRoute(planInput(many, { draw: 2 ** 48 - 1 }));
    expect(plan.ranked[0]?.candidate.key).toBe('a/999');
    expect(rankedKeys(plan).slice(1, 3)).toEqual(['a/000', 'a/001']);
  });

  test('of no candidates is empty', () => {
    expect(planRoute(planInput([]))).toEqual({
      ranked: [],
      firstChoice: 'nobody',
      nearEqualMarginPct: 5,
      standInsServe: false,
      rejected: [],
      timeoutMs: 60_000,
      maxAttempts: 3,
    });
  });
});

describe('what will be tried', () => {
  const five = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'].map((key) => candidate(key));

  test('is the first so many that the policy allows attempts', () => {
    const plan = planRoute(planInput(five, { rules: { maxAttempts: 3 } }));
    expect(plannedKeys(plan)).toEqual(['a/1', 'a/2', 'a/3']);
    expect(plan.maxAttempts).toBe(3);
  });

  test('is the first choice alone without fallback, which may still be retried', () => {
    const plan = planRoute(planInput(five, { rules: { fallbackEnabled: false } }));
    expect(plannedKeys(plan)).toEqual(['a/1']);
    expect(plan.maxAttempts).toBe(3);
  });

  test('is a single provider call under strict_no_fallback', () => {
    const strict = { policyName: 'strict_no_fallback', fallbackEnabled: false } as const;
    const plan = planRoute(planInput(five, { rules: strict }));
    expect(plannedKeys(plan)).toEqual(['a/1']);
    expect(plan.maxAttempts).toBe(1);
  });

  test("ends with the shorter of the request's and the policy's time", () => {
    expect(planRoute(planInput(five, { request: { timeoutMs: 500 } })).timeoutMs).toBe(500);
    expect(planRoute(planInput(five, { rules: { timeoutMs: 400 } })).timeoutMs).toBe(400);
  });
});

describe('waiting', () => {
  const open = (key: string, breakerRetryAfterMs: number, atsBps = 8200) =>
    candidate(key, { atsBps }, { breakerRetryAfterMs });

  test('is for nobody while anything is eligible', () => {
    const plan = planRoute(planInput([open('a/1', 0), candidate('a/2')]));
    expect(plan.ranked.map(({ notBeforeMs }) => notBeforeMs)).toEqual([null]);
    expect(rankedKeys(plan)).toEqual(['a/2']);
  });

  test('is for the soonest that recovers within the deadline', () => {
    const plan = planRoute(
      planInput([open('a/1', 3000), candidate('a/2', {}, { coolDownMs: 2000 }), open('a/3', 9000)]),
    );
    expect(plan.ranked).toMatchObject([
      { candidate: { key: 'a/2' }, position: 1, inPlan: true, notBeforeMs: 2000 },
    ]);
    expect(plan.rejected.map((rejected) => rejected.candidate.key)).toEqual(['a/1', 'a/3']);
    expect(smallestRetryAfterMs(plan)).toBe(2000);
  });

  test('is for the best score among those that recover at once, then for the first key', () => {
    expect(rankedKeys(planRoute(planInput([open('a/1', 0, 7000), open('a/2', 0), open('a/3', 0)])))).toEqual([
      'a/2',
    ]);
  });

  test('is for nobody that recovers too late, or is down for a reason that time alone does not lift', () => {
    const down = candidate('a/2', {}, { hardDownMs: 1000 });
    const plan = planRoute(planInput([open('a/1', 60_000), down]));
    expect(plan.ranked).toEqual([]);
    expect(smallestRetryAfterMs(plan)).toBe(1000);
  });

  test('would not help where nothing recovers', () => {
    expect(
      smallestRetryAfterMs(planRoute(planInput([candidate('a/1', { complianceScorePct: 0 })]))),
    ).toBeNull();
  });
});
