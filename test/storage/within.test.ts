import { expect, it } from 'vitest';
import { within } from '../../src/storage/within.ts';
import { UnavailableError } from '../../src/system/expected-error.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { createManualTime } from '../support/time/manual-time.ts';

const never = () => new Promise<never>(() => {});

/** How something ended so far. */
function stateOf(promise: Promise<unknown>) {
  const state = { ended: 'not yet' };
  promise.then(
    () => (state.ended = 'done'),
    (error: unknown) => (state.ended = error instanceof UnavailableError ? 'unavailable' : 'failed'),
  );
  return state;
}

it('waits for as long as was said, to the millisecond', async () => {
  const { timers, advance } = createManualTime();
  const state = stateOf(within({ timers, limitMs: () => 1_050 }, never));
  await advance(1_049);
  expect(state.ended).toBe('not yet');
  await advance(1);
  expect(state.ended).toBe('unavailable');
});

it('goes by a limit that grows, or falls, while somebody waits', async () => {
  const { timers, advance } = createManualTime();
  let limitMs = 1_000;
  const state = stateOf(within({ timers, limitMs: () => limitMs }, never));
  await advance(900);
  limitMs = 4_000;
  await advance(3_000);
  expect(state.ended).toBe('not yet');
  limitMs = 2_000;
  await advance(100);
  expect(state.ended).toBe('unavailable');
});

it('does not count time in which the process did not run: an answer that came meanwhile is taken', async () => {
  const answer = Promise.withResolvers<string>();
  const asked = within({ timers: nodeTimers, limitMs: () => 300 }, () => answer.promise);
  // As a socket's event that waits behind the timers.
  setTimeout(() => setImmediate(() => answer.resolve('there')), 250);
  const untilMs = performance.now() + 1_000;
  while (performance.now() < untilMs);
  await expect(asked).resolves.toBe('there');
});

it('leaves no timer behind', async () => {
  const { timers, pending, advance } = createManualTime();
  await within({ timers, limitMs: () => 1_000 }, () => Promise.resolve());
  await expect(
    within({ timers, limitMs: () => 1_000 }, () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no');
  const expiring = stateOf(within({ timers, limitMs: () => 10 }, never));
  await advance(10);
  expect([expiring.ended, pending()]).toEqual(['unavailable', 0]);
});
