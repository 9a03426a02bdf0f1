-- What records calls, by the same rules as `record_writings_v2` and `append_audit_entries_v1`, for a fraction of the
-- work: rows come as columns of typed arrays instead of JSON, a decision whose beginning and end come together is
-- written once, as it has ended, and a head is locked as it is instead of being written for it.

-- Appends drafts to the chains of their tenants, each chain in the order given, but for those at the places (from 1)
-- in `passed_over`: draft n is what the arrays hold at n. Returns the seq of each draft at its place, NULL for one that
-- was passed over. A draft whose id is there already changes nothing and has the seq of what is there.
--
-- Holds the heads until the transaction ends, locked in order of tenant: to be called after the locks of all other rows
-- that are there. A head that is not free in time fails it with SQLSTATE 55P03.
--
-- The hashes are those of src/audit/chain.ts.
CREATE FUNCTION append_audit_entries_v2(
    ids UUID[], tenant_ids UUID[], types TEXT[], canonicals TEXT[], passed_over INTEGER[] DEFAULT '{}'
) RETURNS BIGINT[]
    LANGUAGE plpgsql
    SET lock_timeout = '250ms'
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
DECLARE
    seqs BIGINT[] := array_fill(NULL::BIGINT, ARRAY[cardinality(ids)]);
    prev_hashes BYTEA[] := array_fill(NULL::BYTEA, ARRAY[cardinality(ids)]);
    hashes BYTEA[] := prev_hashes;
    -- The chain at hand, where it ended, and where it ends now.
    chain UUID;
    domain BYTEA;
    head_seq BIGINT;
    last_seq BIGINT;
    last_hash BYTEA;
    present_seq BIGINT;
    draft RECORD;
BEGIN
    FOR draft IN
        SELECT place, id, tenant_id, sha256(convert_to(canonical, 'UTF8')) AS text_hash
        FROM unnest(ids, tenant_ids, canonicals) WITH ORDINALITY AS item (id, tenant_id, canonical, place)
        WHERE place <> ALL (passed_over)
        ORDER BY tenant_id, place
    LOOP
        IF chain IS DISTINCT FROM draft.tenant_id THEN
            IF last_seq > head_seq THEN
                UPDATE audit_heads SET seq = last_seq, hash = last_hash WHERE tenant_id = chain;
            END IF;
            chain := draft.tenant_id;
            domain := 'switchyard/audit/v1\000'::BYTEA || uuid_send(chain);
            LOOP
                SELECT seq, hash INTO head_seq, last_hash FROM audit_heads WHERE tenant_id = chain FOR UPDATE;
                EXIT WHEN FOUND;
                INSERT INTO audit_heads (tenant_id, seq, hash)
                VALUES (chain, 0, sha256('switchyard/genesis/v1\000'::BYTEA || uuid_send(chain)))
                ON CONFLICT (tenant_id) DO NOTHING;
            END LOOP;
            last_seq := head_seq;
        END IF;
        -- A statement of its own, after the lock: it sees what the previous holder has left.
        SELECT seq INTO present_seq FROM audit_entries WHERE id = draft.id;
        IF FOUND THEN
            seqs[draft.place] := present_seq;
        ELSE
            prev_hashes[draft.place] := last_hash;
            last_seq := last_seq + 1;
            last_hash := sha256(domain || int8send(last_seq) || last_hash || draft.text_hash);
            hashes[draft.place] := last_hash;
            seqs[draft.place] := last_seq;
        END IF;
    END LOOP;
    IF last_seq > head_seq THEN
        UPDATE audit_heads SET seq = last_seq, hash = last_hash WHERE tenant_id = chain;
    END IF;

    INSERT INTO audit_entries (id, tenant_id, seq, type, canonical, prev_hash, hash)
    SELECT * FROM unnest(ids, tenant_ids, seqs, types, canonicals, prev_hashes, hashes)
        AS entry (id, tenant_id, seq, type, canonical, prev_hash, hash)
    WHERE hash IS NOT NULL;
    RETURN seqs;
END
$$;

DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION append_audit_entries_v2(UUID[], UUID[], TEXT[], TEXT[], INTEGER[])
             SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
REVOKE EXECUTE ON FUNCTION append_audit_entries_v2(UUID[], UUID[], TEXT[], TEXT[], INTEGER[]) FROM PUBLIC;

-- Records beginnings and ends of calls with their audit entries. Draft n is what the first four arrays hold at n,
-- decision n what the others do: its beginning where it has a plan input, its end where it has the place (from 1) of
-- its end's draft, or both. `settlements` names keys by the decision that ends; NULL: there are none. Returns the seq
-- of each draft at its place.
--
-- What has been written before stays as it is, and so does a decision that has ended: its other end is passed over
-- and has the seq at which it ended, or NULL when it never began. One that was abandoned may still end.
--
-- Locks decisions that are there in order of id, then keys, then heads. A decision that begins and ends here is written
-- under its tenant's head. Nobody else writes the same one but an earlier try of this call that was taken for lost: that
-- one waits for the head too, and not for long.
CREATE FUNCTION record_writings_v3(
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
DECLARE
    -- Of the decisions that are to end and are there: those that may, and those that have.
    open_ids UUID[];
    ended_ids UUID[];
    passed_over INTEGER[];
    seqs BIGINT[];
    stays RECORD;
BEGIN
    IF array_position(places, NULL) IS NOT NULL THEN
        INSERT INTO routing_decisions
            (id, tenant_id, status, workflow_id, labels, created_at, deadline_at, planner_version, plan_input)
        SELECT id, tenant_id, 'PENDING', workflow_id,
               CASE WHEN label_list IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(label_list::JSON)) END,
               created_at, deadline_at, planner_version, plan_input
        FROM unnest(
            ids, tenant_ids, workflow_ids, label_lists, created_ats, deadline_ats, planner_versions, plan_inputs, places
        ) AS beginning (
            id, tenant_id, workflow_id, label_list, created_at, deadline_at, planner_version, plan_input, place
        )
        WHERE place IS NULL
        ON CONFLICT (id) DO NOTHING;
    END IF;

    WITH locked AS MATERIALIZED (
        SELECT id, status FROM routing_decisions
        WHERE id = ANY (ARRAY(SELECT id FROM unnest(ids, places) AS item (id, place) WHERE place IS NOT NULL))
        ORDER BY id FOR UPDATE
    )
    SELECT coalesce(array_agg(id) FILTER (WHERE status IN ('PENDING', 'ABANDONED')), '{}'),
           coalesce(array_agg(id) FILTER (WHERE status NOT IN ('PENDING', 'ABANDONED')), '{}')
    INTO open_ids, ended_ids FROM locked;
    passed_over := ARRAY(
        SELECT place FROM unnest(ids, places, plan_inputs) AS item (id, place, plan_input)
        WHERE place IS NOT NULL AND id <> ALL (open_ids) AND (plan_input IS NULL OR id = ANY (ended_ids))
    );

    IF settlements IS NOT NULL THEN
        PERFORM settle_idempotency_keys_v1(json_agg(settlement))
        FROM json_array_elements(settlements) AS settlement
        JOIN unnest(ids, places) AS item (id, place) ON id = (settlement ->> 'decision_id')::UUID
        WHERE place IS NOT NULL AND place <> ALL (passed_over) HAVING count(*) > 0;
    END IF;

    seqs := append_audit_entries_v2(draft_ids, draft_tenant_ids, draft_types, draft_canonicals, passed_over);

    -- One that was begun by another transaction since it was looked for ends all the same.
    INSERT INTO routing_decisions AS decision (
        id, tenant_id, status, workflow_id, labels, created_at, deadline_at, planner_version, plan_input,
        attempts, completed_at, latency_ms, cost_micro_usd, model_key, audit_seq, degraded
    )
    SELECT id, tenant_id, status, workflow_id,
           CASE WHEN label_list IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(label_list::JSON)) END,
           created_at, deadline_at, planner_version, plan_input,
           attempt_list::JSON, completed_at, latency_ms, cost_micro_usd, model_key, seqs[place],
           string_to_array(degraded_list, ',')
    FROM unnest(
        ids, tenant_ids, workflow_ids, label_lists, created_ats, deadline_ats, planner_versions, plan_inputs,
        places, statuses, attempt_lists, completed_ats, latencies_ms, costs_micro_usd, model_keys, degraded_lists
    ) AS call (
        id, tenant_id, workflow_id, label_list, created_at, deadline_at, planner_version, plan_input,
        place, status, attempt_list, completed_at, latency_ms, cost_micro_usd, model_key, degraded_list
    )
    WHERE place IS NOT NULL AND place <> ALL (passed_over) AND plan_input IS NOT NULL
    ON CONFLICT (id) DO UPDATE
    SET status = excluded.status, attempts = excluded.attempts, completed_at = excluded.completed_at,
        latency_ms = excluded.latency_ms, cost_micro_usd = excluded.cost_micro_usd, model_key = excluded.model_key,
        audit_seq = excluded.audit_seq, degraded = excluded.degraded
    WHERE decision.status IN ('PENDING', 'ABANDONED');

    IF array_position(plan_inputs, NULL) IS NOT NULL THEN
        UPDATE routing_decisions AS decision
        SET status = ending.status, attempts = ending.attempt_list::JSON, completed_at = ending.completed_at,
            latency_ms = ending.latency_ms, cost_micro_usd = ending.cost_micro_usd, model_key = ending.model_key,
            audit_seq = seqs[ending.place], degraded = string_to_array(ending.degraded_list, ',')
        FROM unnest(
            ids, plan_inputs, places, statuses, attempt_lists, completed_ats, latencies_ms, costs_micro_usd,
            model_keys, degraded_lists
        ) AS ending (
            id, plan_input, place, status, attempt_list, completed_at, latency_ms, cost_micro_usd,
            model_key, degraded_list
        )
        WHERE decision.id = ending.id AND ending.plan_input IS NULL AND ending.place <> ALL (passed_over);
    END IF;

    IF passed_over <> '{}' THEN
        FOR stays IN SELECT * FROM unnest(ids, places) AS item (id, place) WHERE place = ANY (passed_over) LOOP
            seqs[stays.place] := (SELECT audit_seq FROM routing_decisions WHERE id = stays.id);
        END LOOP;
    END IF;
    RETURN seqs;
END
$$;
