import { expect, test } from 'vitest';
import { HARD_DOWN_MS } from '../../src/limits/hard-down.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders, type LimitsStage } from './limits-stage.ts';

const target = (estimatedTokens = 100) => ({ key: 'one/a', providerSlug: 'one', estimatedTokens });

/** Both say why a call is refused; admission itself is asked last, because it counts. */
function expectBoth(stage: LimitsStage, refusal: object, estimatedTokens?: number): void {
  expect(stage.limits.refusalOf(target(estimatedTokens))).toEqual(refusal);
  expect(stage.limits.admit(target(estimatedTokens))).toEqual(refusal);
}

const limited = (retryAfterMs: number | null) => ({
  ...{ admitted: false, reason: 'RATE_LIMITED', retryAfterMs },
});

test('a refusal is foreseen as it is then given, whatever it comes from', async () => {
  await using down = openLimits();
  down.limits.markHardDown({ providerSlug: 'one', modelSlug: null }, 1);
  expectBoth(down, { admitted: false, reason: 'HARD_DOWN', retryAfterMs: HARD_DOWN_MS });

  await using cooling = openLimits();
  cooling.call({ failure: rateLimited(2000) });
  expectBoth(cooling, limited(2000));

  await using exhausted = openLimits();
  exhausted.call({ headers: requestHeaders(0, 100, 30) });
  expectBoth(exhausted, limited(30_000));

  await using minute = openLimits({ catalog: catalogOf(1, { tokensPerMinute: 1000 }) });
  expectBoth(minute, limited(null), 1001);
  minute.send('one/b', 950);
  expectBoth(minute, limited(60_000));
  expectBoth(minute, limited(null), 1001);
});

test('to foresee that a call is admitted counts for nothing, however often', async () => {
  await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 1 }) });
  for (let call = 0; call < 100; call += 1) expect(stage.limits.refusalOf(target())).toBeNull();
  expect(stage.limits.stateOf('one/a')).toMatchObject({ remainingRequests: 1 });
  expect(stage.attempt()).toBe('admitted');
  expect(stage.limits.refusalOf(target())).toEqual(limited(60_000));
});
