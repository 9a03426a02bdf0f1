import { expect, test } from 'vitest';
import { onAbort, unlessAborted } from '../../src/system/abort.ts';

test('a listener is called when the signal aborts, and only once', () => {
  const controller = new AbortController();
  let calls = 0;
  using _listening = onAbort(controller.signal, () => (calls += 1));
  expect(calls).toBe(0);
  controller.abort();
  controller.abort();
  expect(calls).toBe(1);
});

test('a listener that comes after the abort is called at once', () => {
  let calls = 0;
  using _listening = onAbort(AbortSignal.abort(), () => (calls += 1));
  expect(calls).toBe(1);
});

test('who has stopped listening is not called any more', () => {
  const controller = new AbortController();
  let calls = 0;
  onAbort(controller.signal, () => (calls += 1))[Symbol.dispose]();
  controller.abort();
  expect(calls).toBe(0);
});

test('work that ends before the abort has its own outcome', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve('done'), signal)).toBe('done');
  await expect(unlessAborted(Promise.reject(new Error('bug')), signal)).rejects.toThrow('bug');
});

test('work that never ends is given up at the abort, with the reason of the abort', async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(new Promise<never>(() => {}), controller.signal);
  controller.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});

test('work that fails after it was given up harms nobody', async () => {
  const controller = new AbortController();
  const work = Promise.withResolvers<never>();
  const waiting = unlessAborted(work.promise, controller.signal);
  controller.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  work.reject(new Error('late'));
});
