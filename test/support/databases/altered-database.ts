import type { Database } from '../../../src/storage/database.ts';

/**
 * The same database, but for what becomes of calls of one of its client's methods: `take` is called instead, and
 * `send` does what was asked for. Statements past the client count among its raw ones.
 */
export function alterDatabase(
  database: Database,
  method: '$queryRaw' | '$executeRaw' | '$transaction',
  take: (send: () => Promise<unknown>) => Promise<unknown>,
): Database {
  const prisma = new Proxy(database.prisma, {
    get(target, property) {
      const found: unknown = Reflect.get(target, property);
      if (property !== method) return found;
      const call = found as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => take(() => call.apply(target, args));
    },
  });
  const { send } = database;
  // What every call writes goes past the client.
  const altered: Database['send'] = async (...args) =>
    (await take(() => send(...args))) as Awaited<ReturnType<Database['send']>>;
  return { ...database, prisma, ...(method === '$queryRaw' && { send: altered }) };
}

/** The same database, and how many raw statements it was sent. */
export function countStatements(database: Database) {
  const sent = { statements: 0 };
  const counted = alterDatabase(database, '$queryRaw', (send) => {
    sent.statements += 1;
    return send();
  });
  return { database: counted, sent };
}
