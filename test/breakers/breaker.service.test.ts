import { catalogOf } from '../limits/limits-stage.ts';
import { expect, it, onTestFinished } from 'vitest';
import { createBreakers, type BreakerPermit } from '../../src/breakers/breaker.service.ts';
import type { BreakerRule } from '../../src/breakers/rule/breaker.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const rule: BreakerRule = { threshold: 3, windowMs: 60_000, coolOffMs: 100, maxCoolOffMs: 1000 };
const random = createNodeRandom(() => nodeClock.now());

describeOnEachDatabase('the breakers of an instance', (open) => {
  async function prepare({ hasProber = false } = {}) {
    const breakers = await createBreakers({
      ...{ database: open(), bus: createMemoryBus(silentLog), rule, hasProber: () => hasProber },
      ...{ clock: nodeClock, timers: nodeTimers, random, log: silentLog },
      catalog: () => catalogOf(1, {}),
    });
    onTestFinished(() => breakers[Symbol.asyncDispose]());
    const key = `acme/${random.uuid()}`;
    const call = { key, attemptMs: 30_000, isWhole: true, expectedMs: 1000 };
    const admit = () => breakers.admit(call) as BreakerPermit;
    const end = (signal: 'success' | 'failure' | 'neutral') => admit().settle(signal, null);
    const trip = async () => {
      for (let failure = 0; failure < rule.threshold; failure += 1) end('failure');
      await breakers.settled();
      expect(breakers.viewOf(key).state).toBe('OPEN');
    };
    const due = () => expect.poll(() => breakers.viewOf(key).retryAfterMs, { timeout: 10_000 }).toBeNull();
    return { breakers, key, call, admit, end, trip, due };
  }

  it('count a success that comes while a failure is still being written', async () => {
    const { breakers, key, end } = await prepare();
    end('failure');
    end('failure');
    // The write begins; the board shows no streak yet.
    await Promise.resolve();
    await Promise.resolve();
    end('success');
    end('failure');
    await breakers.settled();
    expect(breakers.viewOf(key)).toMatchObject({ state: 'CLOSED', consecutiveFailures: 1 });
  });

  it('write nothing of successes and neutral ends of a healthy model', async () => {
    const { breakers, key, end } = await prepare();
    for (let call = 0; call < 50; call += 1) end(call % 2 === 0 ? 'success' : 'neutral');
    await breakers.settled();
    const [providerSlug = '', modelSlug = ''] = key.split('/');
    expect(await open().prisma.circuitBreaker.count({ where: { providerSlug, modelSlug } })).toBe(0);
  });

  it('visit every model that they keep calls from', async () => {
    const { breakers, key, trip } = await prepare();
    const visited = new Set<string>();
    const visit = () => breakers.eachKnown((known) => visited.add(known));
    visit();
    expect(visited.has(key)).toBe(false);
    await trip();
    visit();
    expect(visited.has(key)).toBe(true);
  });

  it('let a user’s call be the probe while nobody else probes', async () => {
    const { breakers, key, call, trip, due } = await prepare();
    await trip();
    expect(breakers.retryAfterMsOf(key, Infinity)).toBeGreaterThan(0);
    await due();
    expect(breakers.retryAfterMsOf(key, Infinity)).toBeNull();
    const [first, second] = await Promise.all([breakers.admit(call), breakers.admit(call)]);
    expect([first, second].map(({ admitted }) => admitted)).toEqual([true, false]);
    (first as BreakerPermit).settle('success', null);
    await breakers.settled();
    expect(breakers.viewOf(key)).toMatchObject({ state: 'CLOSED', generation: 3 });
  });

  it('leave the probe to a prober where there is one: plans pass the model over until it has closed', async () => {
    const { breakers, key, call, trip, due } = await prepare({ hasProber: true });
    await trip();
    await due();
    // 0: due for a probe, which a plan takes only when nothing else is eligible.
    expect(breakers.retryAfterMsOf(key, Infinity)).toBe(0);
    const probe = (await breakers.admit(call)) as BreakerPermit;
    expect(breakers.retryAfterMsOf(key, Infinity)).toBeGreaterThan(0);
    probe.settle('success', null);
    await breakers.settled();
    expect(breakers.retryAfterMsOf(key, Infinity)).toBeNull();
  });

  it('give no probe to a call that has too little time to find anything out', async () => {
    const { breakers, call, trip, due } = await prepare();
    await trip();
    await due();
    const hasty = { ...call, isWhole: false, attemptMs: 2999 };
    expect(breakers.admit(hasty)).toMatchObject({ admitted: false, probe: 'wanted' });
    expect(await breakers.admit({ ...hasty, attemptMs: 3000 })).toMatchObject({ admitted: true });
  });

  it('want no probe of a call that is too short while nobody may probe, somebody does, or a prober sees to it', async () => {
    const { breakers, call, trip, due } = await prepare();
    const hasty = { ...call, isWhole: false, attemptMs: 1 };
    await trip();
    expect(breakers.admit(hasty)).not.toHaveProperty('probe');
    await due();
    const winning = breakers.admit(call);
    expect(breakers.admit(hasty)).toMatchObject({ admitted: false, probe: 'under_way' });
    await winning;
    expect(breakers.admit(hasty)).toMatchObject({ admitted: false, probe: 'under_way' });

    const probed = await prepare({ hasProber: true });
    await probed.trip();
    await probed.due();
    expect(probed.breakers.admit({ ...hasty, key: probed.key })).not.toHaveProperty('probe');
  });

  it('let another call probe once the lease of one that never told how it went has ended', async () => {
    const { breakers, key, call, trip, due } = await prepare();
    await trip();
    await due();
    const brief = { ...call, attemptMs: 1 };
    expect(await breakers.admit(brief)).toMatchObject({ admitted: true });
    expect(breakers.admit(brief)).toMatchObject({ admitted: false });
    await due();
    const next = (await breakers.admit(brief)) as BreakerPermit;
    expect(next).toMatchObject({ admitted: true });
    next.settle('success', null);
    await breakers.settled();
    expect(breakers.viewOf(key)).toMatchObject({ state: 'CLOSED', generation: 3 });
  });

  it('let the next probe come after a rest when one found out nothing', async () => {
    const { breakers, key, call, trip, due } = await prepare();
    await trip();
    await due();
    ((await breakers.admit(call)) as BreakerPermit).settle('neutral', 60_000);
    await breakers.settled();
    expect(breakers.viewOf(key)).toMatchObject({ state: 'HALF_OPEN' });
    const refusal = breakers.admit(call);
    expect(refusal).toMatchObject({ admitted: false });
    expect(breakers.viewOf(key).retryAfterMs).toBeGreaterThan(50_000);
  });
});
