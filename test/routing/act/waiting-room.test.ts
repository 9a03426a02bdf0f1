import { describe, expect, it } from 'vitest';
import { createWaitingRoom, MOST_WAITING, type Turn } from '../../../src/routing/act/waiting-room.service.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

const KEY = 'acme/model';

function prepare() {
  const { clock, timers, advance, pending } = createManualTime();
  const until = new Map<string, number>();
  const cool = (key: string, ms: number) => until.set(key, clock.monotonicMs() + ms);
  const waitMsOf = (key: string) => Math.max(0, (until.get(key) ?? 0) - clock.monotonicMs());
  const shut = new Set<string>();
  let tell: (key: string) => void = () => undefined;
  const room = createWaitingRoom({
    timers,
    waitMsOf,
    isShut: (key) => shut.has(key),
    onBreaker: (listener) => (tell = listener),
    places: { wait: () => Promise.reject(new Error('nobody asked for a place')) },
  });
  /** The model's breaker closes; `isHeard`: and word of it arrives. */
  const close = (key: string, isHeard = true) => {
    shut.delete(key);
    until.delete(key);
    if (isHeard) tell(key);
  };
  const turns: { readonly name: string; readonly turn: Turn }[] = [];
  const enter = (
    name: string,
    { key = KEY, signal = new AbortController().signal, floorMs = 1000, isShut = shut.has(KEY) } = {},
  ) =>
    room.enter(key, { floorMs, isShut }, signal).then((turn) => {
      if (turn !== null) turns.push({ name, turn });
      return turn;
    });
  const names = () => turns.map(({ name }) => name);
  const end = (name: string) => turns.find((entry) => entry.name === name)?.turn[Symbol.dispose]();
  return { room, enter, advance, pending, cool, shut, close, names, end };
}

describe('calls that wait for a model', () => {
  it('lets the first out when it is time, and each next one when the one before has ended', async () => {
    const { enter, advance, names, end, room } = prepare();
    for (const name of ['a', 'b', 'c']) void enter(name);
    expect(room.count()).toBe(3);
    await advance(999);
    expect(names()).toEqual([]);
    await advance(1);
    expect(names()).toEqual(['a']);
    await advance(10_000);
    expect(names()).toEqual(['a']);
    end('a');
    await advance(0);
    expect(names()).toEqual(['a', 'b']);
    end('b');
    await advance(0);
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(room.count()).toBe(0);
  });

  it('lets nobody out before its own time, also when the one before has ended sooner', async () => {
    const { enter, advance, names, end } = prepare();
    void enter('a');
    await advance(1000);
    void enter('b');
    end('a');
    await advance(999);
    expect(names()).toEqual(['a']);
    await advance(1);
    expect(names()).toEqual(['a', 'b']);
  });

  it('lets nobody out while the model cools down anew', async () => {
    const { enter, advance, cool, names, end } = prepare();
    for (const name of ['a', 'b']) void enter(name);
    await advance(1000);
    cool(KEY, 5000);
    end('a');
    await advance(4999);
    expect(names()).toEqual(['a']);
    await advance(1);
    expect(names()).toEqual(['a', 'b']);
  });

  describe('behind a breaker', () => {
    function prepareShut() {
      const stage = prepare();
      stage.shut.add(KEY);
      stage.cool(KEY, 60_000);
      for (const name of ['a', 'b', 'c', 'd']) void stage.enter(name);
      return stage;
    }

    it('lets all go on at once when it has closed, whoever has tried the model', async () => {
      const { advance, close, names, room } = prepareShut();
      await advance(10_000);
      expect(names()).toEqual([]);
      close(KEY);
      await advance(0);
      expect(names().toSorted()).toEqual(['a', 'b', 'c', 'd']);
      expect(room.count()).toBe(0);
    });

    it('lets them go on within a second when no word of it arrives', async () => {
      const { advance, close, names } = prepareShut();
      await advance(10_500);
      close(KEY, false);
      await advance(1_000);
      expect(names()).toHaveLength(4);
    });

    it('lets one try the model when it is time, and all others go on when that has closed it', async () => {
      const { advance, cool, close, names, end } = prepareShut();
      cool(KEY, 5_000);
      await advance(5_000);
      expect(names()).toEqual(['a']);
      // The breaker has admitted it as the probe.
      cool(KEY, 30_000);
      await advance(2_000);
      expect(names()).toEqual(['a']);
      close(KEY);
      await advance(0);
      end('a');
      expect(names().toSorted()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('lets the next one try when the one before has ended without closing it', async () => {
      const { advance, cool, names, end } = prepareShut();
      cool(KEY, 5_000);
      await advance(5_000);
      end('a');
      await advance(0);
      expect(names()).toEqual(['a', 'b']);
    });

    it('lets nobody go on while the model also cools down', async () => {
      const { advance, cool, shut, names } = prepareShut();
      await advance(1_000);
      shut.delete(KEY);
      cool(KEY, 3_000);
      await advance(2_999);
      expect(names()).toEqual([]);
      await advance(1_000);
      expect(names()).toHaveLength(4);
    });

    it('lets a call go on, too, that comes when it has just closed', async () => {
      const { advance, close, enter, names } = prepareShut();
      close(KEY);
      await advance(1_000);
      for (const name of ['e', 'f']) void enter(name, { isShut: true });
      await advance(1_000);
      expect(names().slice(4)).toEqual(['e', 'f']);
    });

    it('lets those who come after it has closed, and wait for another reason, out one by one', async () => {
      const { advance, close, cool, enter, names, end } = prepareShut();
      await advance(1_000);
      close(KEY);
      await advance(0);
      for (const name of ['a', 'b', 'c', 'd']) end(name);
      cool(KEY, 2_000);
      for (const name of ['e', 'f']) void enter(name);
      await advance(10_000);
      expect(names().slice(4)).toEqual(['e']);
      end('e');
      await advance(0);
      expect(names().slice(4)).toEqual(['e', 'f']);
    });

    it('keeps neither timers nor listeners for those who are gone', async () => {
      const { advance, close, names, pending } = prepareShut();
      await advance(1_000);
      close(KEY);
      await advance(0);
      expect(names()).toHaveLength(4);
      expect(pending()).toBe(0);
    });
  });

  it('waits on for the first too, when the model turns out to recover later', async () => {
    const { enter, advance, cool, names } = prepare();
    void enter('a');
    cool(KEY, 3000);
    await advance(2999);
    expect(names()).toEqual([]);
    await advance(1);
    expect(names()).toEqual(['a']);
  });

  it('lets a call out soon when the model recovers sooner than was told', async () => {
    const { enter, advance, cool, names } = prepare();
    cool(KEY, 30_000);
    void enter('a', { floorMs: 500 });
    await advance(600);
    cool(KEY, 0);
    await advance(1000);
    expect(names()).toEqual(['a']);
  });

  it('keeps models apart', async () => {
    const { enter, advance, names } = prepare();
    void enter('a');
    void enter('b', { key: 'acme/other' });
    await advance(1000);
    expect(names()).toEqual(['a', 'b']);
  });

  it('takes nobody in when it is full', async () => {
    const { enter, room } = prepare();
    for (let index = 0; index < MOST_WAITING; index += 1) void enter(String(index));
    expect(await enter('one too many')).toBeNull();
    expect(room.count()).toBe(MOST_WAITING);
  });

  it('lets go at once of whoever gives up, and nobody behind waits for that one', async () => {
    const { enter, advance, names, end, room } = prepare();
    const [first, second] = [new AbortController(), new AbortController()];
    const left = [
      expect(enter('a', { signal: first.signal })).rejects.toThrow('gone'),
      expect(enter('b', { signal: second.signal })).rejects.toThrow('gone'),
    ];
    void enter('c');
    void enter('d');
    second.abort(new Error('gone'));
    await left[1];
    expect(room.count()).toBe(3);
    first.abort(new Error('gone'));
    await left[0];
    await advance(1000);
    expect(names()).toEqual(['c']);
    end('c');
    await advance(0);
    expect(names()).toEqual(['c', 'd']);
  });

  it('lets one that gives up in the middle of the line let nobody past the one that is out', async () => {
    const { enter, advance, names } = prepare();
    const quitter = new AbortController();
    void enter('a');
    const left = expect(enter('b', { signal: quitter.signal })).rejects.toThrow('gone');
    void enter('c');
    await advance(1000);
    quitter.abort(new Error('gone'));
    await left;
    await advance(10_000);
    expect(names()).toEqual(['a']);
  });
});
