import type { Db } from '../storage/database.ts';
import { within } from '../storage/within.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import type { BreakerBoard } from './board.service.ts';
import { claimProbe, settleProbe } from './probe.store.ts';
import type { Breaker, BreakerRule, Signal } from './breaker.ts';
import { claimProbe as claimAlone, settleProbe as settleAlone } from './machine.ts';

/** A probe that was won: exactly one call may be made. */
export interface WonProbe {
  /** Tells what the call has shown. Returns at once. */
  settle(signal: Signal, retryAfterMs: number | null): void;
}

/** Finds the one call in the fleet that tries a model whose cool-off has passed. */
export interface ProbeClaims {
  /** Whether this instance is asking for this model's probe at this moment. */
  isClaiming(key: string): boolean;
  /** Resolves with the probe, or null when another call has it. Never rejects. */
  claim(key: string, attemptMs: number): Promise<WonProbe | null>;
  /** Resolves when every settlement so far is written, or decided on alone. */
  settled(): Promise<void>;
}

export interface ProbeClaimsOptions {
  readonly db: Db;
  readonly board: BreakerBoard;
  readonly rule: BreakerRule;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** How long the database may take before the board decides alone. */
  readonly limitMs: number;
}

/** What a lease is longer than the attempt it is for: until its outcome is written. */
const LEASE_MARGIN_MS = 2_000;

/** By how much a doubled cool-off may be longer still, so that models that fell together do not rise together. */
const MOST_JITTER = 0.1;

/** No probe is claimed yet. */
export function createProbeClaims(options: ProbeClaimsOptions): ProbeClaims {
  const { db, board, rule, clock, timers, random, log, limitMs } = options;
  const claiming = new Set<string>();
  const settling = new Set<Promise<void>>();

  async function claim(key: string, attemptMs: number): Promise<WonProbe | null> {
    const token = random.uuid();
    const leaseMs = Math.ceil(attemptMs) + LEASE_MARGIN_MS;
    if (!board.isAlone()) {
      try {
        const write = await within({ timers, limitMs }, () => claimProbe(db, { key, token, leaseMs }));
        if (write === null) {
          void board.refresh();
          return null;
        }
        board.adopt([write]);
        return won(key, write.row.generation, token);
      } catch (err) {
        log.warn('The database does not say who probes: this instance decides alone.', { key, err });
        board.part();
      }
    }
    const claimed = claimAlone(board.breakerOf(key), { token, leaseMs }, clock.monotonicMs());
    if (claimed === null) return null;
    board.decide(claimed.breaker);
    return won(key, claimed.breaker.generation, token);
  }

  function won(key: string, generation: number, token: string): WonProbe {
    return {
      settle(signal, retryAfterMs) {
        const outcome = { signal, retryAfterMs, jitter: random.next() * MOST_JITTER };
        const settlement = settle({ key, generation, token, outcome }).finally(() => {
          settling.delete(settlement);
        });
        settling.add(settlement);
      },
    };
  }

  async function settle(found: Parameters<typeof settleProbe>[2]): Promise<void> {
    if (!board.isAlone()) {
      try {
        const write = await within({ timers, limitMs }, () => settleProbe(db, rule, found));
        if (write !== null) board.adopt([write]);
        else void board.refresh();
        return;
      } catch (err) {
        // The lease ends by itself: in the fleet another probe follows. Here the outcome counts.
        log.warn('What a probe has shown could not be written.', { key: found.key, err });
        board.part();
      }
    }
    const before: Breaker = board.breakerOf(found.key);
    const { generation, token, outcome } = found;
    const { breaker } = settleAlone(before, rule, { generation, token, ...outcome }, clock.monotonicMs());
    if (breaker !== before) board.decide(breaker);
  }

  return {
    isClaiming: (key) => claiming.has(key),
    async claim(key, attemptMs) {
      claiming.add(key);
      try {
        return await claim(key, attemptMs);
      } finally {
        // From here on the lease on the board keeps others away, and ends even if the probe never says how it went.
        claiming.delete(key);
      }
    },
    async settled() {
      while (settling.size > 0) await Promise.all(settling);
    },
  };
}
