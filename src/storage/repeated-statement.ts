import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { heardAdapter, type Hear } from './outage/heard-adapter.ts';
import { sqlStateOf } from './storage-fault.ts';

/** A statement that is sent so often that connections keep it parsed. */
export interface RepeatedStatement {
  /** Under which they keep it: one that says something else has another name. */
  readonly name: string;
  readonly text: string;
}

export type StatementArgument = Uint8Array | string | null;

/**
 * Sends a statement by the driver, without what Prisma's client does for each; it commits by itself. Returns the rows,
 * each as its columns in order. Throws what `storageFault` can judge.
 */
export type SendStatement = (
  statement: RepeatedStatement,
  args: readonly StatementArgument[],
) => Promise<readonly (readonly unknown[])[]>;

/**
 * SQLSTATEs: a name is not known, or is taken. So it is behind a pooler that hands every transaction to another
 * connection and does not carry names over (https://www.pgbouncer.org/config.html#max_prepared_statements).
 */
const NAMES_DO_NOT_HOLD = /^(26000|42P05)$/;

/** The driver says no types: Postgres has them from the statement. */
const untyped = { scalarType: 'unknown', arity: 'scalar' } as const;

/** Sends over a pool's connections. */
export async function createSendStatement(
  pool: pg.Pool,
  hear: Hear,
): Promise<{ readonly send: SendStatement } & AsyncDisposable> {
  const names = new Map<string, string>();
  const statementNameGenerator = ({ sql }: { readonly sql: string }) => names.get(sql) ?? '';
  const named = await heardAdapter(new PrismaPg(pool, { statementNameGenerator }), hear).connect();
  const unnamed = await heardAdapter(new PrismaPg(pool), hear).connect();
  let namesHold = true;

  return {
    async send({ name, text }, args) {
      const query = { sql: text, args: [...args], argTypes: args.map(() => untyped) };
      if (!namesHold) return (await unnamed.queryRaw(query)).rows;
      names.set(text, name);
      try {
        return (await named.queryRaw(query)).rows;
      } catch (error) {
        if (!NAMES_DO_NOT_HOLD.test(sqlStateOf(error) ?? '')) throw error;
        // Nothing was carried out, and whichever connection comes next is in doubt as well.
        namesHold = false;
        return (await unnamed.queryRaw(query)).rows;
      }
    },
    async [Symbol.asyncDispose]() {
      await named.dispose();
      await unnamed.dispose();
    },
  };
}
