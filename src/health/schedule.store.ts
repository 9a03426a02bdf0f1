import type { Tx } from '../storage/database.ts';
import { SLOT_MS, SLOTS_AN_HOUR, type Spending } from './probe-spending.ts';
import { modelKey } from '../providers/model-key.ts';
import type { ProbeTarget } from './probe-target.ts';

/** A model whose row this transaction holds: nobody else can have it probed. */
export interface DueRow {
  readonly key: string;
  /** What its probes have cost lately, integer micro-USD; null: none has been made. */
  readonly usualMicroUsd: number | null;
  /** How long ago a user’s call of it was answered, anywhere in the fleet, milliseconds; null: never, or nobody has written it down. */
  readonly provenAgoMs: number | null;
}

/** A model that may be probed now. */
export interface Candidate {
  readonly target: ProbeTarget;
  /** Its breaker waits for a probe: it is due whatever the schedule says. */
  readonly isRecovery: boolean;
  /** When a model that is new to the schedule is due, milliseconds from now. */
  readonly firstInMs: number;
}

/** When a model is due. */
export interface Claim {
  readonly target: ProbeTarget;
  /** Milliseconds from now. */
  readonly nextInMs: number;
}

/** Whether this transaction is the only one in the fleet that claims probes; if not, another one does at this moment. */
export async function lockClaiming(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('switchyard.probe_schedule', 0)) AS locked`;
  return row?.locked === true;
}

/** Adds models that the schedule does not have yet. */
export async function scheduleNew(tx: Tx, candidates: readonly Candidate[]): Promise<void> {
  const { providers, models } = columns(candidates.map(({ target }) => target));
  const firstInMs = candidates.map((candidate) => candidate.firstInMs);
  await tx.$executeRaw`
    INSERT INTO probe_schedule (provider_slug, model_slug, due_at)
    SELECT provider_slug, model_slug, clock_timestamp() + first_in_ms * interval '1 millisecond'
    FROM unnest(${providers}::text[], ${models}::text[], ${firstInMs}::float8[])
      AS t (provider_slug, model_slug, first_in_ms)
    ON CONFLICT DO NOTHING`;
}

/** Locks at most `limit` of these models that are due and that nobody probes, those first that wait for recovery. */
export async function lockDue(
  tx: Tx,
  candidates: readonly Candidate[],
  limit: number,
): Promise<readonly DueRow[]> {
  const { providers, models } = columns(candidates.map(({ target }) => target));
  const recoveries = candidates.map(({ isRecovery }) => isRecovery);
  const rows = await tx.$queryRaw<
    {
      provider_slug: string;
      model_slug: string;
      usual_cost_micro_usd: bigint | null;
      proven_ago_ms: number | null;
    }[]
  >`
    SELECT s.provider_slug, s.model_slug, s.usual_cost_micro_usd,
      extract(epoch FROM clock_timestamp() - l.last_live_success_at)::float8 * 1000 AS proven_ago_ms
    FROM unnest(${providers}::text[], ${models}::text[], ${recoveries}::boolean[])
      AS t (provider_slug, model_slug, is_recovery)
    JOIN probe_schedule s USING (provider_slug, model_slug)
    LEFT JOIN model_liveness l USING (provider_slug, model_slug)
    WHERE (t.is_recovery OR s.due_at <= clock_timestamp())
      AND (s.lease_until IS NULL OR s.lease_until <= clock_timestamp())
    ORDER BY t.is_recovery DESC, s.due_at LIMIT ${limit}
    FOR UPDATE OF s SKIP LOCKED`;
  return rows.map((row) => ({
    key: modelKey(row.provider_slug, row.model_slug),
    usualMicroUsd: row.usual_cost_micro_usd === null ? null : Number(row.usual_cost_micro_usd),
    provenAgoMs: row.proven_ago_ms,
  }));
}

/** Makes this instance the prober of these models, and counts what the probes can cost at most. */
export async function claimProbes(
  tx: Tx,
  {
    prober,
    leaseMs,
    claims,
  }: { readonly prober: string; readonly leaseMs: number; readonly claims: readonly Claim[] },
): Promise<void> {
  const { providers, models } = columns(claims.map(({ target }) => target));
  const nextInMs = claims.map((claim) => claim.nextInMs);
  const mostMicroUsd = claims.map(({ target }) => BigInt(target.mostMicroUsd));
  await tx.$executeRaw`
    WITH claimed AS (
      SELECT * FROM unnest(${providers}::text[], ${models}::text[], ${nextInMs}::float8[], ${mostMicroUsd}::bigint[])
        AS t (provider_slug, model_slug, next_in_ms, most_micro_usd)
    ), spent AS (
      INSERT INTO probe_spending AS spending (slot, provider_slug, model_slug, micro_usd)
      SELECT floor(extract(epoch FROM clock_timestamp()) * 1000 / ${SLOT_MS})::int, provider_slug, model_slug, most_micro_usd
      FROM claimed WHERE most_micro_usd > 0
      ON CONFLICT (slot, provider_slug, model_slug) DO UPDATE SET micro_usd = spending.micro_usd + excluded.micro_usd
    )
    UPDATE probe_schedule s
    SET due_at = clock_timestamp() + claimed.next_in_ms * interval '1 millisecond',
        prober = ${prober}::uuid,
        lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
    FROM claimed WHERE s.provider_slug = claimed.provider_slug AND s.model_slug = claimed.model_slug`;
}

/** Counts what was spent without asking: integer micro-USD. */
export async function addSpending(
  tx: Tx,
  expenses: readonly { readonly target: ProbeTarget; readonly microUsd: number }[],
): Promise<void> {
  const { providers, models } = columns(expenses.map(({ target }) => target));
  await tx.$executeRaw`
    INSERT INTO probe_spending AS spending (slot, provider_slug, model_slug, micro_usd)
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000 / ${SLOT_MS})::int, provider_slug, model_slug, sum(micro_usd)
    FROM unnest(${providers}::text[], ${models}::text[], ${expenses.map(({ microUsd }) => BigInt(microUsd))}::bigint[])
      AS t (provider_slug, model_slug, micro_usd)
    GROUP BY provider_slug, model_slug
    ON CONFLICT (slot, provider_slug, model_slug) DO UPDATE SET micro_usd = spending.micro_usd + excluded.micro_usd`;
}

/** Says anew when models are due. */
export async function postpone(tx: Tx, claims: readonly Claim[]): Promise<void> {
  const { providers, models } = columns(claims.map(({ target }) => target));
  await tx.$executeRaw`
    UPDATE probe_schedule s SET due_at = clock_timestamp() + t.next_in_ms * interval '1 millisecond'
    FROM unnest(${providers}::text[], ${models}::text[], ${claims.map(({ nextInMs }) => nextInMs)}::float8[])
      AS t (provider_slug, model_slug, next_in_ms)
    WHERE s.provider_slug = t.provider_slug AND s.model_slug = t.model_slug`;
}

/** What probes have cost in the last hour. */
export async function readSpending(tx: Tx): Promise<Spending> {
  const rows = await tx.$queryRaw<{ provider_slug: string; model_slug: string; micro_usd: bigint }[]>`
    SELECT provider_slug, model_slug, sum(micro_usd)::bigint AS micro_usd FROM probe_spending
    WHERE slot > floor(extract(epoch FROM clock_timestamp()) * 1000 / ${SLOT_MS})::int - ${SLOTS_AN_HOUR}
    GROUP BY provider_slug, model_slug`;
  const byKey = new Map(
    rows.map((row) => [modelKey(row.provider_slug, row.model_slug), Number(row.micro_usd)]),
  );
  return {
    fleetMicroUsd: [...byKey.values()].reduce((sum, microUsd) => sum + microUsd, 0),
    ofModel: (key) => byKey.get(key) ?? 0,
  };
}

/** Forgets what probes have cost longer than an hour ago. */
export async function forgetSpending(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM probe_spending
    WHERE slot <= floor(extract(epoch FROM clock_timestamp()) * 1000 / ${SLOT_MS})::int - ${SLOTS_AN_HOUR}`;
}

/** Milliseconds until the next of these models is due that nobody probes, never negative; null: none is scheduled. */
export async function nextDueInMs(tx: Tx, candidates: readonly Candidate[]): Promise<number | null> {
  const { providers, models } = columns(candidates.map(({ target }) => target));
  const [row] = await tx.$queryRaw<{ in_ms: number | null }[]>`
    SELECT greatest(0, extract(epoch FROM min(greatest(s.due_at, s.lease_until)) - clock_timestamp()) * 1000)::float8 AS in_ms
    FROM unnest(${providers}::text[], ${models}::text[]) AS t (provider_slug, model_slug)
    JOIN probe_schedule s USING (provider_slug, model_slug)`;
  return row?.in_ms ?? null;
}

/** Goes on being the prober of these models; of those that another has taken over meanwhile, nothing. */
export async function renewLeases(
  db: Tx,
  {
    prober,
    leaseMs,
    targets,
  }: { readonly prober: string; readonly leaseMs: number; readonly targets: readonly ProbeTarget[] },
): Promise<void> {
  const { providers, models } = columns(targets);
  await db.$executeRaw`
    UPDATE probe_schedule s SET lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
    FROM unnest(${providers}::text[], ${models}::text[]) AS t (provider_slug, model_slug)
    WHERE s.provider_slug = t.provider_slug AND s.model_slug = t.model_slug AND s.prober = ${prober}::uuid`;
}

/** How a probe that was claimed ended, in money: integer micro-USD. */
export interface Released {
  readonly target: ProbeTarget;
  /** Null: nothing was sent. */
  readonly spentMicroUsd: number | null;
  readonly usualMicroUsd: number | null;
}

/**
 * Is the prober of these models no more, and counts what was spent instead of what could have been. What is left of a
 * reservation goes from the newest slot that has it, which is the one of the claim unless that was minutes ago.
 */
export async function releaseProbes(
  db: Tx,
  { prober, released }: { readonly prober: string; readonly released: readonly Released[] },
): Promise<void> {
  const { providers, models } = columns(released.map(({ target }) => target));
  const unspent = released.map(({ target, spentMicroUsd }) =>
    BigInt(target.mostMicroUsd - (spentMicroUsd ?? 0)),
  );
  const usual = released.map(({ usualMicroUsd }) => (usualMicroUsd === null ? null : BigInt(usualMicroUsd)));
  await db.$executeRaw`
    WITH released AS (
      SELECT * FROM unnest(${providers}::text[], ${models}::text[], ${unspent}::bigint[], ${usual}::bigint[])
        AS t (provider_slug, model_slug, unspent, usual)
    ), returned AS (
      UPDATE probe_spending p SET micro_usd = greatest(0, p.micro_usd - released.unspent)
      FROM released
      WHERE p.provider_slug = released.provider_slug AND p.model_slug = released.model_slug
        AND p.slot = (SELECT max(slot) FROM probe_spending newest
          WHERE newest.provider_slug = p.provider_slug AND newest.model_slug = p.model_slug)
    )
    UPDATE probe_schedule s
    SET prober = CASE WHEN s.prober = ${prober}::uuid THEN NULL ELSE s.prober END,
        lease_until = CASE WHEN s.prober = ${prober}::uuid THEN NULL ELSE s.lease_until END,
        usual_cost_micro_usd = coalesce(released.usual, s.usual_cost_micro_usd)
    FROM released WHERE s.provider_slug = released.provider_slug AND s.model_slug = released.model_slug`;
}

function columns(targets: readonly ProbeTarget[]): { providers: string[]; models: string[] } {
  return {
    providers: targets.map(({ providerSlug }) => providerSlug),
    models: targets.map(({ modelSlug }) => modelSlug),
  };
}
