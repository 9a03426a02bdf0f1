import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  claimProbe,
  setMode,
  settleProbe,
  type ProbeSettlement,
} from '../../../src/breakers/table/rare-steps.store.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import { freshKey, letPass, phaseOf, stored, transitionSeqs, trip } from './stored.ts';

const LEASE_MS = 30_000;

describeOnEachDatabase('probes', (open) => {
  const claim = (key: string, token: string = randomUUID()) =>
    claimProbe(open().prisma, { key, token, leaseMs: LEASE_MS });

  type Prober = Pick<ProbeSettlement, 'key' | 'generation' | 'token'>;
  const settle = (prober: Prober, found: Partial<ProbeSettlement>) =>
    settleProbe(open().prisma, rule, {
      ...prober,
      ...{ signal: 'neutral', retryAfterMs: null, jitter: 0 },
      ...found,
    });

  /** An open breaker whose cool-off is over. */
  async function due(): Promise<string> {
    const key = freshKey();
    await trip(open().prisma, key);
    await letPass(open().prisma, key, rule.coolOffMs);
    return key;
  }

  /** A probe that was won. */
  async function probing() {
    const [key, token] = [await due(), randomUUID()];
    await claim(key, token);
    return { key, token, generation: 2 };
  }

  it('begin only when the cool-off is over', async () => {
    const key = freshKey();
    expect(await claim(key)).toBeNull();
    await trip(open().prisma, key);
    expect(await claim(key)).toBeNull();
    await letPass(open().prisma, key, rule.coolOffMs - 30_000);
    expect(await claim(key)).toBeNull();
    await letPass(open().prisma, key, 30_000);
    expect(await claim(key)).not.toBeNull();
  });

  it('are won with a token, a lease and a generation of their own', async () => {
    const [key, token] = [await due(), randomUUID()];
    const write = await claim(key, token);
    expect(write).toMatchObject({
      row: {
        generation: 2,
        revision: 3,
        phase: {
          state: 'HALF_OPEN',
          coolOffMs: rule.coolOffMs,
          probe: { token, leaseUntil: LEASE_MS },
          nextProbeAt: 0,
          neutralProbes: 0,
        },
      },
      transition: { from: 'OPEN', to: 'HALF_OPEN', mode: 'AUTO', actor: null, generation: 2 },
    });
    expect(write!.row.history.halfOpenAt).toBe(write!.transition!.at);
  });

  it('are one at a time, until the lease ends: then another takes over, without a transition', async () => {
    const lost = await probing();
    expect(await claim(lost.key)).toBeNull();
    await letPass(open().prisma, lost.key, LEASE_MS);
    const seqs = await transitionSeqs(open().prisma);
    const [thief, before] = [randomUUID(), await stored(open().prisma, lost.key)];
    expect(await claim(lost.key, thief)).toMatchObject({
      row: {
        revision: before!.revision + 1,
        generation: 2,
        phase: { probe: { token: thief, leaseUntil: LEASE_MS } },
        history: { halfOpenAt: before!.history.halfOpenAt },
      },
      transition: null,
    });
    expect(await transitionSeqs(open().prisma)).toEqual(seqs);
    expect(await settle(lost, { signal: 'success' })).toBeNull();
    expect(await settle({ ...lost, token: thief }, { signal: 'success' })).not.toBeNull();
  });

  it('close a breaker by success, as if it had never tripped', async () => {
    const write = await settle(await probing(), { signal: 'success' });
    expect(write).toMatchObject({
      row: { generation: 3, tripCount: 1, phase: { state: 'CLOSED', failures: [] } },
      transition: { from: 'HALF_OPEN', to: 'CLOSED', generation: 3 },
    });
    const { closedAt, lastSuccessAt } = write!.row.history;
    expect([closedAt, lastSuccessAt]).toEqual([write!.transition!.at, write!.transition!.at]);
    const again = await trip(open().prisma, write!.row.key, 3);
    expect(phaseOf(again.row, 'OPEN').coolOffMs).toBe(rule.coolOffMs);
  });

  it('open it by failure for twice as long and a little more, up to the most', async () => {
    const key = await due();
    const coolOffs = [];
    for (const jitter of [0.1, 0, 0]) {
      const token = randomUUID();
      const { generation } = (await claim(key, token))!.row;
      const write = await settle({ key, token, generation }, { signal: 'failure', jitter });
      expect(write!.transition).toMatchObject({ from: 'HALF_OPEN', to: 'OPEN', generation: generation + 1 });
      expect(write!.row.history.openedAt).toBe(write!.transition!.at);
      const { coolOffMs, openUntil } = phaseOf(write!.row, 'OPEN');
      expect(openUntil).toBe(coolOffMs);
      coolOffs.push([coolOffMs, write!.row.tripCount]);
      await letPass(open().prisma, key, coolOffMs);
    }
    expect(coolOffs).toEqual([
      [132_000, 2],
      [240_000, 3],
      [240_000, 4],
    ]);
  });

  it('that say neither give their lease back, and the next rests longer each time, a minute at most', async () => {
    const { key, token, generation } = await probing();
    const rests = [];
    for (let n = 0; n < 8; n += 1) {
      const write = await settle({ key, token, generation }, { signal: 'neutral' });
      const { probe, nextProbeAt, neutralProbes } = phaseOf(write!.row, 'HALF_OPEN');
      expect([probe, neutralProbes, write!.transition]).toEqual([null, n + 1, null]);
      rests.push(nextProbeAt);
      expect(await claim(key)).toBeNull();
      await letPass(open().prisma, key, nextProbeAt);
      expect((await claim(key, token))!.row.generation).toBe(generation);
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('that were rate limited rest as long as the provider asks', async () => {
    const write = await settle(await probing(), { signal: 'neutral', retryAfterMs: 90_000 });
    expect(phaseOf(write!.row, 'HALF_OPEN').nextProbeAt).toBe(90_000);
  });

  describe('count for nothing', () => {
    it.each([
      ['with another token', { token: randomUUID() }],
      ['of another generation', { generation: 1 }],
      ['of a breaker nobody knows', { key: 'openai/unknown' }],
    ])('%s', async (_, changes) => {
      const found = await probing();
      expect(await settle({ ...found, ...changes }, { signal: 'success' })).toBeNull();
      expect((await stored(open().prisma, found.key))!.generation).toBe(2);
    });

    it('when their lease is over, though nobody took it', async () => {
      const found = await probing();
      await letPass(open().prisma, found.key, LEASE_MS);
      expect(await settle(found, { signal: 'failure' })).toBeNull();
    });

    it('a second time', async () => {
      const found = await probing();
      await settle(found, { signal: 'failure' });
      expect(await settle(found, { signal: 'success' })).toBeNull();
    });

    it('under an operator’s word, nor may they begin', async () => {
      const found = await probing();
      const word = { mode: 'FORCED_OPEN', actor: 'a', reason: 'r', untilMs: null, reset: false } as const;
      await setMode(open().prisma, { key: found.key, generation: 2, ...word });
      expect(await settle(found, { signal: 'success' })).toBeNull();
      expect(await claim(found.key)).toBeNull();
    });
  });
});
