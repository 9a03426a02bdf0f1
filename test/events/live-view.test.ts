import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bus } from '../../src/events/bus.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { createFanOut } from '../../src/events/fan-out.service.ts';
import { createLiveView, type LiveView } from '../../src/events/live-view.service.ts';
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

/** A table that a test changes and takes away by hand; `lines` is what was logged. */
async function openView() {
  const time = createManualTime();
  const table = { seq: 1, value: 'one', away: false, loads: 0, seqReads: 0 };
  const log = createKeptLog();
  const { lines } = log;
  const { bus, tell, resync, topics } = createTestBus();
  async function reach<R>(read: () => R): Promise<R> {
    await Promise.resolve();
    if (table.away) throw new Error('connection refused');
    return read();
  }
  const view: LiveView<string> = await createLiveView({
    topic: 'catalog',
    bus,
    load: () => {
      table.loads += 1;
      return reach(() => ({ seq: table.seq, value: table.value }));
    },
    readSeq: () => {
      table.seqReads += 1;
      return reach(() => table.seq);
    },
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
    expect([view.seq(), view.current()]).toEqual([1, 'one']);
  });

  it('cannot be made without a first load', async () => {
    const time = createManualTime();
    const failing = () => Promise.reject(new Error('connection refused'));
    await expect(
      createLiveView({
        topic: 'keys',
        bus: createMemoryBus(silentLog),
        load: failing,
        readSeq: failing,
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
    Object.assign(table, { seq: 2, value: 'two' });
    await time.advance(2000);
    expect([view.seq(), view.current()]).toEqual([2, 'two']);
  });

  it('looks at once when an event tells of a change, and not when it knows of it already', async () => {
    const { time, table, view, tell } = await openView();
    Object.assign(table, { seq: 2, value: 'two' });
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
    Object.assign(table, { seq: 2, value: 'two' });
    resync();
    await time.advance(0);
    expect(view.current()).toBe('two');
  });

  it('misses no change that is made while it subscribes', async () => {
    const table = { seq: 1, value: 'one' };
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
      load: async () => ({ ...table }),
      readSeq: async () => table.seq,
      timers: createManualTime().timers,
      pollMs: 2000,
      log: silentLog,
    });
    await Promise.resolve();
    Object.assign(table, { seq: 2, value: 'two' });
    subscribed.resolve();
    expect((await opening).current()).toBe('two');
  });

  it('never moves back and ends at the truth, whatever events come late, twice, early or not at all', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('commit' as const) }),
      fc.record({ do: fc.constant('event' as const), seq: fc.nat({ max: 30 }) }),
      fc.record({ do: fc.constantFrom('resync' as const, 'settle' as const, 'poll' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { time, table, view, tell, resync } = await openView();
        let former = view.seq();
        for (const now of steps) {
          if (now.do === 'commit')
            Object.assign(table, { seq: table.seq + 1, value: `value ${table.seq + 1}` });
          if (now.do === 'event') tell(now.seq);
          if (now.do === 'resync') resync();
          if (now.do === 'settle') await time.advance(0);
          if (now.do === 'poll') await time.advance(2000);
          expect(view.seq()).toBeGreaterThanOrEqual(former);
          former = view.seq();
        }
        await time.advance(2000);
        expect([view.seq(), view.current()]).toEqual([table.seq, table.value]);
        await view[Symbol.asyncDispose]();
      }),
    );
  });

  it('holds a change as soon as a refresh that was asked after it resolves', async () => {
    const { table, view } = await openView();
    Object.assign(table, { seq: 2, value: 'two' });
    await view.refresh();
    expect(view.current()).toBe('two');
  });

  it('never moves to a lower sequence number', async () => {
    const { time, table, view } = await openView();
    Object.assign(table, { seq: 5, value: 'five' });
    await view.refresh();
    Object.assign(table, { seq: 4, value: 'four' });
    await time.advance(10_000);
    expect([view.seq(), view.current()]).toEqual([5, 'five']);
  });

  it('shares one further run among the refreshes asked while one is running', async () => {
    const { table, view } = await openView();
    const first = view.refresh();
    await Promise.resolve();
    Object.assign(table, { seq: 2, value: 'two' });
    const others = [view.refresh(), view.refresh(), view.refresh()];
    await Promise.all([first, ...others]);
    expect(view.current()).toBe('two');
    expect(table.seqReads).toBe(2);
  });

  it('keeps its value through an outage, says so once, and recovers by itself', async () => {
    const { time, table, lines, view } = await openView();
    Object.assign(table, { seq: 2, value: 'two', away: true });
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
