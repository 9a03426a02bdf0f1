import { createFirstFailures } from '../../src/calls/first-failure.service.ts';
import { expect, it, onTestFinished } from 'vitest';
import { createBreakers, type BreakerPermit } from '../../src/breakers/breaker.service.ts';
import { createAdmission } from '../../src/calls/admission.service.ts';
import type { CallTarget } from '../../src/calls/admission.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { catalogOf, openLimits, type Configured } from '../limits/limits-stage.ts';
import { describeOnDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const rule = { threshold: 3, windowMs: 60_000, coolOffMs: 100, maxCoolOffMs: 1000 };

describeOnDatabase('postgres', 'a probe that the limits refuse', (open) => {
  /** A tripped breaker that is due for its probe, and limits that nothing has told of anything. */
  async function prepare(modelSlug: string, configured: Configured = {}) {
    const target: CallTarget = {
      ...{ providerSlug: 'one', modelSlug, key: `one/${modelSlug}`, attemptId: 'attempt-1' },
      time: { timeoutMs: 30_000, limit: 'own', expectedMs: 1000, fullAnswerMs: 1000 },
      estimatedTokens: 100,
    };
    const catalog = catalogOf(1, configured);
    const stage = openLimits({ catalog });
    onTestFinished(() => stage[Symbol.asyncDispose]());
    const { limits } = stage;
    const breakers = await createBreakers({
      ...{ database: open(), bus: createMemoryBus(silentLog), rule, hasProber: () => false },
      ...{ clock: nodeClock, timers: nodeTimers, random: createNodeRandom(nodeClock.now), log: silentLog },
      catalog: () => catalog,
    });
    onTestFinished(() => breakers[Symbol.asyncDispose]());
    const { key } = target;
    const call = { key, attemptMs: 30_000, isWhole: true, expectedMs: 1000 };
    for (let failure = 0; failure < rule.threshold; failure += 1) {
      (breakers.admit(call) as BreakerPermit).settle('failure', null);
    }
    await breakers.settled();
    await expect.poll(() => breakers.retryAfterMsOf(target.key, Infinity)).toBeNull();
    return {
      target,
      limits,
      breakers,
      admission: createAdmission({
        firstFailures: createFirstFailures(silentLog),
        ...{ breakers, limits, estimates: { observe() {} } },
        ...{ onFailure() {}, onProbeWanted() {} },
      }),
    };
  }

  it('because the provider is down leaves the model to the first call after that', async () => {
    const { target, limits, breakers, admission } = await prepare('a');
    limits.markHardDown({ providerSlug: 'one', modelSlug: null }, 1);
    expect(await admission.admit(target)).toMatchObject({ admitted: false, reason: 'HARD_DOWN' });
    await breakers.settled();
    limits.lift({ providerSlug: 'one', modelSlug: null });
    expect(await admission.admit(target)).toMatchObject({ admitted: true });
  });

  it('because the call is larger than the allowance leaves the model to smaller ones', async () => {
    const { target, breakers, admission } = await prepare('b', { tokensPerMinute: 1000 });
    for (let call = 0; call < 3; call += 1) {
      const refused = await admission.admit({ ...target, estimatedTokens: 5000 });
      expect(refused).toEqual({ admitted: false, reason: 'RATE_LIMITED', retryAfterMs: null });
      await breakers.settled();
    }
    expect(await admission.admit(target)).toMatchObject({ admitted: true });
  });
});
