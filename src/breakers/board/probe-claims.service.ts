import type { Db } from '../../storage/database.ts';
import { reportFault } from '../../storage/outage/report-fault.ts';
import { within } from '../../storage/within.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import type { BreakerBoard } from './board.service.ts';
import { claimProbe, settleProbe, type ProbeClaim, type ProbeSettlement } from '../table/rare-steps.store.ts';
import type { BreakerWrite } from '../table/breaker-row.ts';
import type { BreakerRule, Probe, BreakerSignal } from '../rule/breaker.ts';
import { claimEither as claimLocally, settleProbe as settleLocally } from '../rule/machine.ts';

/** A probe that was won: exactly one call may be made. */
export interface WonProbe {
  /** Tells what the call has shown. Returns at once. */
  settle(signal: BreakerSignal, retryAfterMs: number | null): void;
}

/** Finds the one call in the fleet that tries a model whose cool-off has passed. */
export interface ProbeClaims {
  /** Whether this instance is asking for this model's probe, or has one under way that the database knows nothing of. */
  isClaiming(key: string): boolean;
  /**
   * Resolves with the probe for a call that ends within so many milliseconds; null: another call has it, or the
   * database has not said so in time. `isToClear`: it finds out whether one tenant's calls alone have opened the
   * breaker. Never rejects.
   */
  claim(key: string, endsWithinMs: number, isToClear?: boolean): Promise<WonProbe | null>;
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
  readonly limitMs: () => number;
}

/** What a lease is longer than the call it is for: until its outcome is written. */
const LEASE_MARGIN_MS = 2_000;

/** An instance asks so often whether the database is there again. */
const RETURN_MS = 1_000;

/** By how much a doubled cool-off may be longer still, so that models that fell together do not rise together. */
const MOST_JITTER = 0.1;

/** No probe is claimed yet. */
export function createProbeClaims(options: ProbeClaimsOptions): ProbeClaims {
  const { db, board, rule, clock, timers, random, log, limitMs } = options;
  const claiming = new Set<string>();
  const settling = new Set<Promise<void>>();
  // What was won alone is not on the board once the database decides again, but the call may still be under way.
  const wonLocally = new Map<string, Probe>();
  let mayClaimLocallyAt = -Infinity;

  async function claim(key: string, endsWithinMs: number, isToClear: boolean): Promise<WonProbe | null> {
    const leaseMs = Math.ceil(endsWithinMs) + LEASE_MARGIN_MS;
    const wanted = { key, token: random.uuid(), leaseMs, isToClear };
    return board.isDetached() ? claimDetached(wanted) : claimInFleet(wanted);
  }

  async function claimInFleet(wanted: ProbeClaim): Promise<WonProbe | null> {
    const { key, token } = wanted;
    try {
      const write = await askFleet(options, wanted);
      if (write === null) {
        void board.refresh();
        return null;
      }
      board.applyWrites([write]);
      return won(key, write.row.generation, token);
    } catch (err) {
      const message = 'The database does not say who probes: so far, this instance decides alone.';
      reportFault(log, message, err, { key });
      board.detach();
      // A row that somebody holds looks the same as a database that is away, but then every instance would probe: none
      // does so alone before it has tried to return, for which what is under way may have to end first.
      mayClaimLocallyAt = clock.monotonicMs() + RETURN_MS + 2 * limitMs();
      return null;
    }
  }

  function claimDetached({ key, token, leaseMs, isToClear }: ProbeClaim): WonProbe | null {
    const now = clock.monotonicMs();
    if (now < mayClaimLocallyAt) return null;
    const step = claimLocally(board.breakerOf(key), { token, leaseMs, isToClear }, now);
    if (step === null) return null;
    board.decideLocally(step);
    wonLocally.set(key, { token, leaseUntil: now + leaseMs });
    return won(key, step.breaker.generation, token);
  }

  function won(key: string, generation: number, token: string): WonProbe {
    return {
      settle(signal, retryAfterMs) {
        const jitter = random.next() * MOST_JITTER;
        const settlement = settle({ key, generation, token, signal, retryAfterMs, jitter }).finally(() => {
          settling.delete(settlement);
          if (wonLocally.get(key)?.token === token) wonLocally.delete(key);
        });
        settling.add(settlement);
      },
    };
  }

  async function settle(found: ProbeSettlement): Promise<void> {
    if (!board.isDetached()) {
      try {
        const write = await within({ timers, limitMs }, () => settleProbe(db, rule, found));
        if (write !== null) board.applyWrites([write]);
        else void board.refresh();
        return;
      } catch (err) {
        // The lease ends by itself: in the fleet another probe follows. Here the outcome counts.
        reportFault(log, 'What a probe has shown could not be written.', err, { key: found.key });
        board.detach();
      }
    }
    board.decideLocally(settleLocally(board.breakerOf(found.key), rule, found, clock.monotonicMs()));
  }

  return {
    isClaiming: (key) =>
      claiming.has(key) || clock.monotonicMs() < (wonLocally.get(key)?.leaseUntil ?? -Infinity),
    async claim(key, endsWithinMs, isToClear = false) {
      claiming.add(key);
      try {
        return await claim(key, endsWithinMs, isToClear);
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

/** Resolves with what the claim has made of the breaker, null when it lost; rejects when the database is away. */
async function askFleet(options: ProbeClaimsOptions, claim: ProbeClaim): Promise<BreakerWrite | null> {
  let asked: Promise<BreakerWrite | null> | undefined;
  try {
    return await within(options, () => (asked = claimProbe(options.db, claim)));
  } catch (err) {
    void asked?.then(
      (late) => late && giveBack(options, late, claim),
      () => undefined,
    );
    throw err;
  }
}

/** Nobody waits any more for a probe that was won too late: it is the next call's. Never rejects. */
async function giveBack(
  options: ProbeClaimsOptions,
  { row: { generation } }: BreakerWrite,
  { key, token }: ProbeClaim,
): Promise<void> {
  const { db, board, rule, log } = options;
  const unsent = { key, generation, token, signal: 'neutral', retryAfterMs: 0, jitter: 0 } as const;
  try {
    const write = await within(options, () => settleProbe(db, rule, unsent));
    if (write !== null) board.applyWrites([write]);
  } catch (err) {
    const message = 'A probe that was won too late is not given back: its lease ends by itself.';
    reportFault(log, message, err, { key });
  }
}
