-- Names by which clients ask for models that the catalog calls otherwise: those of a catalog file, all of them at once.
CREATE TABLE "model_aliases" (
    "name" TEXT NOT NULL,
    "models" TEXT[] NOT NULL,

    CONSTRAINT "model_aliases_pkey" PRIMARY KEY ("name"),
    CONSTRAINT "model_aliases_name_well_formed" CHECK ("name" ~ '^[!-~]{1,200}$' AND "name" !~ '^auto(:|$)'),
    CONSTRAINT "model_aliases_models_are_patterns" CHECK (cardinality("models") > 0 AND are_model_patterns("models"))
);
