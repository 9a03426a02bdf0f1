import { describe, expect, it } from 'vitest';
import { CALL_BYTES, createCallRoom } from '../../../src/routing/carry/call-room.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { createSockets } from '../../../src/system/resources/sockets.ts';

const MUCH = 1e12;

const held = (places: readonly (Disposable | null)[]) => places.filter((place) => place !== null).length;

describe('room for calls', () => {
  it('is a socket to a provider for each beside those of clients', () => {
    const sockets = createSockets(99, nodeClock);
    const room = createCallRoom(sockets, MUCH);
    const callOverOwnConnection = () => {
      const client = sockets.clients.accept(() => {});
      return client && room.enter(100);
    };
    const places = Array.from({ length: 80 }, callOverOwnConnection);
    // With 24 that are left to those who are told to come again.
    expect(held(places)).toBe(37);
    expect(sockets.clients.count()).toBe(99 - 37);
    places[0]?.[Symbol.dispose]();
    places[0]?.[Symbol.dispose]();
    expect(held([callOverOwnConnection()])).toBe(0);
  });

  it('is some whatever else clients ask for, and more for calls that share a connection', () => {
    const sockets = createSockets(99, nodeClock);
    const room = createCallRoom(sockets, MUCH);
    const connections = Array.from({ length: 80 }, () => sockets.clients.accept(() => {}));
    const calls = Array.from({ length: 99 }, () => room.enter(100));
    expect(held(calls)).toBe(9);
    for (const connection of connections.slice(1)) connection?.[Symbol.dispose]();
    expect(held(Array.from({ length: 99 }, () => room.enter(100)))).toBe(74 - 9);
    calls[0]?.[Symbol.dispose]();
    expect(held([room.enter(100), room.enter(100)])).toBe(1);
  });

  it('is memory for what they hold: a large request takes the room of many', () => {
    const room = createCallRoom(createSockets(Infinity, nodeClock), 2 * 10 * CALL_BYTES);
    const large = room.enter(CALL_BYTES);
    expect(large).not.toBeNull();
    expect(held(Array.from({ length: 10 }, () => room.enter(0)))).toBe(5);
    large?.[Symbol.dispose]();
    expect(room.enter(CALL_BYTES / 2)).not.toBeNull();
  });

  it('is there for one call whatever it asks for, and however little there is', () => {
    const room = createCallRoom(createSockets(0, nodeClock), 1);
    const place = room.enter(MUCH);
    expect(place).not.toBeNull();
    expect(room.enter(0)).toBeNull();
    place?.[Symbol.dispose]();
    expect(room.enter(0)).not.toBeNull();
  });
});
