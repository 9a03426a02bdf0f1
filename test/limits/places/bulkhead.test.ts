import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPlaces } from './places-stage.ts';

describe('places for calls', () => {
  it('are any number where nothing is configured', () => {
    const { take } = openPlaces();
    expect(Array.from({ length: 5_000 }, () => take()).every((waitMs) => waitMs === 0)).toBe(true);
  });

  it('of a model are as many as the catalog says, and free again when a call has ended', () => {
    const { take, giveBack, places } = openPlaces({ configured: { modelMaxConcurrent: 2 } });
    expect([take(), take()]).toEqual([0, 0]);
    expect(take()).toBeGreaterThan(0);
    expect(places.waitMsOf({ key: 'one/a', providerSlug: 'one' })).toBeGreaterThan(0);
    expect([take('one/b'), take('two/a')]).toEqual([0, 0]);
    giveBack();
    expect(take()).toBe(0);
  });

  it('of a provider are shared by its models', () => {
    const { take, giveBack } = openPlaces({ configured: { maxConcurrent: 2 } });
    expect([take('one/a'), take('one/b'), take('two/a')]).toEqual([0, 0, 0]);
    expect([take('one/a') > 0, take('one/b') > 0]).toEqual([true, true]);
    giveBack('one/b');
    expect(take('one/a')).toBe(0);
  });

  it('count probes, too, which no ramp holds back', () => {
    const { places } = openPlaces({ configured: { modelMaxConcurrent: 1 } });
    const target = { key: 'one/a', providerSlug: 'one' };
    expect(places.take(target, undefined)).toBe(0);
    expect(places.take(target, undefined)).toBeGreaterThan(0);
    expect(places.take(target, null)).toBeGreaterThan(0);
  });

  it('follow the catalog', async () => {
    const { take, configure, wait, served, time } = openPlaces({ configured: { modelMaxConcurrent: 1 } });
    take();
    void wait('a');
    void wait('b');
    configure({ modelMaxConcurrent: 2 });
    await time.advance(1_000);
    expect(served).toEqual(['a']);
    configure({});
    expect(take()).toBe(0);
    await time.advance(1_000);
    expect(served).toEqual(['a', 'b']);
  });

  it('go to those who wait in the order in which they came, one for each that is given back', async () => {
    const { take, giveBack, wait, served, time } = openPlaces({ configured: { modelMaxConcurrent: 2 } });
    take();
    take();
    for (const name of ['a', 'b', 'c']) void wait(name);
    await time.advance(5_000);
    expect(served).toEqual([]);
    giveBack();
    // Whoever comes now finds it taken.
    expect(take()).toBeGreaterThan(0);
    await time.advance(0);
    expect(served).toEqual(['a']);
    giveBack();
    giveBack();
    await time.advance(0);
    expect(served).toEqual(['a', 'b', 'c']);
  });

  it('are given back by who has waited for one and does not use it', async () => {
    const { take, giveBack, wait, served, time } = openPlaces({ configured: { modelMaxConcurrent: 1 } });
    take();
    const first = wait('a');
    void wait('b');
    giveBack();
    const place = await first;
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    await time.advance(0);
    expect(served).toEqual(['a', 'b']);
    expect(take()).toBeGreaterThan(0);
  });

  it('are given back once by the call that is made of one that was waited for', async () => {
    const { take, giveBack, wait, time } = openPlaces({ configured: { modelMaxConcurrent: 1 } });
    const place = await wait('a');
    expect([place.handOver(), place.handOver()]).toEqual([true, false]);
    place[Symbol.dispose]();
    expect(take()).toBeGreaterThan(0);
    giveBack();
    await time.advance(0);
    expect([take() > 0, take() > 0]).toEqual([false, true]);
  });

  it('of one model do not wait for another’s of the same provider', async () => {
    const { take, wait, served, time } = openPlaces({
      configured: { maxConcurrent: 10, modelMaxConcurrent: 1 },
    });
    take('one/a');
    void wait('a');
    void wait('b', ['one/b']);
    await time.advance(0);
    expect(served).toEqual(['b']);
    expect(take('one/b')).toBe(0);
  });

  it('of several models are one to who waits for the first of them', async () => {
    const { take, giveBack, wait, time } = openPlaces({ configured: { maxConcurrent: 1 } });
    take('one/b');
    const waiting = wait('x', ['one/a', 'one/b']);
    giveBack('one/b');
    const place = await waiting;
    expect(place.key).toBe('one/a');
    place[Symbol.dispose]();
    await time.advance(0);
    expect(take('one/a')).toBe(0);
  });

  it('are waited for by nobody who has left, and neither timers nor places stay behind', async () => {
    const { take, giveBack, wait, served, time } = openPlaces({ configured: { modelMaxConcurrent: 1 } });
    take();
    const leaving = new AbortController();
    const left = expect(wait('a', ['one/a'], leaving.signal)).rejects.toThrow('gone');
    void wait('b');
    leaving.abort(new Error('gone'));
    await left;
    const gone = expect(wait('c', ['one/a'], leaving.signal)).rejects.toThrow('gone');
    await gone;
    giveBack();
    await time.advance(0);
    expect(served).toEqual(['b']);
    expect(time.pending()).toBe(0);
  });

  it('are never more than the bounds, and all come back, whatever happens in which order', async () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('take' as const), key: fc.constantFrom('one/a', 'one/b') }),
      fc.record({ does: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ does: fc.constant('wait' as const), key: fc.constantFrom('one/a', 'one/b') }),
      fc.record({ does: fc.constant('leave' as const), which: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const stage = openPlaces({ configured: { maxConcurrent: 4, modelMaxConcurrent: 2 } });
        const held: { readonly key: string; readonly end: () => void }[] = [];
        const waiting = new Set<AbortController>();
        for (const one of steps) {
          if (one.does === 'take') {
            if (stage.take(one.key) === 0) held.push({ key: one.key, end: () => stage.giveBack(one.key) });
          } else if (one.does === 'wait') {
            const leaving = new AbortController();
            waiting.add(leaving);
            void stage
              .wait('', [one.key], leaving.signal)
              .then((place) => held.push({ key: one.key, end: () => place[Symbol.dispose]() }))
              .catch(() => undefined)
              .finally(() => waiting.delete(leaving));
          } else if (one.does === 'leave') {
            [...waiting][one.which % Math.max(1, waiting.size)]?.abort();
          } else if (held.length > 0) held.splice(one.which % held.length, 1)[0]!.end();
          await stage.time.advance(0);
          expect(held.length).toBeLessThanOrEqual(4);
          expect(held.filter(({ key }) => key === 'one/a').length).toBeLessThanOrEqual(2);
          // Nobody waits where there is a place.
          if (waiting.size > 0) expect(held.length).toBeGreaterThanOrEqual(2);
        }
        for (const leaving of waiting) leaving.abort();
        await stage.time.advance(0);
        for (const { end } of held) end();
        expect([stage.take('one/a'), stage.take('one/a'), stage.take('one/b'), stage.take('one/b')]).toEqual([
          0, 0, 0, 0,
        ]);
      }),
      { numRuns: 60 },
    );
  });
});
