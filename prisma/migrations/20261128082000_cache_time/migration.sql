-- How long a model's provider keeps a prompt for later calls that begin alike; null: as providers usually do.
ALTER TABLE "models" ADD COLUMN "cache_ttl_ms" INTEGER;
ALTER TABLE "models" ADD CONSTRAINT "models_cache_ttl_in_range" CHECK ("cache_ttl_ms" BETWEEN 1000 AND 3600000);
