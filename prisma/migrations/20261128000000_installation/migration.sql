-- Which installation this database is the heart of, so that two of them notice when they share more than they should.
-- The row is made by the first server that asks, not here: copies of a database that was only prepared are not one
-- installation.
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "name" UUID NOT NULL,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "installation_single_row" CHECK ("id" = 1)
);
