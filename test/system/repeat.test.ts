import { expect, test } from 'vitest';
import { repeat } from '../../src/system/repeat.ts';
import { createManualTime } from '../support/time/manual-time.ts';

test('work is repeated, each time an interval after the time before has ended, until it is disposed of', async () => {
  const { timers, advance, pending } = createManualTime();
  const runs: PromiseWithResolvers<void>[] = [];
  const repeating = repeat(timers, 100, () => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  await advance(99);
  expect(runs).toHaveLength(0);
  await advance(1000);
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await advance(99);
  expect(runs).toHaveLength(1);
  await advance(1);
  expect(runs).toHaveLength(2);

  let disposed = false;
  const disposing = repeating[Symbol.asyncDispose]().then(() => (disposed = true));
  await advance(1000);
  expect(disposed).toBe(false);
  runs[1]?.resolve();
  await disposing;
  await advance(1000);
  expect(runs).toHaveLength(2);
  expect(pending()).toBe(0);
});
