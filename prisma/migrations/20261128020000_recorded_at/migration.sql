-- When a decision was written, by the database's clock: what is overdue is judged by no instance's clock. Rows from
-- before have none; adding the default afterwards spares rewriting the table.
ALTER TABLE "routing_decisions" ADD COLUMN "recorded_at" TIMESTAMPTZ(3);
ALTER TABLE "routing_decisions" ALTER COLUMN "recorded_at" SET DEFAULT clock_timestamp();
