-- What each instance has observed of each model, for whoever starts after it: a part has one author, is replaced as a
-- whole, and is added to the others' by its readers. Parts are good for ten minutes and then deleted. No foreign keys:
-- models may be archived and instances are gone when their parts are read.
CREATE TABLE "model_estimates" (
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "author" BIGINT NOT NULL,
    "part" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "model_estimates_pkey" PRIMARY KEY ("provider_slug", "model_slug", "author"),
    CONSTRAINT "model_estimates_part_is_numbers" CHECK ("part" ~ '^[0-9]+( [0-9]+)*$' AND length("part") <= 8192)
);
CREATE INDEX "model_estimates_by_age" ON "model_estimates" ("written_at");

-- When a user's call of a model last succeeded, on any instance: what it proves needs no probe.
CREATE TABLE "model_liveness" (
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "last_live_success_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "model_liveness_pkey" PRIMARY KEY ("provider_slug", "model_slug")
);
