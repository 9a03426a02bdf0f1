-- How a model wants to be asked: the efforts that it takes (words between spaces; absent: not known), whether it takes
-- no parameters of sampling, and what its output budget is called on Chat Completions (absent: as its adapter does).
ALTER TABLE "models" ADD COLUMN "efforts" TEXT;

ALTER TABLE "models" ADD COLUMN "sampling_locked" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "models" ADD COLUMN "max_tokens_parameter" TEXT;

ALTER TABLE "models" ADD CONSTRAINT "models_efforts_known" CHECK (
  "efforts" ~ '^((none|minimal|low|medium|high|max)( (none|minimal|low|medium|high|max))*)?$'
);

ALTER TABLE "models" ADD CONSTRAINT "models_max_tokens_parameter_known" CHECK (
  "max_tokens_parameter" IN ('max_tokens', 'max_completion_tokens')
);
