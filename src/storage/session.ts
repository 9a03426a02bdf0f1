import type { ClientBase } from 'pg';
import { nodeClock } from '../system/clock.node.ts';

/** What one kind of connection needs beside what all do. */
export interface SessionSettings {
  /** The schema that holds the product's tables; absent: `public`. */
  readonly schema?: string;
  /** How long one statement may take; absent: as long as it needs. */
  readonly statementTimeoutMs?: number;
  /** The database ends a transaction whose client has said nothing for so long; absent: never. */
  readonly idleInTransactionTimeoutMs?: number;
}

/**
 * What is read and written depends on these, and a database, a role or a server may set each of them otherwise:
 * the driver writes instants without an offset and reads them in one form, the texts of rows are compared between
 * sessions, and what was committed has to be durable and seen by others.
 */
const FIXED: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  lock_timeout: '0',
};

/** A server may allow less time than even the first of the statements takes on a busy machine. */
const MOST_TRIES = 10;
const QUERY_CANCELED = '57014';

/**
 * Fixes what a new connection's statements depend on, in one round trip. By statements and not by parameters of the
 * connection: what stands between here and the database (PgBouncer) refuses those that it does not know.
 */
export async function prepareSession(client: ClientBase, settings: SessionSettings): Promise<void> {
  const { schema = 'public', statementTimeoutMs = 0, idleInTransactionTimeoutMs = 0 } = settings;
  const all = {
    // First, because until then the server's own may be shorter than the rest takes.
    statement_timeout: String(statementTimeoutMs),
    ...FIXED,
    idle_in_transaction_session_timeout: String(idleInTransactionTimeoutMs),
  };
  const sets = Object.entries(all).map(([name, value]) => `SET ${name} = '${value}'`);
  const statements = [...sets, `SET search_path = ${quoteName(schema)}`].join('; ');
  for (let left = MOST_TRIES - 1; ; left -= 1) {
    try {
      return void (await client.query(statements));
    } catch (error) {
      if (left === 0 || (error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
    }
  }
}

/** Prepares a session; returns how long that took, milliseconds, which is one round trip. */
export async function measuredPrepare(client: ClientBase, settings: SessionSettings): Promise<number> {
  const fromMs = nodeClock.monotonicMs();
  await prepareSession(client, settings);
  return nodeClock.monotonicMs() - fromMs;
}

/** A name as SQL has it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
