import { expect, test } from 'vitest';
import type { QuotaLimits } from '../../src/limits/quota.ts';
import type { QuotaExchange, SharedUses } from '../../src/limits/quota-exchange.ts';
import { createQuotaService } from '../../src/limits/quota.service.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { attempt } from './attempt.ts';

const tenCalls: QuotaLimits = { requestsPerMinute: 10, tokensPerMinute: null };

test('a caller without limits costs nothing: no tokens are estimated, nothing is shared', async () => {
  const time = createManualTime();
  const exchange = scriptedExchange();
  await using quota = createQuotaService({
    ...{ ...time, exchange, log: silentLog },
    limitsOf: () => ({ requestsPerMinute: null, tokensPerMinute: null }),
  });
  const grant = quota.take('key', () => {
    throw new Error('tokens are asked for only where they are limited');
  });
  grant.settle({ tokens: 1_000_000, exact: true });
  await time.advance(10_000);
  expect(exchange.told).toEqual([]);
  expect(time.pending()).toBe(0);
});

test('each key has a quota of its own, and the refusal says when to come back', async () => {
  const time = createManualTime();
  await using quota = createQuotaService({
    ...time,
    exchange: null,
    log: silentLog,
    limitsOf: () => tenCalls,
  });
  for (let call = 0; call < 10; call += 1) expect(attempt(quota, 'one')).toBe('admitted');
  await time.advance(1500);
  expect(attempt(quota, 'one')).toBe(58_500);
  expect(attempt(quota, 'two')).toBe('admitted');
  await time.advance(58_500);
  expect(attempt(quota, 'one')).toBe('admitted');
});

test('tokens are held back while a call is under way and corrected to what it took', async () => {
  const time = createManualTime();
  const limits = { requestsPerMinute: null, tokensPerMinute: 100 };
  await using quota = createQuotaService({ ...time, exchange: null, log: silentLog, limitsOf: () => limits });
  const grant = quota.take('key', () => 90);
  expect(attempt(quota, 'key', 20)).toBe(60_000);
  grant.settle({ tokens: 15, exact: true });
  expect(attempt(quota, 'key', 85)).toBe('admitted');
  expect(attempt(quota, 'key', 101)).toBe(null);
});

test('a call that outlives its minute still pays for what it took beyond its reservation', async () => {
  const time = createManualTime();
  const limits = { requestsPerMinute: null, tokensPerMinute: 100 };
  await using quota = createQuotaService({ ...time, exchange: null, log: silentLog, limitsOf: () => limits });
  const grant = quota.take('key', () => 10);
  await time.advance(61_000);
  expect(attempt(quota, 'another', 1)).toBe('admitted');
  grant.settle({ tokens: 105, exact: true });
  expect(attempt(quota, 'key', 10)).toBe(60_000);
});

test('instances are told every 250 ms while there is anything to tell, one exchange at a time', async () => {
  const time = createManualTime();
  const exchange = scriptedExchange();
  await using quota = createQuotaService({ ...time, exchange, log: silentLog, limitsOf: () => tenCalls });
  attempt(quota, 'key');
  await time.advance(249);
  expect(exchange.told).toHaveLength(0);
  await time.advance(1);
  expect(exchange.told).toEqual([new Map([['key', [{ leftMs: 60_000, requests: 1, tokens: 0 }]]])]);

  const slow = Promise.withResolvers<SharedUses>();
  exchange.answer = () => slow.promise;
  await time.advance(10_000);
  expect(exchange.told).toHaveLength(2);
  exchange.answer = nobodyElse;
  slow.resolve(new Map());
  await time.advance(250);
  expect(exchange.told).toHaveLength(3);

  await time.advance(60_000);
  const before = exchange.told.length;
  await time.advance(60_000);
  expect(exchange.told).toHaveLength(before);
  expect(time.pending()).toBe(0);
});

test('what other instances admitted counts here, also for a caller of whom nothing of ours counts any more', async () => {
  const time = createManualTime();
  const exchange = scriptedExchange();
  exchange.answer = async () => new Map([['key', [{ leftMs: 30_000, requests: 10, tokens: 0 }]]]);
  await using quota = createQuotaService({ ...time, exchange, log: silentLog, limitsOf: () => tenCalls });
  expect(attempt(quota, 'key')).toBe('admitted');
  await time.advance(250);
  expect(attempt(quota, 'key')).toBe(30_000);
  await time.advance(65_000);
  expect(exchange.told.at(-1)).toEqual(new Map([['key', []]]));
  expect(attempt(quota, 'key')).not.toBe('admitted');
});

test('while the others cannot be reached, local limits go on, and the log says so once', async () => {
  const time = createManualTime();
  const exchange = scriptedExchange();
  const log = createKeptLog();
  exchange.answer = () => Promise.reject(new Error('gone'));
  await using quota = createQuotaService({ ...time, exchange, log, limitsOf: () => tenCalls });
  for (let call = 0; call < 10; call += 1) {
    expect(attempt(quota, 'key')).toBe('admitted');
    await time.advance(1000);
  }
  expect(attempt(quota, 'key')).toBe(50_000);
  expect(log.lines).toEqual([cannotShare]);

  exchange.answer = nobodyElse;
  await time.advance(1000);
  expect(log.lines).toEqual([cannotShare, 'info: Instances share the use of quotas again.']);
  expect([...exchange.told.at(-1)!.values()].flat().reduce((sum, { requests }) => sum + requests, 0)).toBe(
    10,
  );
});

test('disposal waits for an exchange under way and begins no other', async () => {
  const time = createManualTime();
  const exchange = scriptedExchange();
  const slow = Promise.withResolvers<SharedUses>();
  exchange.answer = () => slow.promise;
  const quota = createQuotaService({ ...time, exchange, log: silentLog, limitsOf: () => tenCalls });
  attempt(quota, 'key');
  await time.advance(250);
  let disposed = false;
  const disposing = quota[Symbol.asyncDispose]().then(() => (disposed = true));
  await time.advance(1000);
  expect(disposed).toBe(false);
  slow.resolve(new Map());
  await disposing;
  attempt(quota, 'key');
  await time.advance(10_000);
  expect(exchange.told).toHaveLength(1);
});

const cannotShare = 'warn: The use of quotas cannot be shared; each instance limits what it admits itself.';

const nobodyElse: QuotaExchange['exchange'] = async (own) => new Map([...own.keys()].map((id) => [id, []]));

/** An exchange that answers as told and keeps what it was told. */
function scriptedExchange() {
  const told: SharedUses[] = [];
  return {
    told,
    answer: nobodyElse,
    exchange(own: SharedUses): Promise<SharedUses> {
      told.push(own);
      return this.answer(own);
    },
  };
}
