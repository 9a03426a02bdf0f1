import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { CHANGES_POLL_MS, createChanges } from '../../src/events/changes.service.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { takeAll } from './listed-table.ts';

interface Item {
  readonly key: string;
  readonly version: number;
}

/** Things with versions, of which memory learns when it is refreshed. */
function prepare(...keys: string[]) {
  const time = createManualTime();
  const bus = createMemoryBus(silentLog);
  const stored = new Map(keys.map((key) => [key, 1]));
  let memory = new Map(stored);
  const refresh = async () => void (memory = new Map(stored));
  const changes = createChanges<Item>({
    ...{ bus, timers: time.timers },
    collection: {
      ...{ topic: 'policies', refresh },
      keys: () => memory.keys(),
      find: (key) => {
        const version = memory.get(key);
        return version === undefined ? undefined : { key, version };
      },
      versionOf: ({ version }) => version,
    },
  });
  const change = (key: string) => void stored.set(key, (stored.get(key) ?? 0) + 1);
  const tell = async (key: string) => {
    bus.publish({ topic: 'policies', key, seq: stored.get(key) ?? 0 });
    await time.advance(0);
  };
  const watch = (withPresent: boolean, ...only: string[]) =>
    changes.watch({ withPresent, isRelevant: (key) => only.length === 0 || only.includes(key) });
  return { time, stored, changes, change, tell, watch, refresh };
}

describe('changes', () => {
  it('begin with what there is, for those who want that', async () => {
    const { watch } = prepare('a', 'b');
    expect(takeAll(await watch(true))).toEqual([
      { key: 'a', version: 1 },
      { key: 'b', version: 1 },
    ]);
    expect(takeAll(await watch(false))).toEqual([]);
  });

  it('are one object for all watchers, so that what is made of it can be shared', async () => {
    const { change, tell, watch } = prepare('a');
    const sources = [await watch(false), await watch(false)];
    change('a');
    await tell('a');
    const [one, other] = sources.map((source) => source.take());
    expect(one).toEqual({ key: 'a', version: 2 });
    expect(other).toBe(one);
  });

  it('are the latest when they are taken, and nothing of what is gone by then', async () => {
    const { change, tell, stored, refresh, watch } = prepare('a', 'b');
    const source = await watch(false);
    for (const key of ['a', 'b']) {
      change(key);
      await tell(key);
    }
    change('a');
    stored.delete('b');
    await refresh();
    expect(takeAll(source)).toEqual([{ key: 'a', version: 3 }]);
  });

  it('stay one object for those who have not taken yet when somebody else comes', async () => {
    const { change, tell, watch } = prepare('a');
    const sources = [await watch(false), await watch(false)];
    change('a');
    await tell('a');
    const first = sources[0]!.take();
    await watch(true);
    expect(sources[1]!.take()).toBe(first);
  });

  it('are the latest of each thing alone for whoever is slow, and hold no more than there are things', async () => {
    const { change, tell, watch } = prepare('a', 'b');
    const source = await watch(false);
    for (const key of ['a', 'b', 'a', 'a']) {
      change(key);
      await tell(key);
    }
    expect(takeAll(source)).toEqual([
      { key: 'a', version: 4 },
      { key: 'b', version: 2 },
    ]);
    await tell('a');
    expect([takeAll(source), source.hasMore()]).toEqual([[], false]);
  });

  it('are noticed without an event at the next poll, and tell nobody what is not theirs', async () => {
    const { time, change, refresh, watch } = prepare('a', 'b');
    const [mine, others] = [await watch(false, 'a'), await watch(false, 'b')];
    change('a');
    await refresh();
    await time.advance(CHANGES_POLL_MS);
    expect([takeAll(mine), takeAll(others)]).toEqual([[{ key: 'a', version: 2 }], []]);
  });

  it('pass over what is gone before it was taken, and tell of it when it is back', async () => {
    const { stored, change, tell, watch } = prepare('a');
    const source = await watch(false);
    change('a');
    await tell('a');
    stored.delete('a');
    await tell('a');
    expect(takeAll(source)).toEqual([]);
    stored.set('a', 9);
    await tell('a');
    expect(takeAll(source)).toEqual([{ key: 'a', version: 9 }]);
  });

  it('cost nothing once nobody watches', async () => {
    const { time, change, tell, watch } = prepare('a');
    const source = await watch(false);
    source[Symbol.dispose]();
    expect(time.pending()).toBe(0);
    change('a');
    await tell('a');
    expect(source.hasMore()).toBe(false);
  });
});
