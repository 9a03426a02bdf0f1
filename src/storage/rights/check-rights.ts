import type { ClientBase } from 'pg';
import { auditTables, rights } from './rights.ts';

/** How a user stands to the tables. */
export interface Standing {
  readonly user: string;
  /** What it would need and has not: tables, and functions with their arguments. */
  readonly lacking: readonly string[];
  /** Whether it could alter or remove what the audit log holds, by itself or by switching off what guards it. */
  readonly couldAlterAudit: boolean;
}

/** Finds out what the user of a connection may do in a schema. */
export async function readStanding(client: ClientBase, schema: string): Promise<Standing> {
  const needed = Object.entries(rights).flatMap(([table, privileges]) =>
    privileges.map((privilege) => [table, privilege] as const),
  );
  const { rows } = await client.query<{ user: string; lacking: string[]; could_alter: boolean }>(
    `WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
       tables AS (SELECT oid, relname, relowner FROM pg_class WHERE relnamespace = (SELECT oid FROM place))
     SELECT current_user::text AS user,
       ARRAY(
         SELECT DISTINCT relname::text FROM tables
         JOIN unnest($2::text[], $3::text[]) AS needed (name, privilege) ON needed.name = relname
         WHERE NOT has_table_privilege(tables.oid, privilege)
         UNION ALL
         SELECT pg_proc.oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = (SELECT oid FROM place) AND NOT has_function_privilege(pg_proc.oid, 'EXECUTE')
           AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
       ) AS lacking,
       has_schema_privilege((SELECT oid FROM place), 'CREATE') OR EXISTS (
         SELECT FROM tables WHERE relname = ANY ($4)
           AND (pg_has_role(relowner, 'USAGE') OR has_table_privilege(tables.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER'))
       ) AS could_alter`,
    [schema, needed.map(([table]) => table), needed.map(([, privilege]) => privilege), auditTables],
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('A query that always has a row had none.');
  return { user: row.user, lacking: row.lacking, couldAlterAudit: row.could_alter };
}
