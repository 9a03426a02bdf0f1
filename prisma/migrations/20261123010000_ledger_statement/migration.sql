-- What appends to the audit chains and records calls, as functions: a commit is then one statement, and its locks
-- are held while the database works, never while it waits for a client.
--
-- A function's name ends in its version. An instance of an earlier build goes on calling the one that it knows, so
-- one that is to behave or be called differently is a new function beside it.
--
-- Every row is found by its primary key: the plans of a function are kept for its session, and one that was made
-- while a table was small would read all of it later.

-- Appends drafts to the chains of their tenants, each chain in the order given, but for those at the places (from 1)
-- in `passed_over`. Returns the seq of each draft at its place, NULL for one that was passed over. A draft whose id is
-- there already changes nothing and has the seq of what is there.
--
-- Holds the heads until the transaction ends, locked in order of tenant: to be called after all other row locks. A
-- head that is not free in time fails it with SQLSTATE 55P03.
--
-- The hashes are those of src/audit/chain.ts.
CREATE FUNCTION append_audit_entries_v1(drafts JSON, passed_over INTEGER[] DEFAULT '{}') RETURNS BIGINT[]
    LANGUAGE plpgsql
    SET lock_timeout = '250ms'
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
DECLARE
    -- What every draft becomes, by its place.
    ids UUID[];
    tenant_ids UUID[];
    types TEXT[];
    canonicals TEXT[];
    seqs BIGINT[];
    prev_hashes BYTEA[];
    hashes BYTEA[];
    -- Where the chain ends, tenant after tenant.
    last_seq BIGINT;
    last_hash BYTEA;
    draft RECORD;
BEGIN
    SELECT array_agg(id), array_agg(tenant_id), array_agg(type), array_agg(canonical), array_agg(NULL::BIGINT)
    INTO ids, tenant_ids, types, canonicals, seqs
    FROM json_to_recordset(drafts) AS item (id UUID, tenant_id UUID, type TEXT, canonical TEXT);
    IF ids IS NULL THEN
        RETURN '{}';
    END IF;
    prev_hashes := array_fill(NULL::BYTEA, ARRAY[cardinality(ids)]);
    hashes := prev_hashes;

    -- An upsert that changes nothing creates and locks at once.
    INSERT INTO audit_heads AS head (tenant_id, seq, hash)
    SELECT tenant_id, 0, sha256('switchyard/genesis/v1\000'::BYTEA || uuid_send(tenant_id))
    FROM (
        SELECT DISTINCT tenant_id FROM unnest(tenant_ids) WITH ORDINALITY AS chain (tenant_id, place)
        WHERE place <> ALL (passed_over)
    ) AS chain
    ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET seq = head.seq;

    -- Sees what the previous holders of the locks have left.
    FOR draft IN
        SELECT item.place, item.tenant_id, sha256(convert_to(item.canonical, 'UTF8')) AS text_hash,
               present.seq AS present_seq, head.seq AS head_seq, head.hash AS head_hash,
               lag(item.place) OVER chain IS NULL AS is_first
        FROM unnest(ids, tenant_ids, canonicals) WITH ORDINALITY AS item (id, tenant_id, canonical, place)
        JOIN audit_heads AS head ON head.tenant_id = item.tenant_id
        LEFT JOIN audit_entries AS present ON present.id = item.id
        WHERE item.place <> ALL (passed_over)
        WINDOW chain AS (PARTITION BY item.tenant_id ORDER BY item.place)
        ORDER BY item.tenant_id, item.place
    LOOP
        IF draft.is_first THEN
            last_seq := draft.head_seq;
            last_hash := draft.head_hash;
        END IF;
        IF draft.present_seq IS NULL THEN
            prev_hashes[draft.place] := last_hash;
            last_seq := last_seq + 1;
            last_hash := sha256(
                'switchyard/audit/v1\000'::BYTEA || uuid_send(draft.tenant_id) || int8send(last_seq) || last_hash
                || draft.text_hash
            );
            hashes[draft.place] := last_hash;
            seqs[draft.place] := last_seq;
        ELSE
            seqs[draft.place] := draft.present_seq;
        END IF;
    END LOOP;

    WITH inserted AS (
        INSERT INTO audit_entries (id, tenant_id, seq, type, canonical, prev_hash, hash)
        SELECT * FROM unnest(ids, tenant_ids, seqs, types, canonicals, prev_hashes, hashes)
            AS entry (id, tenant_id, seq, type, canonical, prev_hash, hash)
        WHERE hash IS NOT NULL
        RETURNING tenant_id, seq, hash
    )
    UPDATE audit_heads AS head SET seq = newest.seq, hash = newest.hash
    FROM (SELECT DISTINCT ON (tenant_id) * FROM inserted ORDER BY tenant_id, seq DESC) AS newest
    WHERE head.tenant_id = newest.tenant_id;
    RETURN seqs;
END
$$;

-- Keeps the results of calls that have ended, and frees the keys of those that left none. Touches no key that its
-- call does not hold any more, nor frees one that has a result; repeating it changes nothing but a result's expiry.
CREATE FUNCTION settle_idempotency_keys_v1(settlements JSON) RETURNS VOID
    LANGUAGE plpgsql
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
BEGIN
    WITH settled AS MATERIALIZED (
        SELECT * FROM json_to_recordset(settlements)
            AS settled (tenant_id UUID, key TEXT, decision_id UUID, result TEXT, retention_ms FLOAT8)
    ), freed AS (
        DELETE FROM idempotency_keys AS held USING settled
        WHERE settled.result IS NULL AND held.result IS NULL AND held.tenant_id = settled.tenant_id
            AND held.key = settled.key AND held.decision_id = settled.decision_id
    )
    UPDATE idempotency_keys AS held
    SET result = settled.result,
        expires_at = clock_timestamp() + settled.retention_ms * INTERVAL '1 millisecond'
    FROM settled
    WHERE settled.result IS NOT NULL AND held.tenant_id = settled.tenant_id
        AND held.key = settled.key AND held.decision_id = settled.decision_id;
END
$$;

-- Records beginnings and ends of calls with their audit entries. Every draft is that of a beginning or of an end; an
-- end names its draft by its place (from 1), the settlement of a key its end by the decision. Returns the seq of each
-- draft at its place.
--
-- What has been written before stays as it is, and so does a decision that has ended: its other end is passed over
-- and has the seq at which it ended, or NULL when it never began. One that was abandoned may still end.
--
-- Locks decisions in order of id, then keys, then heads.
CREATE FUNCTION record_writings_v1(drafts JSON, beginnings JSON, ends JSON, settlements JSON) RETURNS BIGINT[]
    LANGUAGE plpgsql
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
DECLARE
    open_ids UUID[];
    passed_over INTEGER[];
    seqs BIGINT[];
    ended RECORD;
BEGIN
    INSERT INTO routing_decisions
        (id, tenant_id, status, workflow_id, created_at, deadline_at, planner_version, plan_input)
    SELECT id, tenant_id, 'PENDING', workflow_id, created_at, deadline_at, planner_version, plan_input
    FROM json_to_recordset(beginnings) AS beginning (
        id UUID, tenant_id UUID, workflow_id TEXT, created_at TIMESTAMPTZ, deadline_at TIMESTAMPTZ,
        planner_version INTEGER, plan_input TEXT
    )
    ON CONFLICT (id) DO NOTHING;

    WITH locked AS MATERIALIZED (
        SELECT id, status FROM routing_decisions
        WHERE id = ANY (ARRAY(SELECT id FROM json_to_recordset(ends) AS ending (id UUID)))
        ORDER BY id FOR UPDATE
    )
    SELECT coalesce(array_agg(id) FILTER (WHERE status IN ('PENDING', 'ABANDONED')), '{}') INTO open_ids FROM locked;
    passed_over := ARRAY(
        SELECT place FROM json_to_recordset(ends) AS ending (id UUID, place INTEGER) WHERE id <> ALL (open_ids)
    );

    PERFORM settle_idempotency_keys_v1(json_agg(settlement)) FROM json_array_elements(settlements) AS settlement
    WHERE (settlement ->> 'decision_id')::UUID = ANY (open_ids) HAVING count(*) > 0;

    seqs := append_audit_entries_v1(drafts, passed_over);
    UPDATE routing_decisions AS decision
    SET status = ending.status, attempts = ending.attempts::JSON, completed_at = ending.completed_at,
        latency_ms = ending.latency_ms, cost_micro_usd = ending.cost_micro_usd, model_key = ending.model_key,
        audit_seq = seqs[ending.place], degraded = ending.degraded
    FROM json_to_recordset(ends) AS ending (
        id UUID, place INTEGER, status TEXT, attempts TEXT, completed_at TIMESTAMPTZ, latency_ms INTEGER,
        cost_micro_usd BIGINT, model_key TEXT, degraded TEXT[]
    )
    WHERE decision.id = ending.id AND ending.place <> ALL (passed_over);

    IF passed_over <> '{}' THEN
        FOR ended IN SELECT * FROM json_to_recordset(ends) AS ending (id UUID, place INTEGER) LOOP
            IF ended.place = ANY (passed_over) THEN
                seqs[ended.place] := (SELECT audit_seq FROM routing_decisions WHERE id = ended.id);
            END IF;
        END LOOP;
    END IF;
    RETURN seqs;
END
$$;
