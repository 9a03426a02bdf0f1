import { expect, test } from 'vitest';
import { createEndable } from '../../src/system/endable.ts';

const over = { value: undefined, done: true };

/** A stream whose values come when a test says so. */
function stage() {
  const told: string[] = [];
  const pulls: PromiseWithResolvers<string | undefined>[] = [];
  const stream = createEndable<string>({
    pull() {
      const pulled = Promise.withResolvers<string | undefined>();
      pulls.push(pulled);
      return pulled.promise;
    },
    onEnd: () => told.push('end'),
    onLateFailure: (error) => told.push(`late: ${(error as Error).message}`),
  });
  return { stream, told, pulls };
}

test('a consumer is given what is pulled for it, until there is nothing more', async () => {
  const { stream, told, pulls } = stage();
  const first = stream.next();
  expect(stream.isAwaited()).toBe(true);
  pulls[0]!.resolve('one');
  expect(await first).toEqual({ value: 'one', done: false });
  expect(stream.isAwaited()).toBe(false);
  const second = stream.next();
  pulls[1]!.resolve(undefined);
  expect(await second).toEqual(over);
  expect([stream.hasEnded(), told]).toEqual([true, ['end']]);
});

test('ending answers a consumer that waits, though what it waits for never comes', async () => {
  const { stream, told } = stage();
  const next = stream.next();
  stream.end();
  stream.end();
  expect([await next, await stream.next(), told]).toEqual([over, over, ['end']]);
});

test('a consumer that leaves does not wait for what it has asked for', async () => {
  const { stream, told } = stage();
  const next = stream.next();
  expect([await stream.return(), await next, told]).toEqual([over, over, ['end']]);
});

test('the last value goes to whoever waits, or else to the first who asks', async () => {
  const { stream: awaited } = stage();
  const next = awaited.next();
  awaited.endWith('last');
  expect([await next, await awaited.next()]).toEqual([{ value: 'last', done: false }, over]);

  const { stream: unread } = stage();
  unread.endWith('last');
  expect([await unread.next(), await unread.next()]).toEqual([{ value: 'last', done: false }, over]);
});

test('a failure is met once, by whoever waits or else by the first who asks', async () => {
  const { stream: awaited } = stage();
  const next = awaited.next();
  awaited.fail(new Error('bug'));
  await expect(next).rejects.toThrow('bug');
  expect(await awaited.next()).toEqual(over);

  const { stream: unread } = stage();
  unread.fail(new Error('bug'));
  await expect(unread.next()).rejects.toThrow('bug');
  expect(await unread.next()).toEqual(over);
});

test('who leaves meets neither a last value nor a failure', async () => {
  const { stream } = stage();
  stream.fail(new Error('bug'));
  expect([await stream.return(), await stream.next()]).toEqual([over, over]);
});

test('a pull that fails ends the stream with its failure', async () => {
  const { stream, told, pulls } = stage();
  const next = stream.next();
  pulls[0]!.reject(new Error('bug'));
  await expect(next).rejects.toThrow('bug');
  expect([await stream.next(), told]).toEqual([over, ['end']]);
});

test('what a pull brings after the end is lost, and its failure told aside', async () => {
  const one = stage();
  void one.stream.next();
  one.stream.end();
  one.pulls[0]!.resolve('late');
  expect(await one.stream.next()).toEqual(over);

  const two = stage();
  void two.stream.next();
  two.stream.end();
  two.pulls[0]!.reject(new Error('bug'));
  await expect.poll(() => two.told).toEqual(['end', 'late: bug']);
});
