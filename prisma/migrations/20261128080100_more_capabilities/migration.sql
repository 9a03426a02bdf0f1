-- What models were called with before they were asked whether they can: all took stop sequences, and whoever takes
-- tools was held to calling them. The catalog says better where it is told.
ALTER TABLE "models" DROP CONSTRAINT "models_capabilities_known";

UPDATE "models"
SET "capabilities" = "capabilities"
  || CASE WHEN 'STOP_SEQUENCES' = ANY ("capabilities") THEN ARRAY[]::TEXT[] ELSE ARRAY['STOP_SEQUENCES'] END
  || CASE WHEN 'TOOLS' = ANY ("capabilities") AND NOT 'FORCED_TOOLS' = ANY ("capabilities") THEN ARRAY['FORCED_TOOLS'] ELSE ARRAY[]::TEXT[] END;

ALTER TABLE "models" ADD CONSTRAINT "models_capabilities_known" CHECK (
  "capabilities" <@ ARRAY[
    'TOOLS', 'VISION', 'JSON_SCHEMA', 'STREAMING', 'REASONING',
    'DOCUMENTS', 'AUDIO', 'STOP_SEQUENCES', 'FORCED_TOOLS', 'EMBEDDINGS'
  ]
);
