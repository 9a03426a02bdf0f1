import { expect, it, onTestFinished } from 'vitest';
import { readEntriesAfter } from '../../../src/audit/audit.store.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import { claimKey, readKey } from '../../../src/routing/once/idempotency.store.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import { NOT_KEPT } from '../../../src/routing/record/key-settlement.ts';
import { UnavailableError } from '../../../src/system/expected-error.ts';
import { alterDatabase } from '../../support/databases/altered-database.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createMemorySetAside, createMemorySpool } from './memory-spool.ts';
import { createTestRecorder } from './recorders.ts';

/** Ends that the database refuses, each for another reason. */
const poisons: Record<string, Partial<Decision>> = {
  'a negative cost': { costMicroUsd: -5 },
  'a latency out of range': { latencyMs: 2 ** 31 },
  'an unknown status': { status: 'LOST' as never },
  'an unknown component': { degraded: ['\u0000'] as never },
};

describeOnEachDatabase('a record that the database refuses', (open) => {
  function prepare({ spool = createMemorySpool(), aside = createMemorySetAside() } = {}) {
    const control = { fault: null as Error | null };
    const database = alterDatabase(open(), '$queryRaw', (send) =>
      control.fault === null ? send() : Promise.reject(control.fault),
    );
    const log = createKeptLog();
    const { ledger, recorder } = createTestRecorder(database, { spool, aside, log });
    onTestFinished(() => ledger[Symbol.asyncDispose]());
    const isBack = () => expect.poll(() => recorder.state(), { timeout: 20_000 }).toBe('direct');
    return { spool, aside, log, control, ledger, recorder, back: () => ((control.fault = null), isBack()) };
  }
  type Prepared = ReturnType<typeof prepare>;

  const away = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
  const call = async ({ recorder }: Prepared, decision: Decision, end: Partial<Decision> = {}) => {
    const decided = recorder.decided(decision, decidedFacts(decision));
    const completed = recorder.completed(succeeded(decision, end), completedFacts);
    return (await Promise.all([completed, decided]))[0];
  };
  const chainLength = async (tenantId: string) =>
    (await readEntriesAfter(open().prisma, tenantId, 0, 1000)).length;

  it.each(Object.entries(poisons))(
    'is set aside alone, for %s, and its caller is answered',
    async (_, poison) => {
      const instance = prepare();
      const tenantId = random.uuid();
      const bad = pendingDecision({ tenantId });
      const good = [0, 1, 2, 3, 4].map(() => pendingDecision({ tenantId }));
      const [refused, ...fine] = await Promise.all([
        call(instance, bad, poison),
        ...good.map((decision) => call(instance, decision)),
      ]);
      expect(refused).toMatchObject({ id: bad.id, auditSeq: null });
      expect(fine.map(({ auditSeq }) => auditSeq)).not.toContain(null);
      expect(instance.recorder.state()).toBe('direct');
      expect(instance.recorder.setAside()).toBe(1);
      expect(instance.aside.texts[0]).toContain(bad.id);
      // Its beginning stands, and is swept in time.
      expect((await loadDecision(open().prisma, bad.id))?.status).toBe('PENDING');
      expect(await chainLength(tenantId)).toBe(11);
    },
  );

  it.each(['directly', 'through the spool'])(
    'settles the idempotency key of the end that it is, %s: repeats are told, and nobody waits',
    async (way) => {
      const instance = prepare();
      const { prisma } = open();
      const bad = pendingDecision({ tenantId: random.uuid() });
      const name = { tenantId: bad.tenantId, key: 'k' };
      await prisma.tenant.create({ data: { id: bad.tenantId, slug: `t-${bad.tenantId}`, name: 'Tenant' } });
      const lease = { inputSha256: 'ab'.repeat(32), decisionId: bad.id, leaseMs: 600_000 };
      await claimKey(prisma, { ...name, ...lease });
      if (way !== 'directly') instance.control.fault = away();
      const key = { ...name, decisionId: bad.id, result: '{"kind":"answered"}', retentionMs: 60_000 };
      await instance.recorder.decided(bad, decidedFacts(bad));
      await instance.recorder.completed(succeeded(bad, { costMicroUsd: -5 }), completedFacts, key);
      await instance.back();
      expect(instance.recorder.setAside()).toBe(1);
      expect(await readKey(prisma, name)).toMatchObject({ result: NOT_KEPT });
    },
  );

  it('takes the end of its call along when it is a beginning', async () => {
    const instance = prepare();
    const tenantId = random.uuid();
    const bad = pendingDecision({ tenantId, workflowId: 'secret \u0000 name' });
    const [refused, fine] = await Promise.all([
      call(instance, bad),
      call(instance, pendingDecision({ tenantId })),
    ]);
    expect(refused).toMatchObject({ id: bad.id, status: 'SUCCEEDED', auditSeq: null });
    expect(fine.auditSeq).not.toBeNull();
    expect(instance.recorder.setAside()).toBe(2);
    const lines = instance.log.lines.filter((line) => line.includes('set aside'));
    expect(lines).toHaveLength(2);
    expect(instance.log.fields.join()).toContain('22021');
    expect(instance.log.fields.join()).not.toContain('secret');
  });

  it('holds nobody up who waits in the spool with it', async () => {
    const instance = prepare();
    const tenantId = random.uuid();
    const calls = Object.values(poisons).flatMap((poison) => [poison, {}]);
    const decisions = calls.map(() => pendingDecision({ tenantId }));
    instance.control.fault = away();
    for (const [index, decision] of decisions.entries()) await call(instance, decision, calls[index]);
    await call(instance, pendingDecision({ tenantId, workflowId: '\u0000' }));
    expect(instance.recorder.state()).toBe('spooling');
    await instance.back();
    expect(instance.recorder.setAside()).toBe(4 + 2);
    expect(await chainLength(tenantId)).toBe(8 + 4);
    expect((await call(instance, pendingDecision({ tenantId }))).auditSeq).toBe(14);
  });

  it('nor after a restart, with what cannot be read at all', async () => {
    const first = prepare();
    const tenantId = random.uuid();
    const good = pendingDecision({ tenantId });
    first.control.fault = away();
    await call(first, pendingDecision({ tenantId }), { costMicroUsd: -1 });
    await first.spool.append(
      ['no JSON', 'null', '{}', '{"kind":"completed"}'].map((text) => new TextEncoder().encode(text)),
    );
    await call(first, good);
    await first.ledger[Symbol.asyncDispose]();

    const second = prepare({ spool: first.spool, aside: first.aside });
    await second.back();
    expect(second.recorder.setAside()).toBe(5);
    expect((await loadDecision(open().prisma, good.id))?.status).toBe('SUCCEEDED');
    expect(await chainLength(tenantId)).toBe(3);
  });

  it('is none while the database refuses everybody: all wait, and all arrive', async () => {
    const instance = prepare();
    const decision = pendingDecision();
    const cause = { kind: 'postgres', originalCode: '42883' };
    instance.control.fault = Object.assign(new Error('no such function'), { cause });
    expect(await call(instance, decision)).toMatchObject({ degraded: ['DATABASE'] });
    instance.control.fault = Object.assign(new Error('a bug'), {
      cause: { ...cause, originalCode: 'XX000' },
    });
    expect(instance.recorder.setAside()).toBe(0);
    await instance.back();
    expect(instance.recorder.setAside()).toBe(0);
    expect((await loadDecision(open().prisma, decision.id))?.status).toBe('SUCCEEDED');
  });

  it('costs its caller a clear Unavailable, and nobody else anything, when it cannot be kept either', async () => {
    const full = { ...createMemorySetAside(), keep: () => Promise.reject(new Error('no space left')) };
    const instance = prepare({ aside: full });
    const tenantId = random.uuid();
    const bad = call(instance, pendingDecision({ tenantId }), { costMicroUsd: -1 });
    const good = call(instance, pendingDecision({ tenantId }));
    await expect(bad).rejects.toBeInstanceOf(UnavailableError);
    expect((await good).auditSeq).not.toBeNull();
  });
});
