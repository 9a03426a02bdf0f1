import { describe, expect, it } from 'vitest';
import { startSweeping, type SweeperOptions } from '../../src/system/sweeper.ts';
import { createManualTime } from '../support/time/manual-time.ts';

/** A sweeper of tens; what is due is given batch by batch. */
function prepare(sweepBatch: SweeperOptions['sweepBatch'], changes: Partial<SweeperOptions> = {}) {
  const { timers, advance, pending } = createManualTime();
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => void failures.push(error);
  const options = { intervalMs: 100, batchSize: 10, sweepBatch, onFailure, timers };
  return { sweeper: startSweeping({ ...options, ...changes }), advance, pending, failures };
}

/** Sweeps so much at a time, and then nothing. */
function dueIn(...batches: number[]) {
  return () => Promise.resolve(batches.shift() ?? 0);
}

describe('a sweeper', () => {
  it('sweeps batch by batch until one is not full', async () => {
    const { sweeper } = prepare(dueIn(10, 10, 3, 5));
    await using _ = sweeper;
    expect(await sweeper.sweep()).toBe(23);
    expect(await sweeper.sweep()).toBe(5);
  });

  it('tells each failure in the background and tries again, but throws at who has asked for the sweep', async () => {
    const error = new Error('no broom');
    const { sweeper, advance, failures } = prepare(() => Promise.reject(error));
    await using _ = sweeper;
    await advance(99);
    expect(failures).toEqual([]);
    await advance(101);
    expect(failures).toEqual([error, error]);
    await expect(sweeper.sweep()).rejects.toBe(error);
    expect(failures).toHaveLength(2);
  });

  it('does in the background what it is told to do there, and sweeps at once when it is asked', async () => {
    const found: number[] = [];
    let isTime = false;
    const { sweeper, advance } = prepare(dueIn(1, 2), {
      inBackground: async (sweep) => void (isTime && found.push(await sweep())),
    });
    await using _ = sweeper;
    await advance(100);
    expect(await sweeper.sweep()).toBe(1);
    isTime = true;
    await advance(100);
    expect(found).toEqual([2]);
  });

  it('ends with the batch that is under way when it is disposed of', async () => {
    const batches: PromiseWithResolvers<number>[] = [];
    const { sweeper, advance, pending } = prepare(() => {
      const batch = Promise.withResolvers<number>();
      batches.push(batch);
      return batch.promise;
    });
    await advance(100);
    let disposed = false;
    const disposing = sweeper[Symbol.asyncDispose]().then(() => (disposed = true));
    await advance(1000);
    expect(disposed).toBe(false);
    batches[0]?.resolve(10);
    await disposing;
    expect(batches).toHaveLength(1);
    expect(pending()).toBe(0);
  });
});
