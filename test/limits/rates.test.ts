import { expect, test } from 'vitest';
import { RateLimitedError } from '../../src/system/expected-error.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { aloneRates, edgeLimits } from '../support/servers/edge-limits.ts';

function stage() {
  const time = createManualTime();
  return { time, rates: aloneRates(edgeLimits({}, { mutationsPerKey: 3, requestsPerKey: 1 }), time.clock) };
}

test('so many are admitted in any minute, and what is refused counts for nothing', async () => {
  const { time, rates } = stage();
  rates.take('mutationsPerKey', 'a');
  await time.advance(20_000);
  rates.take('mutationsPerKey', 'a', 2);
  const retry = expect.objectContaining({ retryAfterMs: 40_000 }) as Error;
  for (const _ of [1, 2]) expect(() => rates.take('mutationsPerKey', 'a')).toThrow(retry);
  expect(rates.waitMs('mutationsPerKey', 'a')).toBe(40_000);
  await time.advance(40_000);
  rates.take('mutationsPerKey', 'a');
  expect(() => rates.take('mutationsPerKey', 'a')).toThrow(RateLimitedError);
});

test('each kind and each name is counted by itself', () => {
  const { rates } = stage();
  rates.take('requestsPerKey', 'a');
  expect(() => rates.take('requestsPerKey', 'a')).toThrow(
    'This API key may ask for 1 operations a minute beside routed calls.',
  );
  rates.take('requestsPerKey', 'b');
  rates.take('mutationsPerKey', 'a');
  expect(rates.waitMs('requestsPerKey', 'c')).toBe(0);
});

test('more at once than a minute has room for is admitted by an empty one', () => {
  const { rates } = stage();
  rates.take('mutationsPerKey', 'a', 100);
  expect(rates.waitMs('mutationsPerKey', 'a')).toBe(60_000);
});

test('many names fill no memory: what is known of the first ones is forgotten, of the last ones is not', () => {
  const { rates } = stage();
  for (let index = 0; index < 50_000; index += 1) rates.take('requestsPerKey', `key ${index}`);
  const counted = Array.from({ length: 50_000 }, (_, index) =>
    rates.waitMs('requestsPerKey', `key ${index}`),
  );
  expect(counted.filter((waitMs) => waitMs > 0).length).toBeLessThanOrEqual(20_000);
  expect(counted[0]).toBe(0);
  expect(counted.at(-1)).toBe(60_000);
});
