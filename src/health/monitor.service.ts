import type { ProbeCall } from '../calls/probe-call.service.ts';
import { reportFault } from '../storage/outage/report-fault.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import type { ClaimResult, Claims } from './claims.service.ts';
import { createLocalSchedule } from './local-schedule.ts';
import { createProbing } from './probing.service.ts';
import type { Candidate } from './schedule.store.ts';
import { createWatchList, type WatchListOptions } from './watch-list.service.ts';

/**
 * Has every model that could be called probed once an interval in the fleet, and one whose breaker waits for a probe at
 * once, so that none comes back at a user's expense. Disposing ends the probes that are under way.
 */
export interface Monitor extends AsyncDisposable {
  /** Whether a probe of this model comes by itself when its breaker waits for one. */
  watches(key: string): boolean;
}

export interface MonitorOptions extends WatchListOptions {
  readonly claims: Claims;
  readonly probe: ProbeCall;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** How long a claim lasts that is not renewed. */
  readonly leaseMs: number;
  /** What all probes of the fleet may cost in an hour, integer micro-USD. */
  readonly capMicroUsd: number;
}

/** The longest that a breaker waits for its probe to be begun, beside what the database takes. */
const MOST_TICK_MS = 200;
const LEAST_TICK_MS = 20;

/** How often the schedule is asked at least, for what other instances and operators have changed. */
const MOST_REST_MS = 10_000;

/** How soon a schedule that did not answer is asked again. */
const RETRY_MS = 1_000;

/** How long a model that the cap leaves no money for is left to users' calls. */
const UNAFFORDABLE_MS = 60_000;

/** Begins at once. */
export function startMonitor(options: MonitorOptions): Monitor {
  const { claims, clock, timers, log, leaseMs } = options;
  const list = createWatchList(options);
  const probing = createProbing(options);
  const alone = createLocalSchedule(options);
  let isAlone = false;
  const unaffordableUntil = new Map<string, number>();
  const canAfford = (key: string, now: number) => now >= (unaffordableUntil.get(key) ?? -Infinity);
  let askAt = -Infinity;
  let renewAt = Infinity;

  async function tick(): Promise<void> {
    if (list.hasChanged()) askAt = -Infinity;
    const now = clock.monotonicMs();
    if (now >= renewAt) await renew(now);
    if (probing.room() === 0) return;
    const candidates = list.candidates(probing.has);
    if (candidates.length === 0) return;
    if (now >= askAt || (!isAlone && isUrgent(candidates, now))) await ask(candidates, now);
    if (isAlone) decideAlone(candidates, now);
  }

  const isUrgent = (candidates: readonly Candidate[], now: number) =>
    candidates.some(({ isRecovery, target }) => isRecovery && canAfford(target.key, now));

  async function ask(candidates: readonly Candidate[], now: number): Promise<void> {
    try {
      const request = { candidates, terms: list.terms(), limit: probing.room(), expenses: alone.expenses };
      take(await claims.claim(request), now);
    } catch (err) {
      onAway(err);
    }
  }

  function take({ won, unaffordable, nextInMs, leftMicroUsd }: ClaimResult, now: number): void {
    isAlone = false;
    if (leftMicroUsd !== null) alone.reset(leftMicroUsd);
    askAt = now + Math.min(nextInMs ?? MOST_REST_MS, MOST_REST_MS);
    for (const key of unaffordable) unaffordableUntil.set(key, now + UNAFFORDABLE_MS);
    for (const one of won) {
      unaffordableUntil.delete(one.target.key);
      probing.begin(one.target, (spent) => claims.release(one, spent).catch(onAway));
      renewAt = Math.min(renewAt, now + leaseMs / 3);
    }
  }

  /** The schedule does not answer: this instance goes by what it knows itself. */
  function decideAlone(candidates: readonly Candidate[], now: number): void {
    const rest = candidates.filter(({ target }) => !probing.has(target.key)).slice(0, probing.room());
    for (const expense of alone.due({ candidates: rest, terms: list.terms(), now })) {
      probing.begin(expense.target, async (spent) => void (expense.microUsd = spent ?? 0));
    }
  }

  async function renew(now: number): Promise<void> {
    const targets = probing.targets();
    renewAt = targets.length === 0 ? Infinity : now + leaseMs / 3;
    if (targets.length > 0 && !isAlone) await claims.renew(targets).catch(onAway);
  }

  function onAway(err: unknown): void {
    askAt = clock.monotonicMs() + RETRY_MS;
    if (isAlone) return;
    isAlone = true;
    reportFault(log, 'The schedule of probes cannot be used: this instance decides alone.', err);
  }

  const shortestMs = Math.min(options.intervalMs ?? Infinity, leaseMs) / 5;
  const ticking = repeat(timers, Math.min(MOST_TICK_MS, Math.max(LEAST_TICK_MS, shortestMs)), async () => {
    try {
      await tick();
    } catch (err) {
      log.error('The health monitor failed; it tries again.', { err });
    }
  });

  return {
    watches: (key) => list.has(key) && canAfford(key, clock.monotonicMs()),
    async [Symbol.asyncDispose]() {
      await ticking[Symbol.asyncDispose]();
      await probing[Symbol.asyncDispose]();
    },
  };
}
