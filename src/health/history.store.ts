import type { InvocationStatus } from '../calls/call.ts';
import { modelKey, splitModelKey } from '../providers/model-key.ts';
import type { Db } from '../storage/database.ts';
import { Prisma } from '../storage/generated/prisma/client.ts';
import type { HealthBucket, HealthFigures, HealthSummary } from './history.ts';

interface FiguresRow {
  readonly count: number;
  readonly success_ratio: number | null;
  readonly latencies: readonly number[] | null;
}

// Bounds are told by `statement_timestamp()`: one by `clock_timestamp()`, which changes amid a statement, is compared
// with every row that there is instead of being looked up in the index.

/** Fast errors say nothing of how fast a model is; a timeout says that it took at least so long. */
const FIGURES = Prisma.sql`
  count(*)::int AS count,
  avg((outcome = 'ok')::int)::float8 AS success_ratio,
  percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency_ms)
    FILTER (WHERE outcome IN ('ok', 'timeout')) AS latencies`;

/** Of each of these models that was ever probed, what its checks have shown in the last so many milliseconds. */
export async function readSummaries(
  db: Db,
  keys: readonly string[],
  windowMs: number,
): Promise<ReadonlyMap<string, HealthSummary>> {
  const models = keys.flatMap((key) => splitModelKey(key) ?? []);
  const rows = await db.$queryRaw<
    (FiguresRow & { provider_slug: string; model_slug: string; last_outcome: string; last_probed_at: Date })[]
  >`
    SELECT t.provider_slug, t.model_slug, figures.*, last.outcome AS last_outcome, last.probed_at AS last_probed_at
    FROM unnest(
      ${models.map(({ providerSlug }) => providerSlug)}::text[],
      ${models.map(({ modelSlug }) => modelSlug)}::text[]
    ) AS t (provider_slug, model_slug)
    CROSS JOIN LATERAL (
      SELECT outcome, probed_at FROM provider_health_checks c
      WHERE c.provider_slug = t.provider_slug AND c.model_slug = t.model_slug
      ORDER BY probed_at DESC LIMIT 1
    ) AS last
    CROSS JOIN LATERAL (
      SELECT ${FIGURES} FROM provider_health_checks c
      WHERE c.provider_slug = t.provider_slug AND c.model_slug = t.model_slug
        AND c.probed_at > statement_timestamp() - ${windowMs}::float8 * interval '1 millisecond'
    ) AS figures`;
  return new Map(
    rows.map((row) => [
      modelKey(row.provider_slug, row.model_slug),
      {
        ...toFigures(row),
        lastProbedAt: row.last_probed_at.getTime(),
        lastOutcome: row.last_outcome as InvocationStatus,
      },
    ]),
  );
}

/** So many equal parts of the last so many milliseconds, the oldest first; their bounds are whole multiples of their length. */
export async function readSeries(
  db: Db,
  model: { readonly providerSlug: string; readonly modelSlug: string },
  { windowMs, buckets }: { readonly windowMs: number; readonly buckets: number },
): Promise<readonly HealthBucket[]> {
  const lengthMs = windowMs / buckets;
  const last = Prisma.sql`floor(extract(epoch FROM statement_timestamp()) * 1000 / ${lengthMs}::float8)::bigint`;
  const rows = await db.$queryRaw<(FiguresRow & { starts_ms: number })[]>`
    WITH checks AS (
      SELECT floor(extract(epoch FROM probed_at) * 1000 / ${lengthMs}::float8)::bigint AS bucket, outcome, latency_ms
      FROM provider_health_checks
      WHERE provider_slug = ${model.providerSlug} AND model_slug = ${model.modelSlug}
        AND probed_at >= to_timestamp((${last} - ${buckets - 1}::int) * ${lengthMs}::float8 / 1000)
    ), figures AS (
      SELECT bucket, ${FIGURES} FROM checks GROUP BY bucket
    )
    SELECT bucket * ${lengthMs}::float8 AS starts_ms, coalesce(count, 0) AS count, success_ratio, latencies
    FROM generate_series(${last} - ${buckets - 1}::int, ${last}) AS bucket
    LEFT JOIN figures USING (bucket) ORDER BY bucket`;
  return rows.map((row) => ({ ...toFigures(row), startsAt: Math.round(row.starts_ms) }));
}

/** Of each of these providers, what it said of the last probe that it refused for good: key, account or name. */
export async function readLastWords(
  db: Db,
  providerSlugs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.$queryRaw<{ provider_slug: string; message: string }[]>`
    SELECT t.provider_slug, last.message FROM unnest(${[...providerSlugs]}::text[]) AS t (provider_slug)
    CROSS JOIN LATERAL (
      SELECT message FROM provider_health_checks c
      WHERE c.provider_slug = t.provider_slug AND message IS NOT NULL
        AND failure_class IN ('AUTH', 'QUOTA_EXHAUSTED', 'MODEL_NOT_FOUND')
        AND probed_at > statement_timestamp() - interval '1 hour'
      ORDER BY probed_at DESC LIMIT 1
    ) AS last`;
  return new Map(rows.map(({ provider_slug: slug, message }) => [slug, message]));
}

function toFigures({ count, success_ratio: successRatio, latencies }: FiguresRow): HealthFigures {
  const [p50LatencyMs = null, p95LatencyMs = null, p99LatencyMs = null] = latencies ?? [];
  return { count, successRatio, p50LatencyMs, p95LatencyMs, p99LatencyMs };
}
