import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadBreakers } from '../../../src/breakers/table/breaker.store.ts';
import type { BreakerWrite } from '../../../src/breakers/table/breaker-row.ts';
import { shownState } from '../../../src/breakers/rule/breaker.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import {
  claimProbe,
  expireMode,
  setMode,
  settleProbe,
  type ModeChange,
} from '../../../src/breakers/table/rare-steps.store.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey, letPass, stored, trip } from './stored.ts';

describeOnEachDatabase('an operator’s word', (open) => {
  const change = (key: string, generation: number, changes: Partial<ModeChange>) =>
    inTransaction(open().prisma, (tx) =>
      setMode(tx, {
        key,
        generation,
        mode: 'AUTO',
        actor: 'ops@example.com',
        reason: 'maintenance',
        untilMs: null,
        reset: false,
        ...changes,
      }),
    );

  /** A breaker in each state, of generation 0 to 2. */
  const inState = {
    untouched: async () => ({ key: freshKey(), generation: 0 }),
    async failing() {
      const key = freshKey();
      await recordOutcomes(open().prisma, rule, [failed(key, 0, 2, 1)]);
      return { key, generation: 0 };
    },
    async open() {
      const key = freshKey();
      await trip(open().prisma, key);
      return { key, generation: 1 };
    },
    async probing() {
      const { key } = await inState.open();
      await letPass(open().prisma, key, rule.coolOffMs);
      await claimProbe(open().prisma, { key, token: randomUUID(), leaseMs: 30_000 });
      return { key, generation: 2 };
    },
  };

  describe.each(Object.keys(inState) as (keyof typeof inState)[])('about a breaker that is %s', (state) => {
    it.each(['FORCED_OPEN', 'FORCED_CLOSED'] as const)(
      '%s rests the machine and shows itself',
      async (mode) => {
        const { key, generation } = await inState[state]();
        const before = await stored(open().prisma, key);
        const write = await change(key, generation, { mode, untilMs: 3_600_000 });
        expect(write).toMatchObject({
          row: {
            revision: (before?.revision ?? 0) + 1,
            generation: generation + 1,
            tripCount: before?.tripCount ?? 0,
            phase: { state: 'CLOSED', failures: [] },
            control: { mode, actor: 'ops@example.com', reason: 'maintenance', until: 3_600_000 },
          },
          transition: {
            from: before === undefined ? 'CLOSED' : shownState(before),
            to: mode === 'FORCED_OPEN' ? 'OPEN' : 'CLOSED',
            mode,
            actor: 'ops@example.com',
            reason: 'maintenance',
            generation: generation + 1,
          },
        });
        expect(await stored(open().prisma, key)).toMatchObject({
          generation: generation + 1,
          control: { mode },
        });
      },
    );

    it('AUTO changes nothing but the generation', async () => {
      const { key, generation } = await inState[state]();
      const before = await stored(open().prisma, key);
      const write = await change(key, generation, {});
      const { row, transition } = write!;
      expect(row).toMatchObject({ generation: generation + 1, control: { mode: 'AUTO' } });
      expect(row.phase.state).toBe(before?.phase.state ?? 'CLOSED');
      expect(Object.keys(row.phase)).toEqual(Object.keys(before?.phase ?? row.phase));
      expect(transition).toMatchObject({ from: row.phase.state, to: row.phase.state, mode: 'AUTO' });
      expect(row.history).toEqual(before?.history ?? row.history);
    });

    it('reset makes it as good as new', async () => {
      const { key, generation } = await inState[state]();
      const write = await change(key, generation, { reset: true });
      expect(write).toMatchObject({
        row: { phase: { state: 'CLOSED', failures: [] }, control: { mode: 'AUTO' } },
        transition: { to: 'CLOSED', mode: 'AUTO', actor: 'ops@example.com', generation: generation + 1 },
      });
    });

    it('is refused when it names another generation, and leaves nothing', async () => {
      const { key, generation } = await inState[state]();
      const before = await stored(open().prisma, key);
      expect(await change(key, generation + 1, { mode: 'FORCED_OPEN' })).toBeNull();
      if (generation > 0) expect(await change(key, generation - 1, { reset: true })).toBeNull();
      expect((await stored(open().prisma, key))?.revision).toBe(before?.revision);
    });
  });

  it('tells since when what it shows has been shown', async () => {
    const key = freshKey();
    const forced = (await change(key, 0, { mode: 'FORCED_OPEN' }))!;
    expect(forced.row.history).toMatchObject({ openedAt: forced.transition!.at, closedAt: null });
    const again = (await change(key, 1, { mode: 'FORCED_OPEN', reason: 'still' }))!;
    expect(again.row.history.openedAt).toBe(forced.row.history.openedAt);
    const freed = (await change(key, 2, {}))!;
    expect(freed.row.history).toMatchObject({ closedAt: freed.transition!.at });
    expect(freed.transition).toMatchObject({ from: 'OPEN', to: 'CLOSED' });
  });

  it('keeps the outcome of a probe from before it from counting', async () => {
    const { key } = await inState.probing();
    const { row } = (await change(key, 2, {}))!;
    const token = row.phase.state === 'HALF_OPEN' ? row.phase.probe!.token : '';
    const found = { signal: 'success', retryAfterMs: null, jitter: 0 } as const;
    expect(await settleProbe(open().prisma, rule, { key, generation: 2, token, ...found })).toBeNull();
  });

  it('is undone with its transaction, numbers included', async () => {
    const [key, { version }] = [freshKey(), await loadBreakers(open().prisma)];
    const counter = () => open().prisma.breakerTransitionCounter.findFirst();
    const before = await counter();
    const undone = inTransaction(open().prisma, async (tx) => {
      const word = { actor: 'a', reason: 'r', untilMs: null, reset: false };
      expect(await setMode(tx, { key, generation: 0, mode: 'FORCED_OPEN', ...word })).not.toBeNull();
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await stored(open().prisma, key)).toBeUndefined();
    expect((await loadBreakers(open().prisma)).version).toEqual(version);
    expect(await counter()).toEqual(before);
  });

  it('ends at its time, by the database’s clock, once', async () => {
    const [ended, lasting, endless, free] = [freshKey(), freshKey(), freshKey(), freshKey()];
    for (const key of [ended, lasting]) await change(key, 0, { mode: 'FORCED_OPEN', untilMs: 60_000 });
    await change(endless, 0, { mode: 'FORCED_OPEN' });
    await trip(open().prisma, free);
    const keys = [free, endless, lasting, ended];
    const expireAll = async () => {
      const writes: BreakerWrite[] = [];
      for (const key of keys) writes.push(...[(await expireMode(open().prisma, key)) ?? []].flat());
      return writes;
    };
    expect(await expireAll()).toEqual([]);
    await letPass(open().prisma, ended, 60_000);
    const [write, ...others] = await expireAll();
    expect(others).toEqual([]);
    expect(write).toMatchObject({
      row: {
        key: ended,
        generation: 2,
        phase: { state: 'CLOSED', failures: [] },
        control: { mode: 'AUTO' },
        history: { closedAt: write!.transition!.at },
      },
      transition: { from: 'OPEN', to: 'CLOSED', mode: 'AUTO', actor: null, generation: 2 },
    });
    expect(await expireAll()).toEqual([]);
  });
});
