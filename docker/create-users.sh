#!/usr/bin/env bash
# Run once by the image of Postgres, when its data directory is new: the user that owns the tables, and the one that
# serves and cannot alter the audit log. The same as in docs/operations.md, "Two users".
set -Eeuo pipefail

psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=owner_password="$SWITCHYARD_OWNER_PASSWORD" --set=password="$SWITCHYARD_PASSWORD" <<'SQL'
CREATE ROLE switchyard_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE switchyard LOGIN PASSWORD :'password';
CREATE DATABASE switchyard OWNER switchyard_owner;
\connect switchyard
REVOKE ALL ON DATABASE switchyard FROM PUBLIC;
GRANT CONNECT ON DATABASE switchyard TO switchyard;
ALTER SCHEMA public OWNER TO switchyard_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
