import { expect, it } from 'vitest';
import { readKey } from '../../../src/routing/once/idempotency.store.ts';
import { answerLimitMs } from '../../../src/storage/answer-limit.ts';
import type { Tx } from '../../../src/storage/database.ts';
import { UnavailableError } from '../../../src/system/expected-error.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { addTenant, createInstance } from './keyed-calls.ts';

describeOnEachDatabase('calls with an idempotency key, when things go wrong', (open) => {
  const instance = (options = {}) => createInstance(open(), options);
  const keyOf = async (tenantId: string) => readKey(open().prisma, { tenantId, key: 'k' });

  it('are refused when the database is silent, and hold no key once it answers', async () => {
    const { timers, advance } = createManualTime();
    const tenantId = await addTenant(open());
    const answering = Promise.withResolvers<void>();
    const claims: Promise<unknown>[] = [];
    const silent = new Proxy(open().prisma, {
      get(target, property) {
        if (property !== '$transaction') return Reflect.get(target, property) as unknown;
        return (claim: (tx: Tx) => Promise<unknown>) => {
          const claiming = target.$transaction((tx) => answering.promise.then(() => claim(tx)));
          claims.push(claiming);
          return claiming;
        };
      },
    });
    const database = { ...open(), prisma: silent };
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

  it('hold their key although the answer to the claim was lost', async () => {
    const tenantId = await addTenant(open());
    let lost = 0;
    const forgetful = new Proxy(open().prisma, {
      get(target, property) {
        if (property !== '$transaction' || lost > 0) return Reflect.get(target, property) as unknown;
        return async (claim: (tx: Tx) => Promise<unknown>) => {
          await target.$transaction(claim);
          lost += 1;
          throw new Error('Connection terminated unexpectedly');
        };
      },
    });
    const { call } = createInstance({ ...open(), prisma: forgetful });
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
