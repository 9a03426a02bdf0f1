-- Whose calls have failed, so that what one tenant sends need not keep a model from all. A tenant that is nil is not
-- known. An earlier release writes the instants alone: where the two are not as many, nobody's is known.
ALTER TABLE "circuit_breakers"
    ADD COLUMN "failure_tenants" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    -- Of an open breaker: whose calls alone have opened it, until that has been looked into.
    ADD COLUMN "suspect_tenant" UUID,
    -- Whose failures alone open nothing, and until when.
    ADD COLUMN "wary_tenants" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    ADD COLUMN "wary_until" TIMESTAMPTZ(3)[] NOT NULL DEFAULT ARRAY[]::TIMESTAMPTZ(3)[],
    ADD CONSTRAINT "circuit_breakers_wary_have_ends" CHECK (cardinality("wary_tenants") = cardinality("wary_until"));

-- An open breaker, too, may have one call that finds something out.
ALTER TABLE "circuit_breakers"
    DROP CONSTRAINT "circuit_breakers_probe_only_half_open",
    ADD CONSTRAINT "circuit_breakers_probe_only_half_open" CHECK (
        "probe_token" IS NULL OR "state" = 'HALF_OPEN' OR ("state" = 'OPEN' AND "suspect_tenant" IS NOT NULL)
    );

-- Beside `record_breaker_outcomes_v1`, which older servers go on calling: a batch also says whose its failures were,
--   "failure_tenants": [] one for one with "failure_ages_ms", null or too few: not known
-- and what all come from one tenant opens no breaker that is wary of that tenant.
CREATE FUNCTION record_breaker_outcomes_v2(
    batches JSON, threshold INTEGER, window_ms INTEGER, first_cool_off_ms INTEGER
) RETURNS TABLE (written circuit_breakers, decided_at TIMESTAMPTZ, has_tripped BOOLEAN)
-- The thousand rows that are expected of a function by default would have the statement around it compiled for seconds.
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    -- Ages count from here: waiting for a lock makes no call younger.
    asked_at CONSTANT TIMESTAMPTZ(3) := clock_timestamp();
    failure_window CONSTANT INTERVAL := window_ms * INTERVAL '1 millisecond';
    nobody CONSTANT UUID := '00000000-0000-0000-0000-000000000000';
    batch RECORD;
    held circuit_breakers;
    failures TIMESTAMPTZ(3)[];
    tenants UUID[];
    sole_tenant UUID;
    first_kept INTEGER;
BEGIN
    FOR batch IN
        SELECT provider_slug, model_slug, generation,
               (asked_at - success_age_ms * INTERVAL '1 millisecond')::TIMESTAMPTZ(3) AS success_at,
               ARRAY(
                   SELECT (asked_at - age_ms * INTERVAL '1 millisecond')::TIMESTAMPTZ(3)
                   FROM unnest(failure_ages_ms) WITH ORDINALITY AS failure (age_ms, place)
                   ORDER BY age_ms DESC, place
               ) AS failures,
               ARRAY(
                   SELECT coalesce(failure_tenants[place], nobody)
                   FROM unnest(failure_ages_ms) WITH ORDINALITY AS failure (age_ms, place)
                   ORDER BY age_ms DESC, place
               ) AS tenants
        FROM json_to_recordset(batches) AS item (
            provider_slug TEXT, model_slug TEXT, generation INTEGER, success_age_ms FLOAT8, failure_ages_ms FLOAT8[],
            failure_tenants UUID[]
        )
        ORDER BY provider_slug, model_slug
    LOOP
        IF batch.failures = '{}' THEN
            -- A success that ends no streak is by far the commonest: it leaves nothing behind, not even a lock.
            CONTINUE WHEN NOT EXISTS (
                SELECT FROM circuit_breakers AS breaker
                WHERE breaker.provider_slug = batch.provider_slug AND breaker.model_slug = batch.model_slug
                    AND breaker.generation = batch.generation AND breaker.failure_instants[1] <= batch.success_at
            );
        ELSIF batch.generation = 0 THEN
            INSERT INTO circuit_breakers (provider_slug, model_slug)
            VALUES (batch.provider_slug, batch.model_slug) ON CONFLICT DO NOTHING;
        END IF;

        SELECT breaker.* INTO held FROM circuit_breakers AS breaker
        WHERE breaker.provider_slug = batch.provider_slug AND breaker.model_slug = batch.model_slug
            AND breaker.generation = batch.generation AND breaker.state = 'CLOSED' AND breaker.mode = 'AUTO'
        FOR UPDATE;
        CONTINUE WHEN NOT FOUND;

        decided_at := clock_timestamp()::TIMESTAMPTZ(3);
        IF cardinality(held.failure_tenants) <> cardinality(held.failure_instants) THEN
            held.failure_tenants := array_fill(nobody, ARRAY[cardinality(held.failure_instants)]);
        END IF;
        SELECT coalesce(array_agg(instant ORDER BY instant, source, place), '{}'),
               coalesce(array_agg(tenant ORDER BY instant, source, place), '{}')
        INTO failures, tenants
        FROM (
            SELECT 0 AS source, place, instant, tenant
            FROM unnest(held.failure_instants, held.failure_tenants) WITH ORDINALITY AS kept (instant, tenant, place)
            WHERE batch.success_at IS NULL OR instant > batch.success_at
            UNION ALL
            SELECT 1, place, instant, tenant
            FROM unnest(batch.failures, batch.tenants) WITH ORDINALITY AS fresh (instant, tenant, place)
        ) AS failure;
        sole_tenant := CASE WHEN tenants[1] <> nobody AND tenants[1] = ALL (tenants) THEN tenants[1] END;
        has_tripped := EXISTS (
            SELECT FROM generate_series(threshold, cardinality(failures)) AS newest
            WHERE failures[newest] - failures[newest - threshold + 1] <= failure_window
        ) AND NOT EXISTS (
            SELECT FROM unnest(held.wary_tenants, held.wary_until) AS wary (tenant, until)
            WHERE wary.tenant = sole_tenant AND wary.until > decided_at
        );
        held.suspect_tenant := NULL;
        IF has_tripped THEN
            held.state := 'OPEN';
            held.generation := held.generation + 1;
            held.trip_count := held.trip_count + 1;
            held.opened_at := decided_at;
            held.open_until := decided_at + first_cool_off_ms * INTERVAL '1 millisecond';
            held.cool_off_ms := first_cool_off_ms;
            held.suspect_tenant := sole_tenant;
            failures := '{}';
            tenants := '{}';
        ELSE
            -- Of a tenant that trips nothing alone, no more than one too few.
            first_kept := greatest(
                cardinality(failures) - threshold + 2,
                (
                    SELECT min(place) FROM generate_subscripts(failures, 1) AS place
                    WHERE failures[place] >= failures[cardinality(failures)] - failure_window
                )
            );
            failures := failures[first_kept:];
            tenants := tenants[first_kept:];
            CONTINUE WHEN failures = held.failure_instants;
        END IF;

        UPDATE circuit_breakers AS breaker
        SET revision = held.revision + 1, state = held.state, generation = held.generation,
            trip_count = held.trip_count, opened_at = held.opened_at, open_until = held.open_until,
            cool_off_ms = held.cool_off_ms,
            failure_instants = failures, consecutive_failures = cardinality(failures),
            failure_tenants = tenants, suspect_tenant = held.suspect_tenant,
            last_failure_at = greatest(held.last_failure_at, batch.failures[cardinality(batch.failures)]),
            last_success_at = greatest(held.last_success_at, batch.success_at)
        WHERE breaker.provider_slug = batch.provider_slug AND breaker.model_slug = batch.model_slug
        RETURNING breaker.* INTO written;
        RETURN NEXT;
    END LOOP;
END
$$;
