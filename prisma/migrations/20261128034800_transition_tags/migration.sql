-- After a fail-over to a copy that lacks the last seconds the numbers of the transitions that it lacks are given again.
-- The tag tells one from the other, in cursors and to those who follow.
ALTER TABLE "breaker_transitions" ADD COLUMN "tag" UUID NOT NULL DEFAULT gen_random_uuid();
