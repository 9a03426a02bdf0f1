import type { PrismaClient } from '../storage/generated/prisma/client.ts';
import { inTransaction } from '../storage/transaction.ts';
import { within, type Limit } from '../storage/within.ts';
import type { Random } from '../system/random.ts';
import { jittered, probeIntervalMs, usualCost, type IntervalTerms } from './probe-interval.ts';
import { affordable } from './probe-spending.ts';
import type { ProbeTarget } from './probe-target.ts';
import type { Expense } from './local-schedule.ts';
import {
  addSpending,
  claimProbes,
  forgetSpending,
  lockClaiming,
  lockDue,
  nextDueInMs,
  postpone,
  readSpending,
  releaseProbes,
  renewLeases,
  scheduleNew,
  type Candidate,
  type DueRow,
} from './schedule.store.ts';

/** A model that this instance is the fleet's one prober of, until it releases it. */
export interface Won {
  readonly target: ProbeTarget;
  /** What its probes have cost lately, integer micro-USD; null: none has been made. */
  readonly usualMicroUsd: number | null;
}

/** What asking the schedule has brought. */
export interface ClaimResult {
  readonly won: readonly Won[];
  /** Those that are due and would cost more than is left of the hour's cap. */
  readonly unaffordable: readonly string[];
  /** When asking again may bring something, milliseconds from now; null: nothing is scheduled. */
  readonly nextInMs: number | null;
  /** What is left of the hour's cap, integer micro-USD; null: was not read, and what was spent alone not counted. */
  readonly leftMicroUsd: number | null;
}

/** What is asked of the schedule. */
export interface ClaimRequest {
  readonly candidates: readonly Candidate[];
  readonly terms: IntervalTerms;
  /** The most probes to win at once. */
  readonly limit: number;
  /** What this instance has spent while it decided alone. */
  readonly expenses: readonly Expense[];
}

/** Finds the one prober of each model in the fleet. What fails throws; nothing was won then, or its lease ends. */
export interface Claims {
  claim(request: ClaimRequest): Promise<ClaimResult>;
  renew(targets: readonly ProbeTarget[]): Promise<void>;
  /** `spentMicroUsd`: null when nothing was sent. */
  release(won: Won, spentMicroUsd: number | null): Promise<void>;
}

export interface ClaimsOptions extends Omit<Limit, 'limitMs'> {
  readonly db: PrismaClient;
  readonly random: Random;
  /** How long the database may take. */
  readonly limitMs: () => number;
  /** What all probes of the fleet may cost in an hour, integer micro-USD. */
  readonly capMicroUsd: number;
  readonly leaseMs: number;
}

/** Asks for this instance alone, under a name of its own. */
export function createClaims(options: ClaimsOptions): Claims {
  const { db, random, timers, capMicroUsd, leaseMs } = options;
  const prober = random.uuid();
  const ask = <T>(work: () => Promise<T>) => within({ timers, limitMs: options.limitMs }, work);

  async function claim({ candidates, terms, limit, expenses }: ClaimRequest): Promise<ClaimResult> {
    const byKey = new Map(candidates.map((candidate) => [candidate.target.key, candidate]));
    return inTransaction(db, async (tx) => {
      if (!(await lockClaiming(tx))) return nothing;
      await scheduleNew(tx, candidates);
      if (expenses.length > 0) await addSpending(tx, expenses);
      const rows = await lockDue(tx, candidates, limit);
      const due = rows.flatMap((row) => {
        const candidate = byKey.get(row.key);
        return candidate === undefined ? [] : [dueProbe(row, candidate, terms)];
      });
      const proven = due.filter(({ provenForMs }) => provenForMs > 0);
      if (proven.length > 0) {
        await postpone(
          tx,
          proven.map(({ target, provenForMs }) => ({ target, nextInMs: provenForMs })),
        );
      }
      const wanted = due.filter(({ provenForMs }) => provenForMs <= 0);
      const spent = await readSpending(tx);
      const won = affordable(wanted, spent, capMicroUsd);
      if (won.length > 0) {
        const claims = won.map(({ target, intervalMs }) => ({
          target,
          nextInMs: jittered(intervalMs, random.next()),
        }));
        await claimProbes(tx, { prober, leaseMs, claims });
        await forgetSpending(tx);
      }
      const isWon = new Set(won.map(({ key }) => key));
      const unaffordable = wanted.filter(({ key }) => !isWon.has(key)).map(({ key }) => key);
      const rest = candidates.filter(({ target: { key } }) => !unaffordable.includes(key));
      const wonMicroUsd = won.reduce((sum, { mostMicroUsd }) => sum + mostMicroUsd, 0);
      const leftMicroUsd = Math.max(0, capMicroUsd - spent.fleetMicroUsd - wonMicroUsd);
      return { won, unaffordable, nextInMs: await nextDueInMs(tx, rest), leftMicroUsd };
    });
  }

  function dueProbe(
    { key, usualMicroUsd, provenAgoMs }: DueRow,
    { target, isRecovery }: Candidate,
    terms: IntervalTerms,
  ) {
    const intervalMs = probeIntervalMs(target, usualMicroUsd, terms);
    const provenForMs = isRecovery || provenAgoMs === null ? 0 : Math.ceil(intervalMs - provenAgoMs);
    return { key, target, usualMicroUsd, intervalMs, provenForMs, mostMicroUsd: target.mostMicroUsd };
  }

  return {
    claim: (request) => ask(() => claim(request)),
    renew: (targets) => ask(() => renewLeases(db, { prober, leaseMs, targets })),
    async release({ target, usualMicroUsd }, spentMicroUsd) {
      const usual = spentMicroUsd === null ? null : usualCost(usualMicroUsd, spentMicroUsd);
      const released = [{ target, spentMicroUsd, usualMicroUsd: usual }];
      await ask(() => releaseProbes(db, { prober, released }));
    },
  };
}

/** Another instance asks at this moment: there will be time after it. */
const nothing: ClaimResult = { won: [], unaffordable: [], nextInMs: 0, leftMicroUsd: null };
