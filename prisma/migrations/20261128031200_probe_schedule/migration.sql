-- When each model is to be probed next, and by whom it is being probed. No foreign keys: an archived model keeps its
-- history, and a row too many is harmless.
CREATE TABLE "probe_schedule" (
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "prober" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "usual_cost_micro_usd" BIGINT,

    CONSTRAINT "probe_schedule_pkey" PRIMARY KEY ("provider_slug","model_slug"),
    CONSTRAINT "probe_schedule_prober_has_lease" CHECK (("prober" IS NULL) = ("lease_until" IS NULL)),
    CONSTRAINT "probe_schedule_cost_not_negative" CHECK ("usual_cost_micro_usd" >= 0)
);

-- What probes have cost, in slots of five minutes since the epoch: an hour's cap looks back over thirteen of them.
CREATE TABLE "probe_spending" (
    "slot" INTEGER NOT NULL,
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "micro_usd" BIGINT NOT NULL,

    CONSTRAINT "probe_spending_pkey" PRIMARY KEY ("slot","provider_slug","model_slug")
);

ALTER TABLE "provider_health_checks" ADD COLUMN "cost_micro_usd" BIGINT;
ALTER TABLE "provider_health_checks" ADD CONSTRAINT "provider_health_checks_cost_not_negative" CHECK ("cost_micro_usd" >= 0);
