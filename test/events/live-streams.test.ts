import { describe, expect, it } from 'vitest';
import { createLiveStreams, STREAM_BEAT_MS } from '../../src/events/live-streams.service.ts';
import type { LiveSource } from '../../src/events/live-source.ts';
import { SLOW_CONSUMER_MS } from '../../src/system/endable.ts';
import { createManualTime } from '../support/time/manual-time.ts';

function prepare() {
  const time = createManualTime();
  const streams = createLiveStreams(time);
  const caller = new AbortController();
  const held: number[] = [];
  const state = { isAllowed: true, isReleased: false, wake: () => {} };
  const source: LiveSource<number> = {
    take: () => held.shift(),
    hasMore: () => held.length > 0,
    onWake: (wake) => void (state.wake = wake),
    [Symbol.dispose]: () => void (state.isReleased = true),
  };
  const open = () => streams.open(source, { signal: caller.signal, isAllowed: () => state.isAllowed });
  const give = (...values: number[]) => {
    held.push(...values);
    state.wake();
  };
  return { time, streams, caller, state, open, give };
}

const over = { value: undefined, done: true };

describe('a live stream', () => {
  it('hands over what comes while its subscriber waits, and what came before', async () => {
    const { open, give } = prepare();
    const stream = open();
    give(1, 2);
    const [one, two, three] = [await stream.next(), await stream.next(), stream.next()];
    give(3);
    expect([one.value, two.value, (await three).value]).toEqual([1, 2, 3]);
  });

  it('ends by itself when its subscriber’s key is not valid any more, although nothing happens', async () => {
    const { time, state, streams, open } = prepare();
    const waiting = open()
      .next()
      .catch((error: unknown) => error);
    state.isAllowed = false;
    await time.advance(STREAM_BEAT_MS);
    expect(await waiting).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect([state.isReleased, streams.count(), time.pending()]).toEqual([true, 0, 0]);
  });

  it('hands over nothing once the key is not valid any more, also before the next beat', async () => {
    const { state, open, give } = prepare();
    const stream = open();
    const waiting = stream.next();
    state.isAllowed = false;
    give(1);
    await expect(waiting).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await stream.next()).toEqual(over);
  });

  it('is ended when its subscriber leaves what is at hand for too long, and lets its source go at once', async () => {
    const { time, state, open, give } = prepare();
    const stream = open();
    give(1);
    await time.advance(SLOW_CONSUMER_MS + 2 * STREAM_BEAT_MS);
    expect(state.isReleased).toBe(true);
    await expect(stream.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER' });
    expect(await stream.next()).toEqual(over);
  });

  it('goes on as long as its subscriber takes something now and then, or there is nothing', async () => {
    const { time, open, give } = prepare();
    const stream = open();
    await time.advance(2 * SLOW_CONSUMER_MS);
    give(1, 2, 3);
    for (const value of [1, 2, 3]) {
      await time.advance(SLOW_CONSUMER_MS - STREAM_BEAT_MS);
      expect(await stream.next()).toEqual({ value, done: false });
    }
    await time.advance(2 * SLOW_CONSUMER_MS);
    give(4);
    expect((await stream.next()).value).toBe(4);
  });

  it('does not harm others when it is ended for being slow', async () => {
    const { time, streams, open, give } = prepare();
    open();
    const other = prepare();
    const reader = streams.open(
      { take: () => undefined, hasMore: () => false, onWake: () => {}, [Symbol.dispose]: () => {} },
      { signal: other.caller.signal, isAllowed: () => true },
    );
    const waiting = reader.next();
    give(1);
    await time.advance(SLOW_CONSUMER_MS + 2 * STREAM_BEAT_MS);
    expect(streams.count()).toBe(1);
    await streams.endAll();
    expect(await waiting).toEqual(over);
  });

  it.each(['signal', 'return'] as const)(
    'lets its source go when its subscriber leaves by %s',
    async (way) => {
      const { time, caller, state, streams, open } = prepare();
      const stream = open();
      const waiting = stream.next();
      if (way === 'signal') caller.abort();
      else await stream.return!();
      expect(await waiting).toEqual(over);
      await time.advance(STREAM_BEAT_MS);
      expect([state.isReleased, streams.count(), time.pending()]).toEqual([true, 0, 0]);
    },
  );

  it('is over at once when its subscriber left before it began, or the instance stops', async () => {
    const gone = prepare();
    gone.caller.abort();
    expect(await gone.open().next()).toEqual(over);
    expect(gone.state.isReleased).toBe(true);
    const stopping = prepare();
    const live = stopping.open();
    stopping.give(1);
    await stopping.streams.endAll();
    expect([await live.next(), await stopping.open().next()]).toEqual([over, over]);
    expect(stopping.time.pending()).toBe(0);
  });
});
