import { expect, test } from 'vitest';
import { RateLimitedError } from '../../../src/system/expected-error.ts';
import { createCallers } from '../../../src/server/bounds/callers.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { aloneRates, edgeLimits } from '../../support/servers/edge-limits.ts';

function stage() {
  const time = createManualTime();
  const rates = aloneRates(edgeLimits({}, { failedKeysPerAddress: 3 }), time.clock);
  const viewer = (keyId: string) => ({ tenantId: 'tenant', keyId, roles: [] });
  const callers = createCallers((key) => (key.startsWith('good') ? viewer(key) : undefined), rates);
  const guess = (address: string) => callers.identify('wrong', address);
  return { time, callers, guess };
}

test('an address that guesses is not told any more whether it is right, until a minute has passed', async () => {
  const { time, callers, guess } = stage();
  for (const _ of [1, 2, 3]) expect(guess('a')).toBeUndefined();
  expect(() => guess('a')).toThrow(RateLimitedError);
  expect(() => callers.identify('good', 'a')).toThrow(expect.objectContaining({ retryAfterMs: 60_000 }));
  expect(callers.admits('good', 'a')).toBe(false);
  await time.advance(60_000);
  expect(callers.identify('good', 'a')).toMatchObject({ keyId: 'good' });
});

test('guesses from one address keep nobody out who was let in from there before, and nobody elsewhere', () => {
  const { callers, guess } = stage();
  callers.identify('good', 'a');
  for (const _ of [1, 2, 3]) guess('a');
  expect(callers.identify('good', 'a')).toMatchObject({ keyId: 'good' });
  expect(callers.admits('good', 'a')).toBe(true);
  expect(() => callers.identify('good2', 'a')).toThrow(RateLimitedError);
  expect(callers.identify('good2', 'b')).toMatchObject({ keyId: 'good2' });
  expect(guess('b')).toBeUndefined();
});
