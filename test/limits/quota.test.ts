import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isIdle,
  openQuotaWindow,
  QUOTA_WINDOW_MS,
  replaceRemote,
  settleQuota,
  takeQuota,
  type QuotaLimits,
  type QuotaWindow,
  type Use,
} from '../../src/limits/quota.ts';

const limits = (requestsPerMinute: number | null, tokensPerMinute: number | null): QuotaLimits => {
  return { requestsPerMinute, tokensPerMinute };
};

/** What happens to one window: time passes and calls arrive. Small numbers, so that limits are met often. */
const arrivals = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), tokens: fc.nat(40) }), {
  minLength: 1,
  maxLength: 60,
});
const anyLimits = fc.record({
  requestsPerMinute: fc.option(fc.integer({ min: 1, max: 8 })),
  tokensPerMinute: fc.option(fc.integer({ min: 1, max: 100 })),
});
const remote = fc.array(
  fc.record({
    leftMs: fc.integer({ min: 1, max: QUOTA_WINDOW_MS }),
    requests: fc.nat(3),
    tokens: fc.nat(40),
  }),
  { maxLength: 5 },
);

test('no minute, wherever it begins, has more calls or reserved tokens than the limit', () => {
  fc.assert(
    fc.property(arrivals, anyLimits, (calls, of) => {
      const admitted = play(calls, of);
      for (const { at } of admitted) {
        const minute = admitted.filter((call) => call.at >= at && call.at < at + QUOTA_WINDOW_MS);
        const tokens = minute.reduce((sum, call) => sum + call.tokens, 0);
        expect(minute.length).toBeLessThanOrEqual(of.requestsPerMinute ?? Infinity);
        expect(tokens).toBeLessThanOrEqual(of.tokensPerMinute ?? Infinity);
      }
    }),
  );
});

test('a refused call is admitted after retryAfterMs, not a millisecond sooner, and never where it says null', () => {
  fc.assert(
    fc.property(arrivals, anyLimits, remote, fc.nat(120), (calls, of, admittedElsewhere, tokens) => {
      // The same window twice: an admission changes it.
      const outcomes = [0, 1].map((early) => {
        const window = openQuotaWindow();
        const now = fill(window, calls, of);
        replaceRemote(
          window,
          admittedElsewhere.map(({ leftMs, ...amounts }) => ({ untilMs: now + leftMs, ...amounts })),
          now,
        );
        const verdict = takeQuota(window, of, tokens, now);
        if (verdict.admitted) return undefined;
        const waitMs = verdict.retryAfterMs ?? 10 * QUOTA_WINDOW_MS;
        return { verdict, then: takeQuota(window, of, tokens, now + waitMs - early).admitted };
      });
      const [intime, early] = outcomes;
      if (intime === undefined) return;
      expect(intime.then).toBe(intime.verdict.retryAfterMs !== null);
      if (intime.verdict.retryAfterMs !== null && intime.verdict.retryAfterMs > 1)
        expect(early?.then).toBe(false);
    }),
  );
});

test('a caller that keeps exactly to its limit is never refused', () => {
  const window = openQuotaWindow();
  for (let call = 0; call < 300; call += 1) {
    expect(takeQuota(window, limits(60, 600), 10, call * 1000).admitted).toBe(true);
  }
});

test('a caller that was idle for a minute has its whole quota again, and its window may be dropped', () => {
  const window = openQuotaWindow();
  for (let call = 0; call < 5; call += 1) takeQuota(window, limits(5, null), 0, call);
  expect(takeQuota(window, limits(5, null), 0, 100)).toEqual({ admitted: false, retryAfterMs: 59_900 });
  expect(isIdle(window, QUOTA_WINDOW_MS + 3)).toBe(false);
  expect(isIdle(window, QUOTA_WINDOW_MS + 4)).toBe(true);
  for (let call = 0; call < 5; call += 1) {
    expect(takeQuota(window, limits(5, null), 0, QUOTA_WINDOW_MS + 4).admitted).toBe(true);
  }
});

test('a refused call counts for nothing', () => {
  const window = openQuotaWindow();
  takeQuota(window, limits(1, 10), 10, 0);
  for (let again = 1; again < 50; again += 1) takeQuota(window, limits(1, 10), 10, again);
  expect(takeQuota(window, limits(1, 10), 10, QUOTA_WINDOW_MS).admitted).toBe(true);
});

test('changed limits hold from the next call on', () => {
  const window = openQuotaWindow();
  takeQuota(window, limits(1, null), 0, 0);
  expect(takeQuota(window, limits(1, null), 0, 1).admitted).toBe(false);
  expect(takeQuota(window, limits(3, null), 0, 2).admitted).toBe(true);
  expect(takeQuota(window, limits(1, null), 0, 3)).toEqual({
    admitted: false,
    retryAfterMs: QUOTA_WINDOW_MS - 1,
  });
  expect(takeQuota(window, limits(null, null), 0, 4).admitted).toBe(true);
});

test('a call larger than the whole quota is told that waiting does not help', () => {
  const window = openQuotaWindow();
  expect(takeQuota(window, limits(null, 100), 101, 0)).toEqual({ admitted: false, retryAfterMs: null });
  expect(takeQuota(window, limits(null, 100), 100, 0).admitted).toBe(true);
});

test('when all calls have been settled, exactly what they used counts', () => {
  const call = fc.record({ tokens: fc.nat(40), used: fc.nat(60), afterMs: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), (calls) => {
      const window = openQuotaWindow();
      let now = 0;
      const open = calls.map(({ tokens, used, afterMs }) => {
        now += afterMs;
        return { reservation: take(window, tokens, now), used };
      });
      for (const { reservation, used } of open) {
        settleQuota(window, reservation, { tokens: used, exact: true }, (now += 7));
      }
      const total = open.reduce((sum, { used }) => sum + used, 0);
      expect(takeQuota(window, limits(null, total + 5), 6, now).admitted).toBe(false);
      expect(takeQuota(window, limits(null, total + 5), 5, now).admitted).toBe(true);
    }),
  );
});

test('what a call used beyond its reservation counts from its end; what it left unused is never given back twice', () => {
  const window = openQuotaWindow();
  const long = take(window, 10, 0);
  settleQuota(window, long, { tokens: 50, exact: true }, 70_000);
  expect(takeQuota(window, limits(null, 50), 11, 70_001)).toEqual({ admitted: false, retryAfterMs: 59_999 });

  const late = take(window, 30, 200_000);
  take(window, 20, 259_999);
  settleQuota(window, late, { tokens: 0, exact: true }, 260_000);
  expect(takeQuota(window, limits(null, 20), 1, 260_001).admitted).toBe(false);
});

test('a reservation stands where nobody knows what was used', () => {
  const window = openQuotaWindow();
  settleQuota(window, take(window, 30, 0), { tokens: 3, exact: false }, 10);
  expect(takeQuota(window, limits(null, 30), 1, 20).admitted).toBe(false);
  expect(takeQuota(window, limits(null, 31), 1, 20).admitted).toBe(true);
});

function play(calls: readonly { afterMs: number; tokens: number }[], of: QuotaLimits) {
  const window = openQuotaWindow();
  const admitted: { at: number; tokens: number }[] = [];
  let at = 0;
  for (const { afterMs, tokens } of calls) {
    at += afterMs;
    if (takeQuota(window, of, tokens, at).admitted) admitted.push({ at, tokens });
  }
  return admitted;
}

/** Lets the calls arrive; returns the instant of the last. */
function fill(
  window: QuotaWindow,
  calls: readonly { afterMs: number; tokens: number }[],
  of: QuotaLimits,
): number {
  let at = 0;
  for (const { afterMs, tokens } of calls) takeQuota(window, of, tokens, (at += afterMs));
  return at;
}

function take(window: QuotaWindow, tokens: number, now: number): Use {
  const verdict = takeQuota(window, limits(null, null), tokens, now);
  if (!verdict.admitted) throw new Error('refused without a limit');
  return verdict.reservation;
}
