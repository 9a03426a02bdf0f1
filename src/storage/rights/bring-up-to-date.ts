import pg from 'pg';
import type { Log } from '../../system/log.ts';
import { DatabaseStartError, type Database } from '../database.ts';
import { applyMigrations, MissingMigrationsError } from '../migrations.ts';
import { measuredPrepare } from '../session.ts';
import { readStanding, type Standing } from './check-rights.ts';
import { grantRights } from './grant-rights.ts';

/** How the database is reached by one connection at a time. */
interface Place {
  readonly kind: Database['kind'];
  readonly session: pg.ClientConfig;
  /** The same for the user that owns the tables, where that is not the one that serves. */
  readonly ownerSession?: pg.ClientConfig;
  readonly settings: { readonly schema?: string };
}

/** A user of the database, as the operator has named it. */
type Setting = 'DATABASE_URL' | 'SWITCHYARD_MIGRATION_DATABASE_URL';

/** What to do about a user that may not do what is needed. */
const ADVICE =
  'set SWITCHYARD_MIGRATION_DATABASE_URL to the URL of the user that owns the tables, or run "npm run migrate" with it';

/**
 * Applies the migrations that a database lacks, through the user that owns its tables where there is one beside the
 * user that serves, and then gives the latter its rights. Returns how long a round trip takes, milliseconds. Throws
 * DatabaseStartError when the database is not fit to be served from.
 */
export async function bringUpToDate(place: Place, directory: string, log: Log): Promise<number> {
  const { session, ownerSession, settings } = place;
  const schema = settings.schema ?? 'public';
  const open = <T>(setting: Setting, config: pg.ClientConfig, work: Work<T>) =>
    inSession(setting, config, async (client) => {
      const roundTripMs = await measuredPrepare(client, { schema });
      return work(client, roundTripMs);
    });

  let missing: readonly string[] = [];
  if (ownerSession !== undefined) {
    const role = await open('DATABASE_URL', session, currentUser);
    missing = await open('SWITCHYARD_MIGRATION_DATABASE_URL', ownerSession, (client) => {
      const also = () => grantRights(client, { role, schema }, log);
      return applyMigrations(client, { directory, schema, also }, log);
    });
  }
  return open('DATABASE_URL', session, async (client, roundTripMs) => {
    missing = [...missing, ...(await applyMigrations(client, { directory, schema }, log))];
    if (missing.length === 0) log.info('the database is up to date; no migration was missing');
    else log.info('migrations applied', { migrations: missing });
    if (place.kind === 'postgres') judge(await readStanding(client, schema), log);
    return roundTripMs;
  });
}

type Work<T> = (client: pg.ClientBase, roundTripMs: number) => Promise<T>;

async function inSession<T>(
  setting: Setting,
  config: pg.ClientConfig,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  // A connection that breaks also fails the query under way, which reports it.
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    // Of a host with several addresses, none of which answers, only the code tells.
    const { message, code } = cause as Error & { code?: string };
    const reason = `${message || code}${adviceOn(message, setting)}`;
    throw new DatabaseStartError(`The database cannot be reached: ${reason}.`, { cause });
  });
  try {
    return await work(client);
  } catch (error) {
    throw error instanceof MissingMigrationsError ? missingError(setting, error) : error;
  } finally {
    await client.end();
  }
}

async function currentUser(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ user: string }>('SELECT current_user::text AS user');
  const [row] = rows;
  if (row === undefined) throw new TypeError('A query that always has a row had none.');
  return row.user;
}

function missingError(setting: Setting, { migrations }: MissingMigrationsError): DatabaseStartError {
  const [first, ...others] = migrations;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return new DatabaseStartError(
    `The database lacks migration ${first}${more}, and the user of ${setting} may not make tables there: ${ADVICE}.`,
  );
}

/** Throws DatabaseStartError when the user could not serve, and warns when it could do more than it should. */
function judge({ user, lacking, couldAlterAudit }: Standing, log: Log): void {
  if (lacking.length > 0) {
    throw new DatabaseStartError(
      `The user of DATABASE_URL, "${user}", lacks rights to ${lacking.join(', ')}: ${ADVICE}.`,
    );
  }
  if (!couldAlterAudit) return;
  log.warn(
    'The user of DATABASE_URL could alter the audit log: it owns the tables or may write to them. A user that cannot is described in docs/operations.md, "Two users".',
    { user },
  );
}

/** What to do about the refusal of a pooler (https://www.pgbouncer.org/config.html#ignore_startup_parameters). */
function adviceOn(message: string, setting: Setting): string {
  const [, name] = /unsupported startup parameter(?: in options)?: ([\w.]+)/.exec(message) ?? [];
  if (name === undefined) return '';
  return `; leave it out of ${setting}, or have PgBouncer ignore it (ignore_startup_parameters = ${name})`;
}
