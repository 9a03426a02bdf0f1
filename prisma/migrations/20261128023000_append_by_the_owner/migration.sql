-- Who appends to the chains need not be able to write to their tables: the function does it as the tables' owner, so
-- that a user of its own, which may read them and call this, cannot alter, remove or invent what they hold. What it
-- names is looked up in its own schema, and never first among what a session has made for itself.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION append_audit_entries_v1(JSON, INTEGER[]) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;

-- By default anybody may call a function, and any user of the database could now append.
REVOKE EXECUTE ON FUNCTION append_audit_entries_v1(JSON, INTEGER[]) FROM PUBLIC;
