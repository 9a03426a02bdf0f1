-- The candidates of a catalog, as a planner's inputs name them: stored once under the digest of their text, instead of
-- in every decision that was planned from them. They are what every role may read of the catalog; no tenant's own.

CREATE TABLE "candidate_lists" (
    "sha256" BYTEA NOT NULL,
    "candidates" TEXT NOT NULL,

    CONSTRAINT "candidate_lists_pkey" PRIMARY KEY ("sha256"),
    CONSTRAINT "candidate_lists_named_by_digest" CHECK ("sha256" = sha256(convert_to("candidates", 'UTF8')))
);

CREATE TRIGGER "candidate_lists_permanent" BEFORE UPDATE OR DELETE OR TRUNCATE ON "candidate_lists"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_write('decisions are planned again from what they name');

-- As `record_writings_v3`, of decisions whose plan inputs name lists of candidates. `named` are the digests of those
-- that are to be there, `new_lists` the texts of others, which are stored with the decisions. Returns NULL, and has
-- written nothing, where one that is named is not there: this database may be a copy from before it was stored.
--
-- Two that store the same list wait for each other before they hold anything else, and in one order.
CREATE FUNCTION record_writings_v4(
    named BYTEA[], new_lists TEXT[],
    draft_ids UUID[], draft_tenant_ids UUID[], draft_types TEXT[], draft_canonicals TEXT[],
    ids UUID[], tenant_ids UUID[], workflow_ids TEXT[], label_lists TEXT[], created_ats TIMESTAMPTZ[],
    deadline_ats TIMESTAMPTZ[], planner_versions INTEGER[], plan_inputs TEXT[],
    places INTEGER[], statuses TEXT[], attempt_lists TEXT[], completed_ats TIMESTAMPTZ[], latencies_ms BIGINT[],
    costs_micro_usd BIGINT[], model_keys TEXT[], degraded_lists TEXT[], settlements JSON
) RETURNS BIGINT[]
    LANGUAGE plpgsql
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(named) AS digest
        WHERE NOT EXISTS (SELECT FROM candidate_lists WHERE candidate_lists.sha256 = digest)
    ) THEN
        RETURN NULL;
    END IF;
    IF new_lists <> '{}' THEN
        INSERT INTO candidate_lists (sha256, candidates)
        SELECT sha256(convert_to(list, 'UTF8')), list FROM unnest(new_lists) AS list ORDER BY 1
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN record_writings_v3(
        draft_ids, draft_tenant_ids, draft_types, draft_canonicals,
        ids, tenant_ids, workflow_ids, label_lists, created_ats,
        deadline_ats, planner_versions, plan_inputs,
        places, statuses, attempt_lists, completed_ats, latencies_ms,
        costs_micro_usd, model_keys, degraded_lists, settlements
    );
END
$$;
