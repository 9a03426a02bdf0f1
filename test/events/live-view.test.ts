import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bus } from '../../src/events/bus.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { createFanOut } from '../../src/events/fan-out.service.ts';
import { createLiveView } from '../../src/events/live-view.service.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';

/** A bus whose events and resyncs are a test's. */
function createTestBus() {
  const { add, deliver, onResync, resync, topics } = createFanOut(silentLog);
  const bus: Bus = {
    ...createMemoryBus(silentLog),
    subscribe: async (topic, hear) => add(topic, hear),
    onResync,
  };
  return {
    bus,
    resync,
    topics,
    tell: (seq: number) => deliver({ topic: 'catalog', key: '', seq }),
  };
}

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five'];

/** What the table holds after so many changes; `history`: which copy of the database they were made in. */
const at = (seq: number, history = '') => {
  return { seq, tag: `${history}${seq}`, value: `${history}${NUMBERS[seq] ?? seq}` };
};

/** A table that a test changes and takes away by hand; `lines` is what was logged. */
async function openView({ hasLost }: { hasLost?: (found: string, copy: string) => boolean } = {}) {
  const time = createManualTime();
  const table = { ...at(1), away: false, loads: 0, seqReads: 0 };
  const log = createKeptLog();
  const { lines } = log;
  const { bus, tell, resync, topics } = createTestBus();
  async function reach<R>(read: () => R): Promise<R> {
    await Promise.resolve();
    if (table.away) throw new Error('connection refused');
    return read();
  }
  const versionOf = ({ seq, tag }: typeof table) => ({ seq, tag });
  const view = await createLiveView<string>({
    topic: 'catalog',
    bus,
    load: () => {
      table.loads += 1;
      return reach(() => ({ version: versionOf(table), value: table.value }));
    },
    readVersion: () => {
      table.seqReads += 1;
      return reach(() => versionOf(table));
    },
    ...(hasLost === undefined ? {} : { hasLost }),
    timers: time.timers,
    pollMs: 2000,
    log,
  });
  // The look that follows the subscription.
  table.seqReads = 0;
  return { time, table, lines, view, tell, resync, topics };
}

describe('a live view', () => {
  it('is loaded before anybody can read it', async () => {
    const { view } = await openView();
    expect(view.current()).toBe('one');
  });

  it('cannot be made without a first load', async () => {
    const time = createManualTime();
    const failing = () => Promise.reject(new Error('connection refused'));
    await expect(
      createLiveView({
        topic: 'keys',
        bus: createMemoryBus(silentLog),
        load: failing,
        readVersion: failing,
        timers: time.timers,
        pollMs: 2000,
        log: silentLog,
      }),
    ).rejects.toThrow('connection refused');
  });

  it('notices a change by polling, and loads nothing while there is none', async () => {
    const { time, table, view } = await openView();
    await time.advance(6000);
    expect([table.seqReads, table.loads]).toEqual([3, 1]);
    Object.assign(table, at(2));
    await time.advance(2000);
    expect(view.current()).toBe('two');
  });

  it('looks at once when an event tells of a change, and not when it knows of it already', async () => {
    const { time, table, view, tell } = await openView();
    Object.assign(table, at(2));
    tell(2);
    await time.advance(0);
    expect(view.current()).toBe('two');
    const reads = table.seqReads;
    for (const late of [2, 1, 2]) tell(late);
    await time.advance(0);
    expect(table.seqReads).toBe(reads);
  });

  it('looks at once when events may have been lost', async () => {
    const { time, table, view, resync } = await openView();
    Object.assign(table, at(2));
    resync();
    await time.advance(0);
    expect(view.current()).toBe('two');
  });

  it('misses no change that is made while it subscribes', async () => {
    const table = at(1);
    const versionOf = ({ seq, tag }: typeof table) => ({ seq, tag });
    const subscribed = Promise.withResolvers<void>();
    const { bus } = createTestBus();
    const opening = createLiveView({
      topic: 'catalog',
      bus: {
        ...bus,
        async subscribe(topic, listener) {
          await subscribed.promise;
          return bus.subscribe(topic, listener);
        },
      },
      load: async () => ({ version: versionOf(table), value: table.value }),
      readVersion: async () => versionOf(table),
      timers: createManualTime().timers,
      pollMs: 2000,
      log: silentLog,
    });
    await Promise.resolve();
    Object.assign(table, at(2));
    subscribed.resolve();
    expect((await opening).current()).toBe('two');
  });

  it('ends at the truth, whatever events come late, twice, early or not at all, and however far the table falls back', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('event' as const), seq: fc.nat({ max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), lost: fc.nat({ max: 5 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constantFrom('resync' as const, 'settle' as const, 'poll' as const) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { time, table, view, tell, resync } = await openView();
        let history = '';
        for (const now of steps) {
          if (now.do === 'commit') Object.assign(table, at(table.seq + 1, history));
          if (now.do === 'restore') {
            history += "'";
            Object.assign(table, at(Math.max(1, table.seq - now.lost), history));
          }
          if (now.do === 'event') tell(now.seq);
          if (now.do === 'resync') resync();
          if (now.do === 'settle') await time.advance(0);
          if (now.do === 'poll') await time.advance(2000);
        }
        await time.advance(2000);
        expect(view.current()).toBe(table.value);
        await view[Symbol.asyncDispose]();
      }),
    );
  });

  it('holds a change as soon as a refresh that was asked after it resolves', async () => {
    const { table, view } = await openView();
    Object.assign(table, at(2));
    await view.refresh();
    expect(view.current()).toBe('two');
  });

  describe('of a table that an older copy of the database has taken the place of', () => {
    const warning = 'warn: The table lacks what was known of it: the live view goes back with it.';

    it('goes back with it, and says so once', async () => {
      const { time, table, lines, view } = await openView();
      Object.assign(table, at(5));
      await view.refresh();
      Object.assign(table, at(4));
      await time.advance(10_000);
      expect(view.current()).toBe('four');
      expect(lines).toEqual([warning]);
    });

    it('follows it, too, when it has reached the same number again', async () => {
      const { time, table, lines, view } = await openView();
      Object.assign(table, at(5));
      await view.refresh();
      Object.assign(table, at(5, 'other '));
      await time.advance(2000);
      expect(view.current()).toBe('other five');
      expect(lines).toEqual([warning]);
    });

    it('is not led astray by events of what was lost', async () => {
      const { time, table, view, tell } = await openView();
      Object.assign(table, at(5));
      await view.refresh();
      Object.assign(table, at(3));
      for (const late of [5, 4, 6]) tell(late);
      await time.advance(0);
      expect(view.current()).toBe('three');
    });

    it('says so where its keeper knows that something is lost, though the number has risen', async () => {
      const { time, table, lines, view } = await openView({ hasLost: (found) => found === 'two' });
      Object.assign(table, at(2));
      await view.refresh();
      expect(lines).toEqual([warning]);
      Object.assign(table, at(3));
      await time.advance(2000);
      expect([view.current(), lines.length]).toEqual(['three', 1]);
    });
  });

  it('says how many looks have begun: a change is seen by those after it', async () => {
    const { table, view } = await openView();
    const before = view.looksBegun();
    Object.assign(table, at(2));
    const refreshed = view.refresh();
    expect(view.looksBegun()).toBe(before);
    await refreshed;
    expect(view.looksBegun()).toBe(before + 1);
  });

  it('shares one further run among the refreshes asked while one is running', async () => {
    const { table, view } = await openView();
    const first = view.refresh();
    await Promise.resolve();
    Object.assign(table, at(2));
    const others = [view.refresh(), view.refresh(), view.refresh()];
    await Promise.all([first, ...others]);
    expect(view.current()).toBe('two');
    expect(table.seqReads).toBe(2);
  });

  it('keeps its value through an outage, says so once, and recovers by itself', async () => {
    const { time, table, lines, view } = await openView();
    Object.assign(table, at(2), { away: true });
    await view.refresh();
    await time.advance(10_000);
    expect(view.current()).toBe('one');
    expect(lines).toEqual(['warn: The live view cannot reach its table and keeps what it knows.']);
    table.away = false;
    await time.advance(2000);
    expect(view.current()).toBe('two');
    expect(lines.at(-1)).toBe('info: The live view follows its table again.');
  });

  it('leaves no timer and no subscription behind when it is disposed', async () => {
    const { time, table, view, topics } = await openView();
    const refreshed = view.refresh();
    await view[Symbol.asyncDispose]();
    await refreshed;
    expect([time.pending(), topics()]).toEqual([0, []]);
    await view.refresh();
    expect(table.seqReads).toBe(1);
  });
});
