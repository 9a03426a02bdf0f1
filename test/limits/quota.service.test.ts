import { expect, test } from 'vitest';
import { createReplication, EXCHANGE_MS } from '../../src/fleet/replication.service.ts';
import type { PartExchange } from '../../src/fleet/replication.ts';
import type { QuotaLimits } from '../../src/limits/quota.ts';
import { createQuotaService } from '../../src/limits/quota.service.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { createScriptedExchange, remote } from '../fleet/scripted-exchange.ts';
import { attempt } from './attempt.ts';

const tenCalls: QuotaLimits = { requestsPerMinute: 10, tokensPerMinute: null };

/** An instance whose callers have these limits, and whose time the test moves. */
function openQuota(limits: QuotaLimits = tenCalls, exchange: PartExchange | null = null) {
  const time = createManualTime();
  const replication = createReplication({ ...time, exchange, hint() {}, log: silentLog });
  return { time, quota: createQuotaService({ ...time, replication, limitsOf: () => limits }) };
}

test('a caller without limits costs nothing: no tokens are estimated, nothing is shared', async () => {
  const exchange = createScriptedExchange();
  const { quota, time } = openQuota({ requestsPerMinute: null, tokensPerMinute: null }, exchange);
  const grant = quota.take('key', () => {
    throw new Error('tokens are asked for only where they are limited');
  });
  grant.settle({ tokens: 1_000_000, exact: true });
  await time.advance(10_000);
  expect(exchange.sent.flat()).toEqual([]);
});

test('each key has a quota of its own, and the refusal says when to come back', async () => {
  const { quota, time } = openQuota();
  for (let call = 0; call < 10; call += 1) expect(attempt(quota, 'one')).toBe('admitted');
  await time.advance(1500);
  expect(attempt(quota, 'one')).toBe(58_500);
  expect(attempt(quota, 'two')).toBe('admitted');
  await time.advance(58_500);
  expect(attempt(quota, 'one')).toBe('admitted');
});

test('tokens are held back while a call is under way and corrected to what it took', () => {
  const { quota } = openQuota({ requestsPerMinute: null, tokensPerMinute: 100 });
  const grant = quota.take('key', () => 90);
  expect(attempt(quota, 'key', 20)).toBe(60_000);
  grant.settle({ tokens: 15, exact: true });
  expect(attempt(quota, 'key', 85)).toBe('admitted');
  expect(attempt(quota, 'key', 101)).toBe(null);
});

test('a call that outlives its minute still pays for what it took beyond its reservation', async () => {
  const { quota, time } = openQuota({ requestsPerMinute: null, tokensPerMinute: 100 });
  const grant = quota.take('key', () => 10);
  await time.advance(61_000);
  expect(attempt(quota, 'another', 1)).toBe('admitted');
  grant.settle({ tokens: 105, exact: true });
  expect(attempt(quota, 'key', 10)).toBe(60_000);
});

test('many callers at once cost no more each than one does, and none of them is forgotten too soon', async () => {
  const { quota, time } = openQuota({ requestsPerMinute: 1, tokensPerMinute: null });
  const callers = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
  for (const caller of callers) expect(attempt(quota, caller)).toBe('admitted');
  for (const caller of callers) expect(attempt(quota, caller)).toBe(60_000);
  await time.advance(60_000);
  for (const caller of callers) expect(attempt(quota, caller)).toBe('admitted');
});

test('what an instance admits and corrects is sent to the others, a refused call is not', async () => {
  const exchange = createScriptedExchange();
  const { quota, time } = openQuota({ requestsPerMinute: 1, tokensPerMinute: 100 }, exchange);
  const grant = quota.take('key', () => 90);
  attempt(quota, 'key');
  await time.advance(EXCHANGE_MS);
  grant.settle({ tokens: 15, exact: true });
  await time.advance(EXCHANGE_MS);
  attempt(quota, 'key');
  await time.advance(EXCHANGE_MS);
  const sent = (...row: number[]) => [{ kind: 'quota', name: 'key', row, holdsMs: 60_000 }];
  expect(exchange.sent).toEqual([sent(60_000, 1, 90), sent(60_000, 1, 15), []]);
});

test('what other instances admitted counts here, for a key that was never served here, too', async () => {
  const exchange = createScriptedExchange();
  const { quota, time } = openQuota(tenCalls, exchange);
  exchange.heard([remote('quota', 'elsewhere', [30_000, 10, 0]), remote('quota', 'both', [30_000, 4, 0])]);
  for (let call = 0; call < 6; call += 1) expect(attempt(quota, 'both')).toBe('admitted');
  await time.advance(EXCHANGE_MS);
  expect([attempt(quota, 'elsewhere'), attempt(quota, 'both')]).toEqual([30_000, 30_000]);
  await time.advance(1000);
  exchange.heard([remote('quota', 'both', [30_000, 3, 0])]);
  await time.advance(EXCHANGE_MS);
  expect([attempt(quota, 'elsewhere'), attempt(quota, 'both')]).toEqual([28_750, 'admitted']);
});
