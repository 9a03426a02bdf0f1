import { describe, expect, it } from 'vitest';
import { openFilesLimit } from '../../../src/system/resources/process-limits.ts';
import { readProcessLimits } from '../../../src/system/resources/process-limits.node.ts';
import { createSockets, FRESH_MS, mostSockets } from '../../../src/system/resources/sockets.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

/** Sockets of an instance that may hold so many, and the names of those that were closed for want of room. */
function prepare(most: number) {
  const time = createManualTime();
  const sockets = createSockets(most, time.clock);
  const closed: string[] = [];
  const connect = (name: string) => sockets.clients.accept(() => void closed.push(name));
  const call = (name: string) => sockets.providers.open(() => void closed.push(name));
  return { sockets, closed, connect, call, advance: time.advance };
}

describe('sockets', () => {
  it('of clients are two thirds of all at most', () => {
    const { sockets, connect } = prepare(9);
    const accepted = Array.from({ length: 9 }, (_, index) => connect(String(index)));
    expect(accepted.filter((socket) => socket !== null)).toHaveLength(6);
    accepted[0]?.[Symbol.dispose]();
    accepted[0]?.[Symbol.dispose]();
    expect(sockets.clients.count()).toBe(5);
    expect([connect('a') === null, connect('b') === null]).toEqual([false, true]);
  });

  it('of clients make room for others when they idle, those first that have for longest', async () => {
    const { closed, connect, advance } = prepare(4);
    const [first, second] = [connect('first'), connect('second')];
    connect('third');
    for (const socket of [first, second]) socket?.use();
    second?.rest();
    await advance(10);
    first?.rest();
    connect('fourth')?.use();
    connect('fifth')?.use();
    expect(closed).toEqual(['second', 'first']);
    // The third has not had the time to ask for anything.
    expect(connect('sixth')).toBeNull();
    await advance(FRESH_MS);
    expect(connect('sixth')).not.toBeNull();
    expect(closed.slice(2)).toEqual(['third']);
  });

  it('in use are never closed', async () => {
    const { closed, connect, call, advance } = prepare(3);
    connect('a')?.use();
    connect('b')?.use();
    await advance(10 * FRESH_MS);
    expect(connect('c')).toBeNull();
    call('d');
    call('e');
    expect(closed).toEqual([]);
  });

  it('are set aside for calls, and clients that come then are not taken in', () => {
    const { sockets, connect } = prepare(9);
    const aside = Array.from({ length: 9 }, () => sockets.setAside());
    expect(aside.filter((one) => one !== null)).toHaveLength(7);
    expect([connect('a'), connect('b'), connect('c')].map((one) => one !== null)).toEqual([
      true,
      true,
      false,
    ]);
    for (const one of [aside[0], aside[0]]) one?.[Symbol.dispose]();
    expect([connect('c'), connect('d')].map((one) => one !== null)).toEqual([true, false]);
  });

  it('to providers that idle make room for both sides', () => {
    const { sockets, closed, connect, call } = prepare(4);
    const [a, b] = [call('a'), call('b')];
    for (const socket of [b, a]) socket.rest();
    connect('c')?.use();
    connect('d')?.use();
    expect(closed).toEqual([]);
    connect('e')?.use();
    expect(closed).toEqual(['b']);
    call('f');
    expect(closed).toEqual(['b', 'a']);
    expect(sockets.providers.inUse()).toBe(1);
  });

  it('may be as many as the descriptors that nothing else has or needs', () => {
    const heapBytes = 1;
    expect(mostSockets({ descriptors: 400, openDescriptors: 40, heapBytes })).toBe(264);
    expect(mostSockets({ descriptors: null, openDescriptors: 40, heapBytes })).toBe(Infinity);
    expect(mostSockets({ descriptors: 50, openDescriptors: 40, heapBytes })).toBe(16);
  });
});

describe('the limits of a process', () => {
  it.each([
    ['Max open files            400                  4096                 files', 400],
    ['Max cpu time              7\nMax open files            1024  unlimited files\n', 1024],
    ['Max open files            unlimited            unlimited            files', null],
    ['', null],
  ])('are read from %j', (text, limit) => expect(openFilesLimit(text)).toBe(limit));

  it('are those of this one', () => {
    const { descriptors, openDescriptors, heapBytes } = readProcessLimits();
    expect(descriptors ?? Infinity).toBeGreaterThan(openDescriptors);
    expect(openDescriptors).toBeGreaterThan(3);
    expect(heapBytes).toBeGreaterThan(1e8);
  });
});
