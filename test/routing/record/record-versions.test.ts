import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeDraft } from '../../../src/audit/chain.ts';
import { encodeAttempts } from '../../../src/routing/record/attempt-codec.ts';
import { encodeSettlements } from '../../../src/routing/record/key-settlement.ts';
import { recordWritings, recordWritingsWithin } from '../../../src/routing/record/statement/ledger.store.ts';
import type { Writing } from '../../../src/routing/record/writing.ts';
import { packLabels } from '../../../src/routing/request/label-codec.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { storageFault } from '../../../src/storage/storage-fault.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import { describeOnDatabase, describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { random } from './decisions.ts';

/** What happens to one of a few calls: it begins, ends, or ends in another way, as when it was abandoned before. */
const happenings = ['begins', 'ends', 'ends otherwise', 'is abandoned'] as const;
const CALLS = 4;

/** Batches in which no call begins or ends twice, as in those of the ledger; one may repeat what an earlier one held. */
const history = fc.array(
  fc.uniqueArray(fc.record({ call: fc.nat(CALLS - 1), what: fc.constantFrom(...happenings) }), {
    minLength: 1,
    maxLength: 8,
    selector: ({ call, what }) => `${call} ${what === 'begins'}`,
  }),
  { minLength: 1, maxLength: 5 },
);

type Happening = (typeof happenings)[number];

const entryTypes = {
  begins: 'routing.decided',
  ends: 'routing.completed',
  'ends otherwise': 'routing.completed',
  'is abandoned': 'routing.abandoned',
} as const;

/** The same calls with UUIDs of their own, over two tenants. */
function createWorld() {
  const tenants = [random.uuid(), random.uuid()] as const;
  const calls = Array.from({ length: CALLS }, (_, index) => ({
    id: random.uuid(),
    tenantId: tenants[index % 2] as string,
    draftIds: Object.fromEntries(happenings.map((what) => [what, random.uuid()])),
  }));
  return {
    tenants,
    writing(call: number, what: Happening): Writing {
      const { id, tenantId, draftIds } = calls[call] as (typeof calls)[number];
      const payload = { call, what };
      const draft = writeDraft({
        ...{ id: draftIds[what] ?? '', tenantId, type: entryTypes[what], at: call, actor: 'a', payload },
      });
      if (what === 'begins') {
        const labels = call === 1 ? [{ name: 'a=%', value: '"{,}\\' }] : [];
        const times = { createdAt: 1_700_000_000_001, deadlineAt: 1_700_000_060_002 };
        const row = { id, tenantId, workflowId: call === 2 ? 'w\\"' : null, labels, ...times };
        return { kind: 'decided', draft, row: { ...row, plannerVersion: 1, planInput: `{"call":${call}}` } };
      }
      const status = {
        ends: 'SUCCEEDED',
        'ends otherwise': 'EXHAUSTED',
        'is abandoned': 'ABANDONED',
      } as const;
      const abandoned = what === 'is abandoned';
      const end = {
        ...{ id, status: status[what], attempts: [], completedAt: 1_700_000_000_100 + call },
        ...{ latencyMs: abandoned ? null : 99, costMicroUsd: abandoned ? null : call, modelKey: 'a/b' },
        degraded: call === 3 ? (['REDIS', 'DATABASE'] as const) : [],
      };
      const key = { tenantId, key: `${call}`, decisionId: id, result: 'result', retentionMs: 1000 };
      return { kind: 'completed', draft, end, key: what === 'ends' ? key : null };
    },
  };
}

/** As instances of the build before do it. */
async function recordAsBefore({ prisma }: Database, writings: readonly Writing[]) {
  const drafts = writings.map(({ draft }) => ({ ...draft, tenant_id: draft.tenantId }));
  const beginnings = writings.flatMap((writing) => {
    if (writing.kind !== 'decided') return [];
    const { row } = writing;
    return {
      ...{ id: row.id, tenant_id: row.tenantId, workflow_id: row.workflowId, labels: packLabels(row.labels) },
      ...{ created_at: new Date(row.createdAt), deadline_at: new Date(row.deadlineAt) },
      ...{ planner_version: row.plannerVersion, plan_input: row.planInput },
    };
  });
  const ends = writings.flatMap((writing, index) => {
    if (writing.kind !== 'completed') return [];
    const { end } = writing;
    return {
      ...{ id: end.id, place: index + 1, status: end.status, attempts: encodeAttempts(end.attempts) },
      ...{ completed_at: new Date(end.completedAt ?? 0), latency_ms: end.latencyMs },
      ...{ cost_micro_usd: end.costMicroUsd, model_key: end.modelKey, degraded: end.degraded },
    };
  });
  const keys = writings.flatMap((writing) =>
    writing.kind === 'completed' && writing.key !== null ? [writing.key] : [],
  );
  const [row] = await prisma.$queryRaw<{ seqs: (bigint | null)[] }[]>`
    SELECT record_writings_v2(${JSON.stringify(drafts)}::json, ${JSON.stringify(beginnings)}::json,
      ${JSON.stringify(ends)}::json, ${encodeSettlements(keys)}::json) AS seqs`;
  return (row?.seqs ?? []).map((seq) => (seq === null ? null : Number(seq)));
}

/** Everything that is stored of a world, but for its UUIDs and the instants of writing. */
async function stored({ prisma }: Database, tenants: readonly string[]) {
  const decisions = await prisma.routingDecision.findMany({
    where: { tenantId: { in: [...tenants] } },
    orderBy: { planInput: 'asc' },
    omit: { id: true, tenantId: true, recordedAt: true },
  });
  const keys = await prisma.idempotencyKey.findMany({
    where: { tenantId: { in: [...tenants] } },
    orderBy: { key: 'asc' },
    select: { key: true, result: true },
  });
  const chains = tenants.map((tenantId) =>
    prisma.auditEntry.findMany({
      where: { tenantId },
      orderBy: { seq: 'asc' },
      select: { seq: true, type: true },
    }),
  );
  return { decisions, keys, chains: await Promise.all(chains) };
}

async function holdKeys({ prisma }: Database, { tenants, writing }: ReturnType<typeof createWorld>) {
  for (const id of tenants) await prisma.tenant.create({ data: { id, slug: `t-${id}`, name: 'Tenant' } });
  for (let call = 0; call < CALLS; call += 1) {
    const ending = writing(call, 'ends');
    if (ending.kind !== 'completed' || ending.key === null) continue;
    const { tenantId, key, decisionId } = ending.key;
    const held = { tenantId, key, decisionId, inputSha256: new Uint8Array(32), expiresAt: new Date(2e12) };
    await prisma.idempotencyKey.create({ data: held });
  }
}

describeOnEachDatabase('what records calls', (open) => {
  it('writes and answers what the build before does, whatever has been written, and beside it', async () => {
    const database = open();
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        async (batches, turns) => {
          const worlds = [createWorld(), createWorld(), createWorld()] as const;
          for (const world of worlds) await holdKeys(database, world);
          for (const [index, batch] of batches.entries()) {
            const [before, now, mixed] = worlds.map(({ writing }) =>
              batch.map(({ call, what }) => writing(call, what)),
            ) as [Writing[], Writing[], Writing[]];
            const expected = await recordAsBefore(database, before);
            expect(await recordWritings(database, now)).toEqual(expected);
            const either = turns[index] === true ? recordAsBefore : recordWritings;
            expect(await either(database, mixed)).toEqual(expected);
          }
          const [before, now, mixed] = await Promise.all(
            worlds.map(({ tenants }) => stored(database, tenants)),
          );
          expect(now).toEqual(before);
          expect(mixed).toEqual(before);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describeOnDatabase('postgres', 'a beginning that was taken for lost', (open) => {
  it('is in the way of its repetition, which has the end as well, for a moment only', async () => {
    const { writing } = createWorld();
    await recordWritings(open(), [writing(2, 'begins')]);
    const { tenantId } = writing(0, 'begins').draft;
    const [late, repeated] = await inTransaction(open().prisma, async (tx) => {
      await tx.$queryRaw`SELECT FROM audit_heads WHERE tenant_id = ${tenantId}::uuid FOR UPDATE`;
      // Has written its row, and waits for the head.
      const lost = recordWritings(open(), [writing(0, 'begins')]).catch((error: unknown) => error);
      await expect.poll(() => waitingFor(tx)).toBe(1);
      const seqs = await recordWritingsWithin(tx, [writing(0, 'begins'), writing(0, 'ends')]);
      return [await lost, seqs];
    });
    expect(storageFault(late)).toEqual({ kind: 'lock_timeout' });
    expect(repeated).toEqual([2, 3]);
  });

  /** How many sessions of this database wait for a lock. */
  async function waitingFor(tx: Tx): Promise<number> {
    const [row] = await tx.$queryRaw<{ waiting: number }[]>`
      SELECT count(*)::int AS waiting FROM pg_locks
      JOIN pg_stat_activity AS session USING (pid)
      WHERE NOT granted AND session.datname = current_database()`;
    return row?.waiting ?? 0;
  }
});
