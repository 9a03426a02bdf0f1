import { expect, test } from 'vitest';
import { createHandOver } from '../../../src/routing/stream/hand-over.service.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

/** A hand-over of texts on manual time, with a patience of 30 s. */
function setUp() {
  const time = createManualTime();
  const told: string[] = [];
  const handOver = createHandOver<string>({
    timers: time.timers,
    onBegin: () => void told.push('begun'),
    patienceMs: 30_000,
    onSlow: () => void told.push('slow'),
    onLeft: () => void told.push('left'),
  });
  const { taker } = handOver;
  const take = async () => {
    const { value, done } = await taker.next();
    return done === true ? 'END' : value;
  };
  /** Whether a promise has settled by now. */
  const isSettled = async (promise: Promise<unknown>) => {
    let settled = false;
    const settle = () => void (settled = true);
    promise.then(settle, settle);
    await time.advance(0);
    return settled;
  };
  return { ...time, handOver, taker, told, take, isSettled };
}

test('items come in order, whether the taker waited for them or not, and then the end, again and again', async () => {
  const { handOver, take, told, pending } = setUp();
  handOver.post('one');
  handOver.post('two');
  expect([await take(), await take()]).toEqual(['one', 'two']);
  const waiting = take();
  handOver.post('three');
  handOver.end('last');
  handOver.post('dropped');
  expect([await waiting, await take(), await take(), await take()]).toEqual(['three', 'last', 'END', 'END']);
  await handOver.over;
  expect(told).toEqual(['begun']);
  expect(pending()).toBe(0);
});

test('giving waits until the item and all before it were taken and more is wanted', async () => {
  const { handOver, take, isSettled } = setUp();
  handOver.post('one');
  const given = handOver.give('two');
  expect(await take()).toBe('one');
  expect(await take()).toBe('two');
  expect(await isSettled(given)).toBe(false);
  const more = take();
  await given;
  handOver.end('last');
  expect(await more).toBe('last');
});

test('a taker is slow when it neither takes what is there nor comes back for more, for so long at a time', async () => {
  const { handOver, take, told, advance } = setUp();
  await advance(100_000);
  for (const item of ['one', 'two']) {
    void handOver.give(item);
    await advance(29_999);
    expect(await take()).toBe(item);
    await advance(29_999);
    expect(told).toEqual(['begun']);
  }
  await advance(1);
  expect(told).toEqual(['begun', 'slow']);
  await advance(100_000);
  expect(told).toEqual(['begun', 'slow']);
});

test('nobody is slow who waits, or to whom nothing is owed', async () => {
  const { handOver, take, told, advance } = setUp();
  const waiting = take();
  await advance(100_000);
  handOver.post('one');
  expect(await waiting).toBe('one');
  await advance(100_000);
  handOver.end('last');
  await advance(100_000);
  expect(told).toEqual(['begun']);
});

test('leaving ends a pending read at once, lets the maker go on, and is told once', async () => {
  const { handOver, taker, take, told, pending, isSettled } = setUp();
  const waiting = take();
  const given = handOver.give('one');
  expect(await waiting).toBe('one');
  const reading = take();
  await given;
  expect(await taker.return()).toEqual({ value: undefined, done: true });
  expect(await reading).toBe('END');
  await taker.return();
  expect(told).toEqual(['begun', 'left']);
  expect(await isSettled(handOver.give('two'))).toBe(true);
  expect(await take()).toBe('END');
  await handOver.over;
  expect(pending()).toBe(0);
});

test('ending lets a maker go on that waits, and leaving after the end is not told', async () => {
  const { handOver, taker, told, isSettled } = setUp();
  const given = handOver.give('one');
  expect(await isSettled(given)).toBe(false);
  handOver.end('last');
  expect(await isSettled(given)).toBe(true);
  expect(await isSettled(handOver.over)).toBe(false);
  await taker.return();
  await handOver.over;
  expect(told).toEqual([]);
});

test('an error is met after what came before it, and then the end', async () => {
  const { handOver, take } = setUp();
  handOver.post('one');
  handOver.fail(new Error('ours'));
  handOver.end('dropped');
  expect(await take()).toBe('one');
  await expect(take()).rejects.toThrow('ours');
  expect(await take()).toBe('END');
});
