import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { BusEvent } from '../../src/events/bus.ts';
import { FEED_BUFFER } from '../../src/events/key-feed.service.ts';
import { FEED_PAGE } from '../../src/events/table-access.service.ts';
import type { Loss } from '../../src/events/losses.service.ts';
import { createFeed, FEED_POLL_MS } from '../../src/events/feed.service.ts';
import type { Place } from '../../src/events/resume.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { createListedTable, takeAll, type ListedRow } from './listed-table.ts';

function prepare() {
  const time = createManualTime();
  const log = createKeptLog();
  const bus = createMemoryBus(log);
  const table = createListedTable();
  const losses: Loss[] = [];
  const feed = createFeed({
    ...{ table, bus, timers: time.timers, log },
    losses: { report: (loss) => void losses.push(loss) },
  });
  const publish = async (...events: BusEvent[]) => {
    for (const event of events) bus.publish(event);
    await time.advance(0);
  };
  /** `after`: the place of a row, or its number in a table that has written one key alone and never gone back. */
  const follow = (key: string, after: number | Place | null = null) => {
    const place = typeof after === 'number' ? { seq: after, mark: `m${after}` } : after;
    return feed.follow({ key, after: place, isRelevant: () => true });
  };
  return { time, log, table, feed, losses, publish, follow };
}

const seqs = (rows: readonly ListedRow[]) => rows.map(({ seq }) => seq);
const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a feed', () => {
  it('gives what comes from now on, once and in order, whatever the bus repeats, delays or loses', async () => {
    const { time, table, publish, follow } = prepare();
    table.commit('a', 3);
    const source = await follow('a');
    const [four, five] = [table.commit('a'), table.commit('a')];
    await publish(five, four, five);
    expect(seqs(takeAll(source))).toEqual([4, 5]);
    table.commit('a', 2);
    await time.advance(FEED_POLL_MS);
    expect(seqs(takeAll(source))).toEqual([6, 7]);
  });

  it('costs one statement for all who follow one key without a cursor, and one read for each change', async () => {
    const { table, publish, follow } = prepare();
    table.commit('a', 3);
    const sources = await Promise.all(Array.from({ length: 50 }, () => follow('a')));
    sources.push(await follow('a'));
    expect(table.reads).toEqual({ heads: 1, pages: 0 });
    await publish(table.commit('a'));
    for (const source of sources) expect(seqs(takeAll(source))).toEqual([4]);
    expect(table.reads).toEqual({ heads: 1, pages: 1 });
  });

  it('polls all keys by one statement', async () => {
    const { time, table, follow } = prepare();
    for (const key of ['a', 'b', 'c']) await follow(key);
    const before = table.reads.heads;
    await time.advance(FEED_POLL_MS);
    expect(table.reads).toEqual({ heads: before + 1, pages: 0 });
  });

  it('replays what follows a cursor in pages, and goes on live', async () => {
    const { table, publish, follow } = prepare();
    const count = 2 * FEED_PAGE + 10;
    table.commit('a', count);
    const source = await follow('a', 5);
    const told: ListedRow[] = [];
    for (let read = source.refill!(); read !== undefined; read = source.refill!()) {
      await read;
      told.push(...takeAll(source));
    }
    expect(seqs(told)).toEqual(from(6, count));
    await publish(table.commit('a'));
    expect(seqs(takeAll(source))).toEqual([count + 1]);
  });

  it('lets one that lags read by itself, and holds no more than its buffer for it meanwhile', async () => {
    const { table, publish, follow } = prepare();
    const [slow, fast] = [await follow('a'), await follow('a')];
    const told: ListedRow[] = [];
    for (let i = 0; i < 3; i += 1) {
      await publish(table.commit('a', FEED_BUFFER - 20));
      told.push(...takeAll(fast));
    }
    expect(seqs(told)).toEqual(from(1, 3 * (FEED_BUFFER - 20)));
    expect(slow.refill!()).toBeUndefined();
    const late = takeAll(slow);
    expect(late.length).toBeLessThanOrEqual(FEED_BUFFER);
    for (let read = slow.refill!(); read !== undefined; read = slow.refill!()) {
      await read;
      late.push(...takeAll(slow));
    }
    expect(late).toEqual(told);
  });

  it('never gives anything of another key, also to those that lag', async () => {
    const { table, publish, follow } = prepare();
    const sources = { a: await follow('a'), b: await follow('b') };
    for (let i = 0; i < 5; i += 1) await publish(table.commit('a', FEED_BUFFER), table.commit('b', 150));
    for (const [key, source] of Object.entries(sources)) {
      const told = takeAll(source);
      for (let read = source.refill!(); read !== undefined; read = source.refill!()) {
        await read;
        told.push(...takeAll(source));
      }
      expect(new Set(told.map((row) => row.key))).toEqual(new Set([key]));
      expect(seqs(told)).toEqual(from(1, key === 'a' ? 5 * FEED_BUFFER : 750));
    }
  });

  it('refuses a cursor after which rows are gone, and one at which there is nothing', async () => {
    const { table, follow } = prepare();
    table.commit('a', 9);
    table.forget(4);
    await expect(follow('a', 3)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    await expect(follow('a', 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    const source = await follow('a', 4);
    await source.refill!();
    expect(seqs(takeAll(source))).toEqual(from(5, 9));
  });

  it('takes a cursor of what another instance has told and this one has not read yet', async () => {
    const { table, publish, follow } = prepare();
    await follow('a');
    const event = table.commit('a', 4);
    const source = await follow('a', 3);
    await publish(event);
    await source.refill!();
    expect(seqs(takeAll(source))).toEqual([4]);
  });

  it('ends a replay whose rows go away under it', async () => {
    const { table, follow } = prepare();
    table.commit('a', 9);
    const source = await follow('a', 2);
    table.forget(6);
    await expect(source.refill!()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });

  describe('whose table goes back, as when an older copy of the database takes its place,', () => {
    const lost = { code: 'CURSOR_EXPIRED' };

    it('ends those who were told what it lacks, also when the numbers are in use again by the next look', async () => {
      for (const again of [0, 1, 2, 5]) {
        const { time, table, losses, publish, follow } = prepare();
        table.commit('a', 3);
        const source = await follow('a');
        await publish(table.commit('a', 2));
        expect(seqs(takeAll(source))).toEqual([4, 5]);
        table.goBack('a', 2);
        if (again > 0) await publish(table.commit('a', again));
        await time.advance(FEED_POLL_MS);
        expect(takeAll(source)).toEqual([]);
        await expect(source.refill!()).rejects.toMatchObject(lost);
        expect(losses).toEqual([{ topic: 'decisions', key: 'a', knownSeq: 5, seq: 3 + again }]);
        const anew = await follow('a');
        await publish(table.commit('a'));
        expect(seqs(takeAll(anew))).toEqual([4 + again]);
      }
    });

    it('goes on for those who follow what it did not lack, once and in order', async () => {
      const { time, table, losses, publish, follow } = prepare();
      table.commit('a', 3);
      table.commit('b', 3);
      const other = await follow('b');
      const behind = await follow('a', 1);
      await publish(table.commit('a', 2));
      table.goBack('a', 2);
      await publish(table.commit('a', 4));
      await time.advance(FEED_POLL_MS);
      const told: ListedRow[] = [];
      for (let read = behind.refill!(); read !== undefined; read = behind.refill!()) {
        await read;
        told.push(...takeAll(behind));
      }
      expect(seqs(told)).toEqual(from(2, 7));
      await publish(table.commit('a'), table.commit('b'));
      expect(seqs(takeAll(behind))).toEqual([8]);
      expect(seqs(takeAll(other))).toEqual([4]);
      expect(losses.map(({ key }) => key)).toEqual(['a']);
    });

    it('refuses cursors of what it lacks, whatever has their numbers now, and takes those from before', async () => {
      const { table, follow } = prepare();
      table.commit('a', 5);
      table.goBack('a', 2);
      await expect(follow('a', 5)).rejects.toMatchObject(lost);
      table.commit('a', 3);
      for (const after of [4, 5]) await expect(follow('a', after)).rejects.toMatchObject(lost);
      const source = await follow('a', 3);
      await source.refill!();
      expect(seqs(takeAll(source))).toEqual([4, 5, 6]);
    });

    it('ends a replay under which its place goes away', async () => {
      const { table, follow } = prepare();
      table.commit('a', 5);
      const source = await follow('a', 4);
      table.goBack('a', 3);
      table.commit('a', 7);
      await expect(source.refill!()).rejects.toMatchObject(lost);
    });
  });

  it('survives an outage of its table: says so once, and makes up for it with the next poll', async () => {
    const { time, log, table, publish, follow } = prepare();
    const live = await follow('a');
    table.commit('a', 4);
    const behind = await follow('a', 1);
    table.isAway = true;
    await publish(table.commit('a'));
    await behind.refill!();
    await time.advance(3 * FEED_POLL_MS);
    expect(log.lines).toEqual(['debug: Subscriptions hear nothing new: their table is away.']);
    table.isAway = false;
    await time.advance(FEED_POLL_MS);
    await behind.refill!();
    expect([seqs(takeAll(live)), seqs(takeAll(behind))]).toEqual([from(1, 5), from(2, 5)]);
    expect(log.lines.at(-1)).toBe('debug: Subscriptions are told of changes again.');
  });

  it('refuses to begin while its table is away, and begins afterwards', async () => {
    const { table, follow } = prepare();
    table.isAway = true;
    await expect(follow('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    table.isAway = false;
    await expect(follow('a')).resolves.toBeDefined();
  });

  it('asks nothing when nobody follows any more', async () => {
    const { time, table, feed, publish, follow } = prepare();
    const sources = [await follow('a'), await follow('b')];
    for (const source of sources) source[Symbol.dispose]();
    expect(time.pending()).toBe(0);
    const before = { ...table.reads };
    await publish(table.commit('a'));
    expect(table.reads).toEqual(before);
    const source = await follow('a');
    await publish(table.commit('a'));
    expect(seqs(takeAll(source))).toEqual([2]);
    feed[Symbol.dispose]();
    expect(time.pending()).toBe(0);
  });
});
