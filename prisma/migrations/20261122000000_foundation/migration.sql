-- Tables, columns and plain indexes are those of prisma/schema.prisma. What its language cannot say stands
-- beside them: every rule about what may be stored is a constraint or trigger named <table>_<what holds>,
-- and a violation is reported under that name.

-- Rules shared by several tables ------------------------------------------------------------------------------

-- Models are named `provider/model`, and `provider/*` means all of a provider's. A model's slug is printable
-- ASCII without spaces and without the asterisk, so no key can be mistaken for a pattern.
CREATE FUNCTION is_provider_slug(slug TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN slug ~ '^[a-z0-9][a-z0-9-]{0,62}$';

CREATE FUNCTION is_model_slug(slug TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN slug ~ '^[!-)+-~]{1,200}$';

CREATE FUNCTION are_model_patterns(patterns TEXT[]) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(bool_and(pattern IS NOT NULL AND pattern ~ '^[a-z0-9][a-z0-9-]{0,62}/(\*|[!-)+-~]{1,200})$'), true)
        FROM unnest(patterns) AS pattern
    );

CREATE FUNCTION is_display_name(name TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN name ~ '\S' AND char_length(name) <= 200;

-- Refuses whatever its trigger guards. The trigger's name is reported as the violated constraint; its argument
-- says why.
CREATE FUNCTION refuse_write() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of "%" violates constraint "%": %', TG_OP, TG_TABLE_NAME, TG_NAME, TG_ARGV[0]
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$$;

-- Tenants, their policies and keys ----------------------------------------------------------------------------

CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "tenants_slug_well_formed" CHECK ("slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT "tenants_name_well_formed" CHECK (is_display_name("name"))
);

CREATE UNIQUE INDEX "tenants_slug_unique" ON "tenants"("slug");

CREATE TABLE "tenant_routing_policy" (
    "tenant_id" UUID NOT NULL,
    "policy_name" TEXT NOT NULL DEFAULT 'balanced',
    "quality_weight" DECIMAL(3,2) NOT NULL DEFAULT 0.40,
    "latency_weight" DECIMAL(3,2) NOT NULL DEFAULT 0.30,
    "cost_weight" DECIMAL(3,2) NOT NULL DEFAULT 0.30,
    "fallback_enabled" BOOLEAN NOT NULL DEFAULT true,
    -- Five digits: numeric(4,2) would overflow at 100.00, which is a legal penalty.
    "fallback_cost_penalty_pct" DECIMAL(5,2) NOT NULL DEFAULT 5.00,
    "compliance_veto_threshold" DECIMAL(3,2) NOT NULL DEFAULT 0.50,
    "max_attempts" INTEGER NOT NULL DEFAULT 3,
    "timeout_ms" INTEGER NOT NULL DEFAULT 60000,
    "allowed_models" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "denied_models" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_routing_policy_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "tenant_routing_policy_tenant_exists" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE NO ACTION,
    CONSTRAINT "tenant_routing_policy_policy_name_known" CHECK ("policy_name" IN ('balanced', 'cost_first', 'quality_first', 'latency_first', 'strict_no_fallback')),
    CONSTRAINT "tenant_routing_policy_quality_weight_in_bounds" CHECK ("quality_weight" BETWEEN 0 AND 1),
    CONSTRAINT "tenant_routing_policy_latency_weight_in_bounds" CHECK ("latency_weight" BETWEEN 0 AND 1),
    CONSTRAINT "tenant_routing_policy_cost_weight_in_bounds" CHECK ("cost_weight" BETWEEN 0 AND 1),
    CONSTRAINT "tenant_routing_policy_weights_sum_to_one" CHECK ("quality_weight" + "latency_weight" + "cost_weight" = 1.00),
    CONSTRAINT "tenant_routing_policy_strict_has_no_fallback" CHECK ("policy_name" <> 'strict_no_fallback' OR NOT "fallback_enabled"),
    CONSTRAINT "tenant_routing_policy_fallback_cost_penalty_in_bounds" CHECK ("fallback_cost_penalty_pct" BETWEEN 0 AND 100),
    CONSTRAINT "tenant_routing_policy_compliance_threshold_in_bounds" CHECK ("compliance_veto_threshold" BETWEEN 0 AND 1),
    CONSTRAINT "tenant_routing_policy_max_attempts_in_bounds" CHECK ("max_attempts" BETWEEN 1 AND 10),
    CONSTRAINT "tenant_routing_policy_timeout_in_bounds" CHECK ("timeout_ms" BETWEEN 100 AND 600000),
    CONSTRAINT "tenant_routing_policy_allowed_models_are_patterns" CHECK (are_model_patterns("allowed_models")),
    CONSTRAINT "tenant_routing_policy_denied_models_are_patterns" CHECK (are_model_patterns("denied_models")),
    CONSTRAINT "tenant_routing_policy_version_positive" CHECK ("version" >= 1)
);

CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "environment" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "roles" TEXT[] NOT NULL,
    "label" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "requests_per_minute" INTEGER,
    "tokens_per_minute" INTEGER,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "api_keys_tenant_exists" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE NO ACTION,
    CONSTRAINT "api_keys_id_present" CHECK ("id" <> ''),
    CONSTRAINT "api_keys_environment_present" CHECK ("environment" <> ''),
    CONSTRAINT "api_keys_secret_hash_is_sha256" CHECK (octet_length("secret_hash") = 32),
    CONSTRAINT "api_keys_roles_known" CHECK (cardinality("roles") > 0 AND "roles" <@ ARRAY['ADMIN', 'TENANT_ADMIN', 'AGENT', 'VIEWER']),
    CONSTRAINT "api_keys_requests_per_minute_positive" CHECK ("requests_per_minute" > 0),
    CONSTRAINT "api_keys_tokens_per_minute_positive" CHECK ("tokens_per_minute" > 0)
);

CREATE INDEX "api_keys_by_tenant" ON "api_keys"("tenant_id", "created_at");

-- The catalog -------------------------------------------------------------------------------------------------

CREATE TABLE "providers" (
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "adapter" TEXT NOT NULL,
    "base_url" TEXT,
    "credential_name" TEXT,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "requests_per_minute" INTEGER,
    "tokens_per_minute" INTEGER,
    "archived_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "providers_pkey" PRIMARY KEY ("slug"),
    CONSTRAINT "providers_slug_well_formed" CHECK (is_provider_slug("slug")),
    CONSTRAINT "providers_name_well_formed" CHECK (is_display_name("name")),
    -- Which adapters there are is the code's business: a new one needs no migration.
    CONSTRAINT "providers_adapter_well_formed" CHECK ("adapter" ~ '^[a-z][a-z0-9-]{0,62}$'),
    -- A simulated provider has a script in place of an address.
    CONSTRAINT "providers_base_url_well_formed" CHECK ("base_url" ~ '^(https?://|simulated:)'),
    -- People paste keys where a key's name belongs, and the product's own settings are no credentials.
    CONSTRAINT "providers_credential_name_well_formed" CHECK (
        "credential_name" ~ '^[A-Z][A-Z0-9_]{2,63}$' AND "credential_name" !~ '^SWITCHYARD_' AND "credential_name" !~ '_URL$'
    ),
    CONSTRAINT "providers_requests_per_minute_positive" CHECK ("requests_per_minute" > 0),
    CONSTRAINT "providers_tokens_per_minute_positive" CHECK ("tokens_per_minute" > 0)
);

CREATE TABLE "models" (
    "provider_slug" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "capabilities" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "context_window_tokens" INTEGER NOT NULL,
    "max_output_tokens" INTEGER NOT NULL,
    "reasoning_token_floor" INTEGER,
    "input_micro_usd_per_million_tokens" BIGINT NOT NULL,
    "output_micro_usd_per_million_tokens" BIGINT NOT NULL,
    "expected_first_token_ms" INTEGER NOT NULL DEFAULT 800,
    "expected_ms_per_output_token" DECIMAL(9,3) NOT NULL DEFAULT 12,
    "attempt_timeout_ms" INTEGER,
    "first_token_timeout_ms" INTEGER,
    "probe_interval_ms" INTEGER,
    "compliance_score" DECIMAL(3,2) NOT NULL DEFAULT 0,
    "archived_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "models_pkey" PRIMARY KEY ("provider_slug","slug"),
    CONSTRAINT "models_provider_exists" FOREIGN KEY ("provider_slug") REFERENCES "providers"("slug") ON DELETE RESTRICT ON UPDATE NO ACTION,
    CONSTRAINT "models_slug_well_formed" CHECK (is_model_slug("slug")),
    CONSTRAINT "models_capabilities_known" CHECK ("capabilities" <@ ARRAY['TOOLS', 'VISION', 'JSON_SCHEMA', 'STREAMING', 'REASONING']),
    CONSTRAINT "models_context_window_positive" CHECK ("context_window_tokens" > 0),
    CONSTRAINT "models_max_output_positive" CHECK ("max_output_tokens" > 0),
    CONSTRAINT "models_reasoning_floor_within_output" CHECK ("reasoning_token_floor" BETWEEN 1 AND "max_output_tokens"),
    CONSTRAINT "models_reasoning_has_floor" CHECK (('REASONING' = ANY("capabilities")) = ("reasoning_token_floor" IS NOT NULL)),
    CONSTRAINT "models_input_price_not_negative" CHECK ("input_micro_usd_per_million_tokens" >= 0),
    CONSTRAINT "models_output_price_not_negative" CHECK ("output_micro_usd_per_million_tokens" >= 0),
    CONSTRAINT "models_expected_first_token_not_negative" CHECK ("expected_first_token_ms" >= 0),
    CONSTRAINT "models_expected_per_token_not_negative" CHECK ("expected_ms_per_output_token" BETWEEN 0 AND 999999.999),
    CONSTRAINT "models_attempt_timeout_positive" CHECK ("attempt_timeout_ms" > 0),
    CONSTRAINT "models_first_token_timeout_positive" CHECK ("first_token_timeout_ms" > 0),
    CONSTRAINT "models_probe_interval_positive" CHECK ("probe_interval_ms" > 0),
    CONSTRAINT "models_compliance_score_in_bounds" CHECK ("compliance_score" BETWEEN 0 AND 1)
);

CREATE TABLE "ats_scores" (
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "task_type" TEXT NOT NULL,
    "score" DECIMAL(5,4) NOT NULL,
    "samples" INTEGER NOT NULL DEFAULT 0,
    "source" TEXT NOT NULL,
    "measured_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ats_scores_pkey" PRIMARY KEY ("provider_slug","model_slug","task_type"),
    CONSTRAINT "ats_scores_model_exists" FOREIGN KEY ("provider_slug", "model_slug") REFERENCES "models"("provider_slug", "slug") ON DELETE CASCADE ON UPDATE NO ACTION,
    CONSTRAINT "ats_scores_task_type_well_formed" CHECK ("task_type" ~ '^[a-z0-9_.-]{1,64}$'),
    CONSTRAINT "ats_scores_score_in_bounds" CHECK ("score" BETWEEN 0 AND 1),
    CONSTRAINT "ats_scores_samples_not_negative" CHECK ("samples" >= 0),
    CONSTRAINT "ats_scores_source_well_formed" CHECK (is_display_name("source"))
);

CREATE TABLE "catalog_source" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "sha256" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalog_source_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "catalog_source_single_row" CHECK ("id" = 1),
    CONSTRAINT "catalog_source_sha256_well_formed" CHECK ("sha256" ~ '^([0-9a-f]{64})?$')
);

-- An empty hash: nothing was applied yet. The row is there from the start so that servers that start together
-- have something to lock.
INSERT INTO "catalog_source" ("sha256") VALUES ('');

-- Live views --------------------------------------------------------------------------------------------------

CREATE TABLE "topic_versions" (
    "topic" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "topic_versions_pkey" PRIMARY KEY ("topic"),
    CONSTRAINT "topic_versions_seq_not_negative" CHECK ("seq" >= 0)
);

INSERT INTO "topic_versions" ("topic") VALUES ('catalog'), ('policies'), ('keys');

CREATE TRIGGER "topic_versions_only_rise" BEFORE UPDATE ON "topic_versions"
    FOR EACH ROW WHEN (NEW."seq" <= OLD."seq")
    EXECUTE FUNCTION refuse_write('a reader that saw a version must never meet an older one');

-- Health ------------------------------------------------------------------------------------------------------

CREATE TABLE "provider_health_checks" (
    "id" UUID NOT NULL,
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "latency_ms" INTEGER NOT NULL,
    "failure_class" TEXT,
    "probed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_health_checks_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "provider_health_checks_outcome_known" CHECK ("outcome" IN ('ok', 'retriable_error', 'terminal_error', 'rate_limited', 'timeout')),
    CONSTRAINT "provider_health_checks_failure_has_class" CHECK (("outcome" = 'ok') = ("failure_class" IS NULL)),
    CONSTRAINT "provider_health_checks_latency_not_negative" CHECK ("latency_ms" >= 0)
);

CREATE INDEX "provider_health_checks_latest" ON "provider_health_checks"("provider_slug", "model_slug", "probed_at" DESC);

-- Newest first over all models, and retention.
CREATE INDEX "provider_health_checks_newest" ON "provider_health_checks"("probed_at" DESC, "id" DESC);

-- Circuit breakers --------------------------------------------------------------------------------------------

CREATE TABLE "circuit_breakers" (
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'CLOSED',
    "revision" BIGINT NOT NULL DEFAULT 0,
    "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
    "failure_instants" TIMESTAMPTZ(3)[] NOT NULL DEFAULT ARRAY[]::TIMESTAMPTZ(3)[],
    "trip_count" INTEGER NOT NULL DEFAULT 0,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "opened_at" TIMESTAMPTZ(3),
    "half_open_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "last_failure_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "open_until" TIMESTAMPTZ(3),
    "cool_off_ms" INTEGER,
    "next_probe_at" TIMESTAMPTZ(3),
    "neutral_probes" INTEGER NOT NULL DEFAULT 0,
    "probe_token" UUID,
    "probe_lease_until" TIMESTAMPTZ(3),
    "mode" TEXT NOT NULL DEFAULT 'AUTO',
    "mode_actor" TEXT,
    "mode_reason" TEXT,
    "mode_until" TIMESTAMPTZ(3),

    CONSTRAINT "circuit_breakers_pkey" PRIMARY KEY ("provider_slug","model_slug"),
    CONSTRAINT "circuit_breakers_state_known" CHECK ("state" IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
    CONSTRAINT "circuit_breakers_mode_known" CHECK ("mode" IN ('AUTO', 'FORCED_OPEN', 'FORCED_CLOSED')),
    CONSTRAINT "circuit_breakers_open_has_cool_off" CHECK (
        "state" <> 'OPEN' OR ("opened_at" IS NOT NULL AND "cool_off_ms" IS NOT NULL AND "open_until" IS NOT NULL AND "open_until" >= "opened_at")
    ),
    CONSTRAINT "circuit_breakers_half_open_has_instant" CHECK ("state" <> 'HALF_OPEN' OR "half_open_at" IS NOT NULL),
    CONSTRAINT "circuit_breakers_closed_has_no_cool_off" CHECK ("state" <> 'CLOSED' OR "open_until" IS NULL),
    CONSTRAINT "circuit_breakers_cool_off_in_bounds" CHECK ("cool_off_ms" BETWEEN 1 AND 86400000),
    -- A token without a lease would be a probe that nobody can take over, for ever.
    CONSTRAINT "circuit_breakers_probe_has_lease" CHECK (("probe_token" IS NULL) = ("probe_lease_until" IS NULL)),
    CONSTRAINT "circuit_breakers_probe_only_half_open" CHECK ("probe_token" IS NULL OR "state" = 'HALF_OPEN'),
    CONSTRAINT "circuit_breakers_failures_counted" CHECK (
        "consecutive_failures" = cardinality("failure_instants") AND array_position("failure_instants", NULL) IS NULL
    ),
    CONSTRAINT "circuit_breakers_revision_not_negative" CHECK ("revision" >= 0),
    CONSTRAINT "circuit_breakers_generation_not_negative" CHECK ("generation" >= 0),
    CONSTRAINT "circuit_breakers_first_generation_is_closed" CHECK ("generation" > 0 OR "state" = 'CLOSED'),
    CONSTRAINT "circuit_breakers_trip_count_not_negative" CHECK ("trip_count" >= 0),
    CONSTRAINT "circuit_breakers_neutral_probes_not_negative" CHECK ("neutral_probes" >= 0),
    CONSTRAINT "circuit_breakers_forced_mode_is_signed" CHECK ("mode" = 'AUTO' OR ("mode_actor" IS NOT NULL AND "mode_reason" IS NOT NULL)),
    CONSTRAINT "circuit_breakers_auto_mode_has_no_end" CHECK ("mode" <> 'AUTO' OR "mode_until" IS NULL)
);

-- Boards order what they hear by revision, and outcomes are judged by the generation they were admitted under.
CREATE TRIGGER "circuit_breakers_move_forward" BEFORE UPDATE ON "circuit_breakers"
    FOR EACH ROW WHEN (
        NEW."revision" <> OLD."revision" + 1
        OR NEW."generation" < OLD."generation"
        OR (NEW."state" <> OLD."state" AND NEW."generation" = OLD."generation")
    )
    EXECUTE FUNCTION refuse_write('each write raises the revision by one, each transition the generation');

CREATE TABLE "breaker_transitions" (
    "seq" BIGINT NOT NULL,
    "provider_slug" TEXT NOT NULL,
    "model_slug" TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "actor" TEXT,
    "reason" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "breaker_transitions_pkey" PRIMARY KEY ("seq"),
    CONSTRAINT "breaker_transitions_seq_positive" CHECK ("seq" >= 1),
    CONSTRAINT "breaker_transitions_from_known" CHECK ("from" IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
    CONSTRAINT "breaker_transitions_to_known" CHECK ("to" IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
    CONSTRAINT "breaker_transitions_mode_known" CHECK ("mode" IN ('AUTO', 'FORCED_OPEN', 'FORCED_CLOSED')),
    CONSTRAINT "breaker_transitions_generation_positive" CHECK ("generation" >= 1)
);

CREATE UNIQUE INDEX "breaker_transitions_generation_unique" ON "breaker_transitions"("provider_slug", "model_slug", "generation");

CREATE INDEX "breaker_transitions_by_model" ON "breaker_transitions"("provider_slug", "model_slug", "seq" DESC);

CREATE INDEX "breaker_transitions_by_age" ON "breaker_transitions"("at");

-- DELETE stays possible: transitions are history with a retention.
CREATE TRIGGER "breaker_transitions_append_only" BEFORE UPDATE OR TRUNCATE ON "breaker_transitions"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_write('what happened is not edited');

CREATE TABLE "breaker_transition_counter" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "breaker_transition_counter_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "breaker_transition_counter_single_row" CHECK ("id" = 1),
    CONSTRAINT "breaker_transition_counter_seq_not_negative" CHECK ("seq" >= 0)
);

INSERT INTO "breaker_transition_counter" DEFAULT VALUES;

CREATE TRIGGER "breaker_transition_counter_only_rises" BEFORE UPDATE ON "breaker_transition_counter"
    FOR EACH ROW WHEN (NEW."seq" <= OLD."seq")
    EXECUTE FUNCTION refuse_write('a number that a cursor may hold is never given twice');

-- Routing decisions -------------------------------------------------------------------------------------------

CREATE TABLE "routing_decisions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "workflow_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "planner_version" INTEGER NOT NULL,
    "plan_input" TEXT NOT NULL,
    "attempts" JSON,
    "completed_at" TIMESTAMPTZ(3),
    "latency_ms" INTEGER,
    "cost_micro_usd" BIGINT,
    "model_key" TEXT,
    "audit_seq" BIGINT,
    "degraded" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "routing_decisions_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "routing_decisions_status_known" CHECK (
        "status" IN ('SUCCEEDED', 'REFUSED', 'EXHAUSTED', 'DEADLINE', 'CANCELLED', 'INTERRUPTED', 'ABANDONED', 'PENDING')
    ),
    CONSTRAINT "routing_decisions_pending_is_incomplete" CHECK (("status" = 'PENDING') = ("completed_at" IS NULL)),
    CONSTRAINT "routing_decisions_completed_has_latency" CHECK (
        "status" IN ('PENDING', 'ABANDONED') OR "latency_ms" IS NOT NULL
    ),
    CONSTRAINT "routing_decisions_latency_not_negative" CHECK ("latency_ms" >= 0),
    CONSTRAINT "routing_decisions_succeeded_has_model" CHECK ("status" <> 'SUCCEEDED' OR "model_key" IS NOT NULL),
    CONSTRAINT "routing_decisions_cost_not_negative" CHECK ("cost_micro_usd" >= 0),
    CONSTRAINT "routing_decisions_deadline_after_creation" CHECK ("deadline_at" >= "created_at"),
    CONSTRAINT "routing_decisions_planner_version_positive" CHECK ("planner_version" >= 1),
    CONSTRAINT "routing_decisions_audit_seq_positive" CHECK ("audit_seq" >= 1),
    CONSTRAINT "routing_decisions_degraded_known" CHECK ("degraded" <@ ARRAY['REDIS', 'DATABASE'])
);

CREATE INDEX "routing_decisions_newest" ON "routing_decisions"("tenant_id", "created_at" DESC, "id" DESC);

CREATE UNIQUE INDEX "routing_decisions_audit_seq_unique" ON "routing_decisions"("tenant_id", "audit_seq");

-- A workflow's decisions, a model's decisions, and what went wrong, newest first. Partial, so that a call pays
-- only for the index that can find it; successes are so many that routing_decisions_newest meets them at once.
CREATE INDEX "routing_decisions_by_workflow" ON "routing_decisions"("tenant_id", "workflow_id", "created_at" DESC, "id" DESC)
    WHERE "workflow_id" IS NOT NULL;

CREATE INDEX "routing_decisions_by_model" ON "routing_decisions"("tenant_id", "model_key", "created_at" DESC, "id" DESC)
    WHERE "model_key" IS NOT NULL;

CREATE INDEX "routing_decisions_by_failure" ON "routing_decisions"("tenant_id", "status", "created_at" DESC, "id" DESC)
    WHERE "status" NOT IN ('SUCCEEDED', 'PENDING');

-- For the sweeper: holds what is under way, a few rows.
CREATE INDEX "routing_decisions_pending" ON "routing_decisions"("deadline_at") WHERE "status" = 'PENDING';

-- The audit log -----------------------------------------------------------------------------------------------

CREATE TABLE "audit_heads" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "audit_heads_seq_not_negative" CHECK ("seq" >= 0),
    CONSTRAINT "audit_heads_hash_is_sha256" CHECK (octet_length("hash") = 32)
);

CREATE TRIGGER "audit_heads_move_forward" BEFORE UPDATE ON "audit_heads"
    FOR EACH ROW WHEN (
        NEW."tenant_id" <> OLD."tenant_id" OR NEW."seq" < OLD."seq"
        OR (NEW."seq" = OLD."seq" AND NEW."hash" <> OLD."hash")
    )
    EXECUTE FUNCTION refuse_write('the head of an audit chain only moves on');

CREATE TRIGGER "audit_heads_permanent" BEFORE DELETE OR TRUNCATE ON "audit_heads"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_write('the head of an audit chain is never removed');

CREATE TABLE "audit_entries" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "canonical" TEXT NOT NULL,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "audit_entries_seq_positive" CHECK ("seq" >= 1),
    CONSTRAINT "audit_entries_type_present" CHECK ("type" <> ''),
    CONSTRAINT "audit_entries_canonical_present" CHECK ("canonical" <> ''),
    CONSTRAINT "audit_entries_prev_hash_is_sha256" CHECK (octet_length("prev_hash") = 32),
    CONSTRAINT "audit_entries_hash_is_sha256" CHECK (octet_length("hash") = 32)
);

CREATE UNIQUE INDEX "audit_entries_seq_unique" ON "audit_entries"("tenant_id", "seq");

CREATE UNIQUE INDEX "audit_entries_prev_hash_unique" ON "audit_entries"("tenant_id", "prev_hash");

CREATE INDEX "audit_entries_by_type" ON "audit_entries"("tenant_id", "type", "seq" DESC);

CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_write('the audit log is only ever appended to');

-- Storage -----------------------------------------------------------------------------------------------------

-- The two texts of a few KB that every routed call writes. LZ4 takes less write-ahead log than Postgres' own
-- compression, and about half that of none: moved out of line, a text is written in full; kept in line, the
-- completion of a decision would write it a second time. Not every build of Postgres has LZ4.
DO $$
BEGIN
    ALTER TABLE "routing_decisions" ALTER COLUMN "plan_input" SET COMPRESSION lz4;
    ALTER TABLE "audit_entries" ALTER COLUMN "canonical" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this Postgres was built without LZ4; its own compression is used';
END
$$;
