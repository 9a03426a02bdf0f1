import { describe, expect, test } from 'vitest';
import type { BusEvent } from '../../src/events/bus.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { ProviderLimitExchange, SharedLimits } from '../../src/limits/provider-limit-exchange.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders } from './limits-stage.ts';

const silence: SharedLimits = { providers: [], models: [], hardDowns: [], lifts: [] };
const cooling = (coolingMs: number): SharedLimits => ({
  ...silence,
  models: [{ key: 'one/a', coolingMs, backOffMs: 0, requests: null, tokens: null }],
});

describe('what instances tell each other', () => {
  test('goes out every 250 ms while there is something, and no longer', async () => {
    const exchange = scriptedExchange();
    await using stage = await openLimits({ exchange, catalog: catalogOf(1, { requestsPerMinute: 9 }) });
    await stage.time.advance(250);
    expect(exchange.told).toEqual([silence]);
    await stage.time.advance(10_000);
    expect(exchange.told).toHaveLength(1);

    stage.call();
    await stage.time.advance(249);
    expect(exchange.told).toHaveLength(1);
    await stage.time.advance(1);
    expect(exchange.told).toHaveLength(2);
    expect(exchange.told[1]?.providers).toEqual([
      { slug: 'one', uses: [{ leftMs: 60_000, requests: 1, tokens: 100 }] },
    ]);
    await stage.time.advance(61_000);
    expect(exchange.told.at(-1)).toEqual(silence);
    expect(stage.time.pending()).toBe(0);
  });

  test('is this instance’s own: what it heard is not passed on', async () => {
    const exchange = scriptedExchange();
    const reading = { limit: 10, remaining: 5, leftMs: 9000, agoMs: 10, resets: true, waitMs: 9000 };
    const down = { name: 'two', leftMs: 9000, agoMs: 10, catalogVersion: 1 };
    exchange.answer = async () => [
      {
        ...{ ...cooling(9000), hardDowns: [down], lifts: [{ name: 'one', leftMs: 9000, agoMs: 10 }] },
        providers: [{ slug: 'one', uses: [{ leftMs: 9000, requests: 1, tokens: 1 }] }],
      },
      {
        ...silence,
        models: [{ key: 'two/a', coolingMs: 0, backOffMs: 0, requests: reading, tokens: reading }],
      },
    ];
    await using stage = await openLimits({ exchange });
    await stage.time.advance(250);
    expect(stage.attempt('one/a')).toBe(9000);
    stage.call({ headers: requestHeaders(50, 100, 30) }, 'one/b');
    await stage.time.advance(250);
    const read = { limit: 100, remaining: 50, leftMs: 29_750, agoMs: 250, resets: true, waitMs: 29_750 };
    expect(exchange.told.at(-1)).toEqual({
      ...silence,
      models: [{ key: 'one/b', coolingMs: 0, backOffMs: 0, requests: read, tokens: null }],
    });
  });

  test('counts here: what others have sent, read and marked', async () => {
    const exchange = scriptedExchange();
    const reading = { limit: 10, remaining: 1, leftMs: 20_000, agoMs: 10, resets: true, waitMs: 20_000 };
    exchange.answer = async () => [
      { ...silence, providers: [{ slug: 'one', uses: [{ leftMs: 5000, requests: 2, tokens: 0 }] }] },
      { ...silence, providers: [{ slug: 'one', uses: [{ leftMs: 7000, requests: 1, tokens: 0 }] }] },
      {
        ...silence,
        models: [{ key: 'two/a', coolingMs: 0, backOffMs: 0, requests: reading, tokens: null }],
        hardDowns: [{ name: 'one/b', leftMs: 800, agoMs: 5, catalogVersion: 1 }],
      },
    ];
    await using stage = await openLimits({ exchange, catalog: catalogOf(1, { requestsPerMinute: 3 }) });
    await stage.time.advance(250);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual([5000, 800]);
    expect([stage.attempt('two/a'), stage.attempt('two/a')]).toEqual(['admitted', 20_000]);
  });

  test('a lift undoes what was marked longer ago anywhere, and nothing that was marked since', async () => {
    const exchange = scriptedExchange();
    await using stage = await openLimits({ exchange });
    const scope = { providerSlug: 'one', modelSlug: 'a' };
    stage.limits.markHardDown(scope, 1, 60_000);
    await stage.time.advance(1000);
    exchange.answer = async () => [{ ...silence, lifts: [{ name: 'one/a', leftMs: 60_000, agoMs: 100 }] }];
    await stage.time.advance(250);
    expect(stage.attempt('one/a')).toBe('admitted');
    stage.limits.markHardDown(scope, 1, 60_000);
    exchange.answer = async () => [{ ...silence, lifts: [{ name: 'one/a', leftMs: 60_000, agoMs: 500 }] }];
    await stage.time.advance(250);
    expect(stage.attempt('one/a')).toBe(59_750);
  });
});

describe('a new cool-down', () => {
  test('is told at once, and the others are called to listen when they can hear of it', async () => {
    const exchange = scriptedExchange();
    const bus = createMemoryBus(silentLog);
    const hints: BusEvent[] = [];
    await bus.subscribe('limits', (event) => void hints.push(event));
    await using stage = await openLimits({ exchange, bus, instanceId: 'one of many' });
    const slow = Promise.withResolvers<readonly SharedLimits[]>();
    exchange.answer = () => slow.promise;
    stage.call({ failure: rateLimited(2000) });
    expect(exchange.told).toEqual([cooling(2000)]);
    await stage.time.advance(0);
    expect(hints).toEqual([]);
    slow.resolve([]);
    await stage.time.advance(0);
    expect(hints).toEqual([{ topic: 'limits', key: 'one of many', seq: 1 }]);
    expect(exchange.told).toHaveLength(1);
  });

  test('of many calls that are refused together makes one hint, not a storm', async () => {
    const exchange = scriptedExchange();
    const bus = createMemoryBus(silentLog);
    const hints: BusEvent[] = [];
    await bus.subscribe('limits', (event) => void hints.push(event));
    await using stage = await openLimits({ exchange, bus });
    const calls = Array.from({ length: 50 }, () => stage.send());
    for (const call of calls) {
      call.settle({ failure: rateLimited(2000), headers: {}, usage: null });
      await stage.time.advance(1);
    }
    expect(hints).toHaveLength(1);
    expect(exchange.told).toHaveLength(1);
  });

  test('that another instance hints at is asked for at once, and twice when the hint comes amid asking', async () => {
    const exchange = scriptedExchange();
    const bus = createMemoryBus(silentLog);
    await using stage = await openLimits({ exchange, bus, instanceId: 'this' });
    bus.publish({ topic: 'limits', key: 'this', seq: 1 });
    await stage.time.advance(0);
    expect(exchange.told).toHaveLength(0);

    const slow = Promise.withResolvers<readonly SharedLimits[]>();
    exchange.answer = () => slow.promise;
    bus.publish({ topic: 'limits', key: 'another', seq: 1 });
    await stage.time.advance(0);
    bus.publish({ topic: 'limits', key: 'another', seq: 2 });
    await stage.time.advance(0);
    expect(exchange.told).toHaveLength(1);
    exchange.answer = async () => [cooling(3000)];
    slow.resolve([]);
    await stage.time.advance(0);
    expect(exchange.told).toHaveLength(2);
    expect(stage.attempt('one/a')).toBe(3000);
  });
});

describe('while the others cannot be reached', () => {
  test('each instance goes by what it knows, the log says so once, and all is told when they are back', async () => {
    const exchange = scriptedExchange();
    const log = createKeptLog();
    const bus = createMemoryBus(silentLog);
    const hints: BusEvent[] = [];
    await bus.subscribe('limits', (event) => void hints.push(event));
    exchange.answer = () => Promise.reject(new Error('gone'));
    await using stage = await openLimits({ exchange, log, bus });
    stage.call({ failure: rateLimited(30_000) });
    await stage.time.advance(5000);
    expect(stage.attempt('one/a')).toBe(25_000);
    expect(hints).toEqual([]);
    expect(log.lines).toEqual([
      'warn: The limits of providers cannot be shared; each instance goes by what it knows itself.',
    ]);

    exchange.answer = async () => [];
    await stage.time.advance(250);
    expect(exchange.told.at(-1)).toEqual(cooling(24_750));
    expect(hints).toHaveLength(1);
    expect(log.lines.slice(1)).toEqual([
      'info: Instances share what they know of the limits of providers again.',
    ]);
  });
});

test('disposal waits for an exchange under way and begins no other', async () => {
  const exchange = scriptedExchange();
  const slow = Promise.withResolvers<readonly SharedLimits[]>();
  exchange.answer = () => slow.promise;
  const stage = await openLimits({ exchange });
  stage.call({ failure: rateLimited(2000) });
  let disposed = false;
  const disposing = stage[Symbol.asyncDispose]().then(() => (disposed = true));
  stage.call({ failure: rateLimited(9000) }, 'one/b');
  await stage.time.advance(1000);
  expect(disposed).toBe(false);
  slow.resolve([]);
  await disposing;
  await stage.time.advance(1000);
  expect(exchange.told).toHaveLength(1);
  expect(stage.time.pending()).toBe(0);
});

/** The other instances, who say what a test tells them to say. */
function scriptedExchange() {
  const told: SharedLimits[] = [];
  const script: ProviderLimitExchange & {
    told: readonly SharedLimits[];
    answer: () => Promise<readonly SharedLimits[]>;
  } = {
    told,
    answer: async () => [],
    exchange(own) {
      told.push(own);
      return script.answer();
    },
  };
  return script;
}
