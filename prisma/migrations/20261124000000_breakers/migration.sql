-- What calls have shown of breakers is written by a function, because only a sequence of steps can first look without
-- a lock, then insert, then lock, and decide on what is newest then. When the rule changes, a function of the next
-- version comes to stand beside this one: while a fleet is replaced, older servers go on calling theirs.

-- Brings outcomes of ordinary calls to their breakers. `batches` holds, for each of some breakers and for none twice,
--   { "provider_slug", "model_slug", "generation", "success_age_ms" or null, "failure_ages_ms": [] }
-- how long ago the newest success was, and the failures after it. A batch counts only while its breaker is CLOSED and
-- AUTO, and of the generation under which the calls were admitted.
--
-- Of the failures that the row keeps, those not newer than the success go; the batch's are added by their instants, so
-- that batches may come in any order. When `threshold` of them in a row lie within the window the breaker opens, for
-- exactly the cool-off; otherwise those go that are older than the newest by more than the window.
--
-- Returns the rows that it has written and the instant of each decision. Rows are locked in order of key; the
-- transitions are left to the statement that calls this.
CREATE FUNCTION record_breaker_outcomes_v1(
    batches JSON, threshold INTEGER, window_ms INTEGER, first_cool_off_ms INTEGER
) RETURNS TABLE (written circuit_breakers, decided_at TIMESTAMPTZ, has_tripped BOOLEAN)
-- The thousand rows that are expected of a function by default would have the statement around it compiled for seconds.
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    -- Ages count from here: waiting for a lock makes no call younger.
    asked_at CONSTANT TIMESTAMPTZ(3) := clock_timestamp();
    failure_window CONSTANT INTERVAL := window_ms * INTERVAL '1 millisecond';
    batch RECORD;
    held circuit_breakers;
    failures TIMESTAMPTZ(3)[];
BEGIN
    FOR batch IN
        SELECT provider_slug, model_slug, generation,
               (asked_at - success_age_ms * INTERVAL '1 millisecond')::TIMESTAMPTZ(3) AS success_at,
               ARRAY(
                   SELECT (asked_at - age_ms * INTERVAL '1 millisecond')::TIMESTAMPTZ(3)
                   FROM unnest(failure_ages_ms) AS age_ms ORDER BY age_ms DESC
               ) AS failures
        FROM json_to_recordset(batches) AS item (
            provider_slug TEXT, model_slug TEXT, generation INTEGER, success_age_ms FLOAT8, failure_ages_ms FLOAT8[]
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
        failures := ARRAY(
            SELECT instant FROM unnest(held.failure_instants) AS instant
            WHERE batch.success_at IS NULL OR instant > batch.success_at
            UNION ALL SELECT unnest(batch.failures)
            ORDER BY instant
        );
        has_tripped := EXISTS (
            SELECT FROM generate_series(threshold, cardinality(failures)) AS newest
            WHERE failures[newest] - failures[newest - threshold + 1] <= failure_window
        );
        IF has_tripped THEN
            held.state := 'OPEN';
            held.generation := held.generation + 1;
            held.trip_count := held.trip_count + 1;
            held.opened_at := decided_at;
            held.open_until := decided_at + first_cool_off_ms * INTERVAL '1 millisecond';
            held.cool_off_ms := first_cool_off_ms;
            failures := '{}';
        ELSE
            failures := ARRAY(
                SELECT instant FROM unnest(failures) AS instant
                WHERE instant >= failures[cardinality(failures)] - failure_window
                ORDER BY instant
            );
            CONTINUE WHEN failures = held.failure_instants;
        END IF;

        UPDATE circuit_breakers AS breaker
        SET revision = held.revision + 1, state = held.state, generation = held.generation,
            trip_count = held.trip_count, opened_at = held.opened_at, open_until = held.open_until,
            cool_off_ms = held.cool_off_ms,
            failure_instants = failures, consecutive_failures = cardinality(failures),
            last_failure_at = greatest(held.last_failure_at, batch.failures[cardinality(batch.failures)]),
            last_success_at = greatest(held.last_success_at, batch.success_at)
        WHERE breaker.provider_slug = batch.provider_slug AND breaker.model_slug = batch.model_slug
        RETURNING breaker.* INTO written;
        RETURN NEXT;
    END LOOP;
END
$$;
