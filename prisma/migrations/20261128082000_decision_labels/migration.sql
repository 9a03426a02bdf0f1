-- By which labels a caller finds its calls again, each as `name=value`; a `%` or `=` of a name is `%25` or `%3D`. Null:
-- none. Texts, not JSON: the database counts how common each is, and so knows which index to begin with.
ALTER TABLE "routing_decisions" ADD COLUMN "labels" TEXT[];

ALTER TABLE "routing_decisions" ADD CONSTRAINT "routing_decisions_labels_bounded" CHECK (
  cardinality("labels") BETWEEN 1 AND 16
  AND array_position("labels", NULL) IS NULL
  AND length(array_to_string("labels", '')) <= 16 * (3 * 64 + 1 + 200)
);

-- Calls without labels cost it nothing.
CREATE INDEX "routing_decisions_labels" ON "routing_decisions" USING GIN ("labels") WHERE "labels" IS NOT NULL;

-- As `record_writings_v1`, and keeps the labels of what begins.
CREATE FUNCTION record_writings_v2(drafts JSON, beginnings JSON, ends JSON, settlements JSON) RETURNS BIGINT[]
    LANGUAGE plpgsql
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
BEGIN
    INSERT INTO routing_decisions
        (id, tenant_id, status, workflow_id, labels, created_at, deadline_at, planner_version, plan_input)
    SELECT id, tenant_id, 'PENDING', workflow_id, labels, created_at, deadline_at, planner_version, plan_input
    FROM json_to_recordset(beginnings) AS beginning (
        id UUID, tenant_id UUID, workflow_id TEXT, labels TEXT[], created_at TIMESTAMPTZ, deadline_at TIMESTAMPTZ,
        planner_version INTEGER, plan_input TEXT
    )
    ON CONFLICT (id) DO NOTHING;

    RETURN record_writings_v1(drafts, '[]', ends, settlements);
END
$$;
