-- What some adapters need beside an address and a key. They become parts of hosts and paths.
ALTER TABLE "providers"
    ADD COLUMN "region" TEXT,
    ADD COLUMN "api_version" TEXT,
    ADD COLUMN "project" TEXT,
    ADD CONSTRAINT "providers_region_well_formed" CHECK ("region" ~ '^[a-z]{2,20}(-[a-z0-9]{1,20}){0,4}$'),
    ADD CONSTRAINT "providers_api_version_well_formed" CHECK ("api_version" ~ '^(v1|[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?)$'),
    ADD CONSTRAINT "providers_project_well_formed" CHECK ("project" ~ '^[a-z][a-z0-9-]{4,28}[a-z0-9]$');
