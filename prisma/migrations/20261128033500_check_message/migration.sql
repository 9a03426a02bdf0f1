-- What the provider said of a probe that failed, bounded and without credentials, as attempts have it.
ALTER TABLE "provider_health_checks" ADD COLUMN "message" TEXT;
