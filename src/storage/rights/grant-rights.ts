import type { ClientBase } from 'pg';
import type { Log } from '../../system/log.ts';
import { quoteName } from '../session.ts';
import { allPrivileges, rights } from './rights.ts';

/** Whom to give rights, and to the tables of which schema. */
export interface Grantee {
  readonly role: string;
  readonly schema: string;
}

/**
 * Gives the user that serves exactly what `rights` says, through the connection of the tables' owner, and takes from
 * it and from everybody what is more. Changes nothing, and locks nothing, where that is so already.
 */
export async function grantRights(client: ClientBase, grantee: Grantee, log: Log): Promise<void> {
  const { role, schema } = grantee;
  const functions = await ownFunctions(client, grantee);
  if ((await isInOrder(client, grantee)) && functions.every(({ granted }) => granted)) return;
  const [user, place] = [quoteName(role), quoteName(schema)];
  // Who may make things in the schema could have functions of the owner call them.
  const statements = [
    `REVOKE CREATE ON SCHEMA ${place} FROM PUBLIC, ${user}`,
    `GRANT USAGE ON SCHEMA ${place} TO ${user}`,
    ...Object.entries(rights).flatMap(([table, privileges]) => {
      const name = `${place}.${quoteName(table)}`;
      return [
        `REVOKE ALL ON ${name} FROM PUBLIC, ${user}`,
        `GRANT ${privileges.join(', ')} ON ${name} TO ${user}`,
      ];
    }),
    ...functions.map(({ signature }) => `GRANT EXECUTE ON FUNCTION ${signature} TO ${user}`),
  ];
  await client.query(statements.join(';\n'));
  log.info('the user that serves was given its rights', { user: role });
}

/** Those of the schema that belong to who asks, by names that can be written into a statement. */
async function ownFunctions(
  client: ClientBase,
  { role, schema }: Grantee,
): Promise<readonly { readonly signature: string; readonly granted: boolean }[]> {
  const { rows } = await client.query<{ signature: string; granted: boolean }>(
    `SELECT oid::regprocedure::text AS signature, has_function_privilege($2, oid, 'EXECUTE') AS granted
     FROM pg_proc
     WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND pg_has_role(proowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')`,
    [schema, role],
  );
  return rows;
}

/**
 * Whether a user has of each table what it is to have, and no more, and may make nothing in the schema. An owner, or a
 * superuser, has everything and keeps it: nothing can be taken from it that it could not take back.
 */
async function isInOrder(client: ClientBase, { role, schema }: Grantee): Promise<boolean> {
  const wanted = Object.entries(rights).flatMap(([table, privileges]) =>
    privileges.map((privilege) => `${table} ${privilege}`),
  );
  const { rows } = await client.query<{ ok: boolean }>(
    `SELECT bool_or(pg_has_role($2, relowner, 'USAGE'))
       OR bool_and(has_table_privilege($2, pg_class.oid, privilege) = (relname || ' ' || privilege = ANY ($3)))
         AND NOT has_schema_privilege($2, $1, 'CREATE') AND has_schema_privilege($2, $1, 'USAGE') AS ok
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace, unnest($4::text[]) AS privilege
     WHERE nspname = $1 AND relname = ANY ($5)`,
    [schema, role, wanted, allPrivileges, Object.keys(rights)],
  );
  return rows[0]?.ok === true;
}
