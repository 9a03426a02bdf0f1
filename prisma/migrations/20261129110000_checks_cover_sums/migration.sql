-- Sums over a window are answered by the index alone: the checks of one model lie on a page of the table each.
CREATE INDEX "provider_health_checks_sums"
  ON "provider_health_checks"("provider_slug", "model_slug", "probed_at" DESC, "outcome", "latency_ms");
DROP INDEX "provider_health_checks_latest";
ALTER INDEX "provider_health_checks_sums" RENAME TO "provider_health_checks_latest";

-- The index answers alone only for pages that a vacuum has seen: after every hundredth new row, not every fifth.
ALTER TABLE "provider_health_checks" SET (autovacuum_vacuum_insert_scale_factor = 0.01);
