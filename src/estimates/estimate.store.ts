import { decodeRow, encodeRow, type RemotePart } from '../fleet/replication.ts';
import { modelKey, splitModelKey } from '../providers/model-key.ts';
import type { Db } from '../storage/database.ts';
import { TRACK_MS } from './track.ts';
import type { Unsaved } from './estimate-board.ts';

/** So many parts of authors that are long gone are deleted with one writing. */
const MOST_DELETED = 1_000;

/** A part of a model as it is stored, with its age by the database's clock. */
export interface StoredPart extends RemotePart {
  readonly key: string;
}

/**
 * Writes an author's parts in the place of its former ones, and when users' calls last succeeded, in one statement;
 * what no longer counts of authors that write no more goes with it. Rows that somebody else is at are left to the next
 * time, so that no two instances wait for each other.
 */
export async function saveParts(
  db: Db,
  author: number,
  unsaved: readonly Unsaved[],
  now: number,
): Promise<void> {
  const told = unsaved.flatMap(({ key, part, liveSuccessAtMs }) => {
    const slugs = splitModelKey(key);
    if (slugs === undefined) return [];
    return {
      provider_slug: slugs.providerSlug,
      model_slug: slugs.modelSlug,
      part: part === null ? null : encodeRow(part.row),
      success_age_ms: liveSuccessAtMs === -Infinity ? null : Math.max(0, Math.round(now - liveSuccessAtMs)),
    };
  });
  await db.$executeRaw`
    WITH told AS MATERIALIZED (
      SELECT provider_slug, model_slug, part, clock_timestamp() AS now,
             clock_timestamp() - success_age_ms * INTERVAL '1 millisecond' AS success_at
      FROM json_to_recordset(${JSON.stringify(told)}::json)
        AS item (provider_slug TEXT, model_slug TEXT, part TEXT, success_age_ms FLOAT8)
      ORDER BY provider_slug, model_slug
    ), written AS (
      INSERT INTO model_estimates (provider_slug, model_slug, author, part, written_at)
      SELECT provider_slug, model_slug, ${author}::bigint, part, now FROM told WHERE part IS NOT NULL
      ON CONFLICT (provider_slug, model_slug, author)
        DO UPDATE SET part = excluded.part, written_at = excluded.written_at
    ), proven AS (
      INSERT INTO model_liveness AS known (provider_slug, model_slug, last_live_success_at)
      SELECT provider_slug, model_slug, success_at FROM told WHERE success_at IS NOT NULL
      ON CONFLICT (provider_slug, model_slug) DO UPDATE SET last_live_success_at = excluded.last_live_success_at
        WHERE known.last_live_success_at < excluded.last_live_success_at
    )
    DELETE FROM model_estimates AS gone USING (
      SELECT provider_slug, model_slug, author FROM model_estimates
      WHERE author <> ${author}::bigint AND written_at < statement_timestamp() - ${TRACK_MS} * INTERVAL '1 millisecond'
      ORDER BY written_at LIMIT ${MOST_DELETED} FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE gone.provider_slug = old.provider_slug AND gone.model_slug = old.model_slug AND gone.author = old.author`;
}

/** Every part that still counts, whoever wrote it. */
export async function loadParts(db: Db): Promise<StoredPart[]> {
  const rows = await db.$queryRaw<PartColumns[]>`
    SELECT provider_slug, model_slug, part,
           (extract(epoch FROM clock_timestamp() - written_at) * 1000)::float8 AS age_ms
    FROM model_estimates
    WHERE written_at > statement_timestamp() - ${TRACK_MS} * INTERVAL '1 millisecond'`;
  return rows.flatMap(({ provider_slug, model_slug, part, age_ms }) => {
    const row = decodeRow(part);
    if (row === undefined) return [];
    return { key: modelKey(provider_slug, model_slug), row, ageMs: Math.max(0, age_ms) };
  });
}

interface PartColumns {
  readonly provider_slug: string;
  readonly model_slug: string;
  readonly part: string;
  readonly age_ms: number;
}
