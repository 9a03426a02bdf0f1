import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import type { AgedBatch } from '../rule/batch.ts';
import type { BreakerWrite } from './breaker-row.ts';
import { slugsOf, writeBreakers } from './breaker-write.store.ts';
import type { BreakerRule } from '../rule/breaker.ts';
import { machineReasons } from '../rule/step.ts';

/**
 * Brings outcomes of ordinary calls to their breakers, of which no two batches have one in common: `recordOutcomes` of
 * the machine, on the newest rows, in one statement (`record_breaker_outcomes_v2`). Returns what was written: nothing
 * of a batch that changes nothing.
 */
export async function recordOutcomes(
  db: Db,
  rule: BreakerRule,
  batches: readonly AgedBatch[],
): Promise<BreakerWrite[]> {
  const { threshold, windowMs, coolOffMs } = rule;
  const records = batches.map(({ key, generation, successAgeMs, failureAgesMs, failureTenants = [] }) => {
    const { providerSlug, modelSlug } = slugsOf(key);
    return {
      provider_slug: providerSlug,
      model_slug: modelSlug,
      generation,
      success_age_ms: successAgeMs,
      failure_ages_ms: failureAgesMs,
      failure_tenants: failureTenants,
    };
  });
  return writeBreakers(
    db,
    Prisma.sql`changed AS MATERIALIZED (
      SELECT (outcome.written).*, outcome.decided_at AS now, NULL AS actor, ${machineReasons.tripped} AS reason,
             CASE WHEN outcome.has_tripped THEN 'CLOSED' END AS shown_before, 'OPEN' AS shown_after
      FROM record_breaker_outcomes_v2(
        ${JSON.stringify(records)}::json, ${threshold}::int, ${windowMs}::int, ${coolOffMs}::int
      ) AS outcome
    )`,
  );
}
