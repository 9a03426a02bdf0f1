-- After a fail-over to a copy that lacks the last seconds a table is behind what servers remember of it, and soon at the
-- same number again with another content. The tag tells the two apart.
ALTER TABLE "topic_versions" ADD COLUMN "tag" UUID NOT NULL DEFAULT gen_random_uuid();

-- A breaker whose row was deleted begins anew at generation 1, which it may have had before.
DROP INDEX "breaker_transitions_generation_unique";
