-- What models share whose vectors can be compared. Text that can be printed, as the mutation refuses other.
ALTER TABLE "models"
    ADD COLUMN "embedding_space" TEXT,
    ADD CONSTRAINT "models_embedding_space_well_formed" CHECK (length("embedding_space") BETWEEN 1 AND 200),
    ADD CONSTRAINT "models_embedding_space_of_embeddings" CHECK ("embedding_space" IS NULL OR 'EMBEDDINGS' = ANY ("capabilities"));
