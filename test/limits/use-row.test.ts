import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  openQuotaWindow,
  QUOTA_WINDOW_MS,
  takeQuota,
  usedWithin,
  type QuotaWindow,
} from '../../src/limits/quota.ts';
import { mergeUses, usesPart } from '../../src/limits/use-row.ts';

const unlimited = { requestsPerMinute: null, tokensPerMinute: null };

/** A window into which calls have come so long after each other; and when the last of them came. */
function windowOf(calls: readonly { afterMs: number; tokens: number }[]): {
  window: QuotaWindow;
  now: number;
} {
  const window = openQuotaWindow();
  let now = 0;
  for (const { afterMs, tokens } of calls) takeQuota(window, unlimited, tokens, (now += afterMs));
  return { window, now };
}

const calls = fc.array(fc.record({ afterMs: fc.nat(20_000), tokens: fc.nat(40) }), {
  minLength: 1,
  maxLength: 60,
});

test('another instance counts at least what this one does and lets go of it at most a second later', () => {
  fc.assert(
    fc.property(calls, fc.nat(5000), (made, ageMs) => {
      const { window: here, now } = windowOf(made);
      const row = usesPart(here, now)?.row ?? [];
      const [there, later] = [openQuotaWindow(), openQuotaWindow()];
      for (const window of [there, later]) mergeUses(window, [{ row, ageMs }], now + ageMs);
      for (const laterMs of [0, 1, 999, 1000, 30_000, 58_999, 59_000]) {
        const at = now + ageMs + laterMs;
        const counted = usedWithin(here, at).requests;
        expect(usedWithin(there, at).requests).toBeGreaterThanOrEqual(counted);
        expect(usedWithin(later, at + 1000).requests).toBeLessThanOrEqual(counted);
      }
    }),
  );
});

test('a part holds for as long as its last use, and nothing is said of nothing', () => {
  const { window, now } = windowOf([
    { afterMs: 0, tokens: 1 },
    { afterMs: 500, tokens: 2 },
    { afterMs: 10_000, tokens: 4 },
  ]);
  expect(usesPart(window, now)).toEqual({ row: [50_000, 2, 3, 60_000, 1, 4], holdsMs: 60_000 });
  expect(usesPart(window, now + QUOTA_WINDOW_MS)).toBeNull();
  // What others admitted is theirs to say.
  mergeUses(window, [{ row: [60_000, 1, 1], ageMs: 0 }], now + QUOTA_WINDOW_MS);
  expect(usesPart(window, now + QUOTA_WINDOW_MS)).toBeNull();
});

test('the parts of all others count together, in the place of what they knew before', () => {
  const window = openQuotaWindow();
  const [one, two] = [
    { row: [60_000, 2, 20, 1000, 1, 1], ageMs: 0 },
    { row: [60_000, 3, 30], ageMs: 1000 },
  ];
  mergeUses(window, [one, two], 0);
  expect(usedWithin(window, 0)).toEqual({ requests: 6, tokens: 51 });
  mergeUses(window, [two], 0);
  expect(usedWithin(window, 58_999)).toEqual({ requests: 3, tokens: 30 });
  expect(usedWithin(window, 59_000)).toEqual({ requests: 0, tokens: 0 });
});

test('whatever comes from outside counts for a minute at most, and every sum is a number', () => {
  const rows = fc.array(fc.oneof(fc.nat(70_000), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER)));
  fc.assert(
    fc.property(fc.array(fc.record({ row: rows, ageMs: fc.nat(3_600_000) })), (parts) => {
      const window = openQuotaWindow();
      mergeUses(window, parts, 0);
      const { requests, tokens } = usedWithin(window, 0);
      expect(Number.isSafeInteger(requests) && Number.isSafeInteger(tokens)).toBe(true);
      expect(usedWithin(window, QUOTA_WINDOW_MS)).toEqual({ requests: 0, tokens: 0 });
    }),
  );
});
