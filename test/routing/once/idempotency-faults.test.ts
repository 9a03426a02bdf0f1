import { expect, it } from 'vitest';
import { readKey } from '../../../src/routing/once/idempotency.store.ts';
import { answerLimitMs } from '../../../src/storage/answer-limit.ts';
import { UnavailableError } from '../../../src/system/expected-error.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { until } from '../../support/time/until.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { addTenant, createInstance } from './keyed-calls.ts';
import { alterDatabase } from '../../support/databases/altered-database.ts';

describeOnEachDatabase('calls with an idempotency key, when things go wrong', (open) => {
  const instance = (options = {}) => createInstance(open(), options);
  const keyOf = async (tenantId: string) => readKey(open().prisma, { tenantId, key: 'k' });

  it('are refused when the database is silent, and hold no key once it answers', async () => {
    const { timers, advance } = createManualTime();
    const tenantId = await addTenant(open());
    const answering = Promise.withResolvers<void>();
    const claims: Promise<unknown>[] = [];
    const database = alterDatabase(open(), '$transaction', (send) => {
      const claiming = answering.promise.then(send);
      claims.push(claiming);
      return claiming;
    });
    const { call, acted } = createInstance(database, { timers });
    const refused = expect(call({ tenantId })).rejects.toThrow(UnavailableError);
    await advance(answerLimitMs(database));
    await refused;
    answering.resolve();
    await Promise.allSettled(claims);
    expect(claims).toHaveLength(1);
    expect(await keyOf(tenantId)).toBeNull();
    expect(acted()).toEqual([]);
  });

  it('do not outlive their deadline by more than a moment when the database stalls while they wait', async () => {
    const { timers, clock, advance } = createManualTime();
    const tenantId = await addTenant(open());
    const holder = createInstance(open(), { gated: true });
    const held = holder.call({ tenantId });
    await holder.acting(1);
    const control = { isStalled: false, answered: 0 };
    const database = alterDatabase(open(), '$queryRaw', async (send) => {
      if (control.isStalled) await new Promise(() => {});
      const result = await send();
      control.answered += 1;
      return result;
    });
    const { call } = createInstance(database, { timers, clock });
    let endedMs = 0;
    const timeoutMs = 5_000;
    const waiting = call({ tenantId, timeoutMs }).finally(() => (endedMs = clock.monotonicMs()));
    const ended = expect(waiting).rejects.toThrow(UnavailableError);
    // It knows that another has the key, and looks again from time to time.
    await until(async () => {
      await advance(5);
      return control.answered > 0;
    });
    control.isStalled = true;
    await advance(2 * timeoutMs);
    await ended;
    expect(endedMs).toBeLessThanOrEqual(timeoutMs + 500);
    holder.gate.resolve();
    await held;
  });

  it('hold their key although the answer to the claim was lost', async () => {
    const tenantId = await addTenant(open());
    let lost = 0;
    const forgetful = alterDatabase(open(), '$transaction', async (send) => {
      const result = await send();
      if (lost > 0) return result;
      lost += 1;
      throw new Error('Connection terminated unexpectedly');
    });
    const { call } = createInstance(forgetful);
    expect((await call({ tenantId })).end.kind).toBe('answered');
    expect(lost).toBe(1);
  });

  it('may run on for a while when their instance stops, and are then ended', async () => {
    const { timers, advance } = createManualTime();
    const tenantId = await addTenant(open());
    const { once, stop } = instance({ timers });
    const begun = Promise.withResolvers<AbortSignal>();
    const running = once({ tenantId }, async ({ signal }) => {
      begun.resolve(signal);
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      throw new Error('is not reached');
    });
    running.catch(() => {});
    const signal = await begun.promise;
    const stopped = stop();
    await advance(4_999);
    expect(signal.aborted).toBe(false);
    await advance(1);
    await expect(running).rejects.toThrow('This instance is stopping.');
    await stopped;
    expect(await keyOf(tenantId)).toBeNull();
  });
});
