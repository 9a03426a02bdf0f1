import type { Database } from '../../../src/storage/database.ts';

/**
 * The same database, but for what becomes of calls of one of its client's methods: `take` is called instead, and
 * `send` does what was asked for.
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
  return { ...database, prisma };
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
