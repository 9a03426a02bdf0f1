import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { setMode } from '../../../src/breakers/table/rare-steps.store.ts';
import {
  createTransitionFeed,
  ALL_TRANSITIONS,
} from '../../../src/breakers/transitions/transition-feed.service.ts';
import {
  startTransitionSweeper,
  TRANSITION_RETENTION_MS,
  TRANSITION_SWEEP_INTERVAL_MS,
} from '../../../src/breakers/transitions/transition-sweeper.service.ts';
import {
  readForgottenTransition,
  type TransitionRow,
} from '../../../src/breakers/transitions/transition.store.ts';
import type { Bus } from '../../../src/events/bus.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { createLiveStreams } from '../../../src/events/live-streams.service.ts';
import type { Feed } from '../../../src/events/feed.service.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { openRedisBus } from '../../events/buses.ts';
import { freshKey } from '../table/stored.ts';

/** An instance that knows every breaker at this generation. */
const knowing = (generation: number) => ({
  viewOf: () => ({ generation }),
  refresh: async () => undefined,
  isAway: () => false,
});

const buses = [
  { where: 'in memory', open: async () => createMemoryBus(silentLog), skip: false },
  {
    where: 'over Redis',
    open: () => openRedisBus(inject('redisUrl') ?? ''),
    skip: inject('redisUrl') === null,
  },
];

describeOnEachDatabase('the transitions’ feed', (open) => {
  describe.for(buses)('with the bus $where', ({ open: openBus, skip }) => {
    let stack: AsyncDisposableStack;
    let bus: Bus;
    beforeEach(async ({ skip: skipTest }) => {
      if (skip) return skipTest();
      stack = new AsyncDisposableStack();
      bus = stack.use(await openBus());
    });
    afterEach(() => (skip ? undefined : stack.disposeAsync()));

    /** Forces a breaker once more; returns the transition's number. */
    async function step(key: string, generation: number): Promise<number> {
      const mode = generation % 2 === 0 ? 'FORCED_OPEN' : 'AUTO';
      const write = await setMode(open().prisma, {
        ...{ key, generation, mode, actor: 'key:test', reason: 'drill', untilMs: null, reset: false },
      });
      return write!.transition!.seq;
    }

    function start() {
      const feed = stack.use(
        createTransitionFeed({
          ...{ db: open().prisma, bus, timers: nodeTimers, log: silentLog },
          breakers: knowing(Infinity),
        }),
      );
      const streams = stack.use(createLiveStreams({ clock: nodeClock, timers: nodeTimers }));
      return { feed, streams };
    }

    async function* follow({ feed, streams }: ReturnType<typeof start>, after: number | null, key?: string) {
      const slug = key?.split('/')[1];
      const source = await follows(feed, after, ({ modelSlug }) => slug === undefined || slug === modelSlug);
      const signal = new AbortController().signal;
      yield* streams.open(source, { signal, isAllowed: () => true });
    }
    const follows = (
      feed: Feed<TransitionRow>,
      after: number | null,
      isRelevant: (row: TransitionRow) => boolean = () => true,
    ) => {
      const place = after === null ? null : { seq: after, mark: null };
      return feed.follow({ key: ALL_TRANSITIONS, after: place, isRelevant });
    };

    it('gives all that follow a cursor and go on, once and in order, while transitions go on', async () => {
      const parts = start();
      const key = freshKey();
      const first = await step(key, 0);
      const publish = (seq: number) => bus.publish({ topic: 'transitions', key, seq });
      const told: number[] = [];
      for (let generation = 1; generation < 20; generation += 1) await step(key, generation);
      const writing = (async () => {
        for (let generation = 20; generation < 60; generation += 1) {
          const seq = await step(key, generation);
          // Every third is lost, every fourth repeated.
          if (generation % 3 > 0) publish(seq);
          if (generation % 4 === 0) publish(seq);
        }
      })();
      for await (const row of follow(parts, first)) if (told.push(Number(row.seq)) === 59) break;
      await writing;
      expect(told).toEqual(Array.from({ length: 59 }, (_, index) => first + index + 1));
    });

    it('gives a subscriber of one model that model’s alone', async () => {
      const parts = start();
      const [mine, others] = [freshKey(), freshKey()];
      const before = (await step(others, 0)) - 1;
      for (let generation = 0; generation < 3; generation += 1) {
        await step(mine, generation);
        await step(others, generation + 1);
      }
      const told: TransitionRow[] = [];
      for await (const row of follow(parts, before, mine)) if (told.push(row) === 3) break;
      expect(told.map((row) => [`${row.providerSlug}/${row.modelSlug}`, row.generation])).toEqual(
        [1, 2, 3].map((generation) => [mine, generation]),
      );
    });
  });

  it('is swept of what is older than its retention, the oldest numbers first, and then refuses older cursors', async () => {
    const { prisma } = open();
    const write = await setMode(prisma, {
      ...{ key: freshKey(), generation: 0, mode: 'FORCED_OPEN', actor: 'a', reason: 'b' },
      ...{ untilMs: null, reset: false },
    });
    const newest = write!.transition!.seq;
    await prisma.$executeRaw`UPDATE breaker_transition_counter SET seq = seq + 600`;
    const old = new Date(nodeClock.now() - TRANSITION_RETENTION_MS - 60_000);
    const row = {
      providerSlug: 'p',
      modelSlug: freshKey(),
      from: 'CLOSED',
      to: 'OPEN',
      mode: 'AUTO',
      reason: 'r',
    };
    const rows = Array.from({ length: 600 }, (_, index) => ({
      ...{ ...row, seq: newest + index + 1, generation: index + 1 },
      // One that is kept, and behind it one that is older: numbers and instants need not agree.
      at: index === 590 ? new Date(nodeClock.now()) : old,
    }));
    await prisma.breakerTransition.deleteMany({ where: { seq: { lte: newest } } });
    await prisma.breakerTransition.createMany({ data: rows });

    const time = createManualTime();
    await using _sweeper = startTransitionSweeper({ db: prisma, timers: time.timers, log: silentLog });
    await time.advance(TRANSITION_SWEEP_INTERVAL_MS);
    await expect.poll(() => readForgottenTransition(prisma), { timeout: 10_000 }).toBe(newest + 590);
    expect(await prisma.breakerTransition.count()).toBe(10);
    const bus = createMemoryBus(silentLog);
    using feed = createTransitionFeed({
      ...{ db: prisma, bus, timers: nodeTimers, log: silentLog },
      breakers: knowing(Infinity),
    });
    const follow = (seq: number) =>
      feed.follow({ key: ALL_TRANSITIONS, after: { seq, mark: null }, isRelevant: () => true });
    await expect(follow(newest + 589)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    const source = await follow(newest + 590);
    source[Symbol.dispose]();
  });

  describe('hands on what its own instance knows', () => {
    /** A follower, on an instance that looks at the table only when it is asked to, and may then fail to reach it. */
    async function prepare() {
      const { prisma } = open();
      const key = freshKey();
      const known = { generation: 0, looks: 0, away: false };
      const committed = { generation: 0 };
      const time = createManualTime();
      const bus = createMemoryBus(silentLog);
      const feed = createTransitionFeed({
        ...{ db: prisma, bus, timers: time.timers, log: silentLog },
        breakers: {
          viewOf: () => known,
          async refresh() {
            known.looks += 1;
            if (!known.away) known.generation = committed.generation;
          },
          isAway: () => known.away,
        },
      });
      const source = await feed.follow({ key: ALL_TRANSITIONS, after: null, isRelevant: () => true });
      const commit = async () => {
        const mode = committed.generation % 2 === 0 ? 'FORCED_OPEN' : 'AUTO';
        const word = { actor: 'key:test', reason: 'drill', untilMs: null, reset: false };
        const write = await setMode(prisma, { ...word, key, generation: committed.generation, mode });
        committed.generation += 1;
        bus.publish({ topic: 'transitions', key, seq: write!.transition!.seq });
      };
      return {
        ...{ known, time, source, commit },
        [Symbol.dispose]() {
          source[Symbol.dispose]();
          feed[Symbol.dispose]();
        },
      };
    }

    it('no transition before its board has it', async () => {
      using stage = await prepare();
      const { known, source, commit } = stage;
      for (const generation of [1, 2]) {
        await commit();
        const next = () => source.take()?.generation;
        await expect.poll(next, { timeout: 10_000 }).toBe(generation);
        expect(known).toEqual({ generation, looks: generation, away: false });
      }
    });

    it('nothing while the table cannot be looked at, and everything when it can', async () => {
      using stage = await prepare();
      const { known, time, source, commit } = stage;
      known.away = true;
      await commit();
      await expect.poll(() => known.looks, { timeout: 10_000 }).toBeGreaterThan(0);
      await time.advance(0);
      expect(source.hasMore()).toBe(false);
      known.away = false;
      const next = async () => {
        await time.advance(2_000);
        return source.take()?.generation;
      };
      await expect.poll(next, { timeout: 10_000 }).toBe(1);
    });
  });
});
