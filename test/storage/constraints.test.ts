import { beforeAll, expect, it } from 'vitest';
import type { Tx } from '../../src/storage/database.ts';
import { storageFault } from '../../src/storage/storage-fault.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { foundation, insert, rows, TENANT, type TableName } from './rows.ts';
import { breakerViolations } from './violations/breakers.ts';
import { catalogViolations } from './violations/catalog.ts';
import { recordViolations } from './violations/records.ts';
import { tenantViolations } from './violations/tenants.ts';

const violations = [...tenantViolations, ...catalogViolations, ...breakerViolations, ...recordViolations];

class Undone extends Error {}

describeOnEachDatabase('constraints', (open) => {
  /** Does something of which nothing remains. */
  const trying = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    let result: { readonly value: T } | undefined;
    const attempt = inTransaction(open().prisma, async (tx) => {
      result = { value: await work(tx) };
      throw new Undone();
    });
    await attempt.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
    return result!.value;
  };

  beforeAll(async () => {
    for (const sql of foundation) await open().prisma.$executeRawUnsafe(sql);
  });

  it.each(Object.keys(rows) as TableName[])('lets a legal row of %s in', async (table) => {
    expect(await trying((tx) => tx.$executeRawUnsafe(insert(table)))).toBe(1);
  });

  it.each(violations)('$constraint refuses $statements', async ({ constraint, statements }) => {
    const last = statements.at(-1);
    const fault = await trying(async (tx) => {
      for (const sql of statements.slice(0, -1)) await tx.$executeRawUnsafe(sql);
      return tx.$executeRawUnsafe(last!).then(() => 'nothing was refused', storageFault);
    });
    expect(fault).toEqual({ kind: 'constraint', constraint });
  });

  it('has a violation on record for every constraint, unique index and guarding trigger', async () => {
    const names = await open().prisma.$queryRaw<{ name: string }[]>`
      SELECT conname::text AS name FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'x')
      UNION SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE relnamespace = 'public'::regnamespace AND indisunique AND NOT indisprimary
      UNION SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal`;
    const covered = new Set(violations.map(({ constraint }) => constraint));
    expect(names.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });

  it('stores a fallback cost penalty of 0.00 and of 100.00', async () => {
    for (const penalty of ['0.00', '100.00']) {
      const stored = await trying(async (tx) => {
        const policy = await tx.tenantRoutingPolicy.create({
          data: { tenantId: TENANT, fallbackCostPenaltyPct: penalty },
        });
        return policy.fallbackCostPenaltyPct.toFixed(2);
      });
      expect(stored).toBe(penalty);
    }
  });

  it('gives a new policy the defaults of the product', async () => {
    const policy = await trying((tx) => tx.tenantRoutingPolicy.create({ data: { tenantId: TENANT } }));
    expect(JSON.parse(JSON.stringify(policy))).toMatchObject({
      policyName: 'balanced',
      qualityWeight: '0.4',
      latencyWeight: '0.3',
      costWeight: '0.3',
      fallbackEnabled: true,
      fallbackCostPenaltyPct: '5',
      complianceVetoThreshold: '0.5',
      nearEqualMargin: '0.05',
      maxAttempts: 3,
      timeoutMs: 60000,
      allowedModels: [],
      deniedModels: [],
      version: 1,
    });
  });

  it('takes keys and wildcards in the lists of a policy', async () => {
    const deniedModels = [
      'openai/gpt-5-mini',
      'openai/*',
      'togetherai/meta/llama-3.1:8b',
      'amazon-bedrock/a@b',
    ];
    const policy = await trying((tx) =>
      tx.tenantRoutingPolicy.create({ data: { tenantId: TENANT, deniedModels } }),
    );
    expect(policy.deniedModels).toEqual(deniedModels);
  });

  it('removes the policy and keys of a tenant with it', async () => {
    const left = await trying(async (tx) => {
      await tx.$executeRawUnsafe(insert('tenant_routing_policy'));
      await tx.$executeRawUnsafe(insert('api_keys'));
      await tx.tenant.delete({ where: { id: TENANT } });
      return [await tx.tenantRoutingPolicy.count(), await tx.apiKey.count()];
    });
    expect(left).toEqual([0, 0]);
  });

  it('lets history of breakers be deleted when it is old enough', async () => {
    const deleted = await trying(async (tx) => {
      await tx.$executeRawUnsafe(insert('breaker_transitions'));
      return tx.breakerTransition.deleteMany();
    });
    expect(deleted.count).toBe(1);
  });
});
