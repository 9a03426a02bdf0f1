-- How far below the best score a candidate may still share the first place: so far one number in the code, now the
-- tenant's. Who asked for one provider call and no fallback gets the best model, never a near-equal one.
ALTER TABLE "tenant_routing_policy" ADD COLUMN "near_equal_margin" DECIMAL(3,2) NOT NULL DEFAULT 0.05;

ALTER TABLE "tenant_routing_policy"
    ADD CONSTRAINT "tenant_routing_policy_near_equal_margin_in_bounds" CHECK ("near_equal_margin" BETWEEN 0 AND 0.20);

UPDATE "tenant_routing_policy" SET "near_equal_margin" = 0 WHERE "policy_name" = 'strict_no_fallback';
