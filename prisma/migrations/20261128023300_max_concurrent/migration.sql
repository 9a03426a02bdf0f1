-- How many calls an instance may have in flight, of a provider and of each of its models; absent: any number.
ALTER TABLE "providers" ADD COLUMN "max_concurrent" INTEGER;

ALTER TABLE "providers" ADD CONSTRAINT "providers_max_concurrent_positive" CHECK ("max_concurrent" > 0);

ALTER TABLE "models" ADD COLUMN "max_concurrent" INTEGER;

ALTER TABLE "models" ADD CONSTRAINT "models_max_concurrent_positive" CHECK ("max_concurrent" > 0);
