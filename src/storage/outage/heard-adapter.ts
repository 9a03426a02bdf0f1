import type { PrismaPg } from '@prisma/adapter-pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
type Transaction = Awaited<ReturnType<Adapter['startTransaction']>>;
type Queryable = Pick<Adapter, 'queryRaw' | 'executeRaw'>;

/** Does a statement, whose text is given, and is told how that ended. */
export type Hear = <T>(sql: string, statement: () => Promise<T>) => Promise<T>;

/** The same way to the database, of which every statement is heard, within transactions too. */
export function heardAdapter(factory: PrismaPg, hear: Hear): PrismaPg {
  return inherit(factory, {
    async connect() {
      const adapter = await factory.connect();
      return inherit(adapter, {
        ...heardStatements(adapter, hear),
        startTransaction: async (isolationLevel) => {
          const transaction = await hear('BEGIN', () => adapter.startTransaction(isolationLevel));
          return inherit<Transaction>(transaction, heardStatements(transaction, hear));
        },
      });
    },
  });
}

function heardStatements(queryable: Queryable, hear: Hear): Queryable {
  return {
    queryRaw: (query) => hear(query.sql, () => queryable.queryRaw(query)),
    executeRaw: (query) => hear(query.sql, () => queryable.executeRaw(query)),
  };
}

/** Everything that the base has, but for what is said otherwise. */
function inherit<T extends object>(base: T, changes: Partial<T>): T {
  return Object.assign(Object.create(base) as T, changes);
}
