-- Idempotency keys: which call holds a key, and what repeats of a call that has ended are answered with. Rows are
-- found by their key alone and last a day: `result` is the only place where the text of an answer is stored.

CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "input_sha256" BYTEA NOT NULL,
    -- The call that holds the key, or that ended so. Without a foreign key: a key is claimed before its call is recorded.
    "decision_id" UUID NOT NULL,
    "result" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id", "key"),
    CONSTRAINT "idempotency_keys_tenant_exists" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE NO ACTION,
    CONSTRAINT "idempotency_keys_key_well_formed" CHECK (char_length("key") BETWEEN 1 AND 200),
    CONSTRAINT "idempotency_keys_input_sha256_is_sha256" CHECK (octet_length("input_sha256") = 32),
    CONSTRAINT "idempotency_keys_result_present" CHECK ("result" <> '')
);

CREATE INDEX "idempotency_keys_by_expiry" ON "idempotency_keys"("expires_at");
