import { expect, it, onTestFinished } from 'vitest';
import { createAuditService } from '../../../src/audit/audit.service.ts';
import { readEntriesAfter } from '../../../src/audit/audit.store.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import { answerLimitMs } from '../../../src/storage/answer-limit.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { UnavailableError } from '../../../src/system/expected-error.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { createMemorySpool } from './memory-spool.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createTestRecorder } from './recorders.ts';
import { alterDatabase } from '../../support/databases/altered-database.ts';

/** How a database behaves towards whoever wants to commit. */
type Behavior =
  | 'there'
  | 'refuses'
  /** Commits, and the connection breaks before it can say so. */
  | 'commits and breaks'
  /** Does not answer before `awake` resolves, and works on then. */
  | 'sleeps'
  /** Commits, and does not say so before `awake` resolves. */
  | 'commits and sleeps';

/** A database that misbehaves as it is told. */
function unreliable(database: Database) {
  const control = { behavior: 'there' as Behavior, awake: Promise.withResolvers<void>() };
  const lost = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
  const altered = alterDatabase(database, '$queryRaw', async (send) => {
    const { behavior, awake } = control;
    if (behavior === 'refuses') throw lost();
    if (behavior === 'sleeps') await awake.promise;
    const result = await send();
    if (behavior === 'commits and breaks') throw lost();
    if (behavior === 'commits and sleeps') await awake.promise;
    return result;
  });
  return { database: { ...altered, kind: 'postgres' } as Database, control };
}

describeOnEachDatabase('the recorder, while the database is away', (open) => {
  function prepare({ spool = createMemorySpool(), timers = nodeTimers } = {}) {
    const { database, control } = unreliable(open());
    const { ledger, recorder } = createTestRecorder(database, { spool, timers });
    onTestFinished(() => ledger[Symbol.asyncDispose]());
    const wake = () => {
      control.behavior = 'there';
      control.awake.resolve();
    };
    const back = () => expect.poll(() => recorder.state(), { timeout: 10_000 });
    const isBack = () => back().toBe(spool.room === 'enough' ? 'direct' : 'careful');
    return { database, control, spool, recorder, ledger, wake, back: () => (wake(), isBack()) };
  }

  async function chainOf(tenantId: string) {
    const entries = await readEntriesAfter(open().prisma, tenantId, 0, 1000);
    const range = { fromSeq: null, toSeq: null };
    const { fault } = await createAuditService(open(), nodeSha256).verify(tenantId, range);
    expect(fault).toBeNull();
    return entries.map(
      ({ canonical }) => JSON.parse(canonical) as { type: string; payload: { decisionId: string } },
    );
  }

  const types = async (tenantId: string) => (await chainOf(tenantId)).map(({ type }) => type);

  it('spools both halves of a call, says so, and brings them to the database when it is back', async () => {
    const { control, recorder, back } = prepare();
    const decision = pendingDecision();
    control.behavior = 'refuses';
    await recorder.decided(decision, decidedFacts(decision));
    const recorded = await recorder.completed(succeeded(decision), completedFacts);
    expect(recorded).toEqual(succeeded(decision, { auditSeq: null, degraded: ['DATABASE'] }));
    expect(recorder.state()).toBe('spooling');
    expect(await loadDecision(open().prisma, decision.id)).toBeNull();

    await back();
    expect(await loadDecision(open().prisma, decision.id)).toEqual({ ...recorded, auditSeq: 2 });
    expect(await types(decision.tenantId)).toEqual(['routing.decided', 'routing.completed']);
    expect(await chainOf(decision.tenantId)).toMatchObject([{}, { payload: { degraded: ['DATABASE'] } }]);
  });

  it('counts a database as away that has not committed for a second', async () => {
    const { timers, advance } = createManualTime();
    const { database, control, recorder, wake } = prepare({ timers });
    const decision = pendingDecision();
    control.behavior = 'sleeps';
    let recorded: Decision | undefined;
    const decided = recorder.decided(decision, decidedFacts(decision));
    void recorder.completed(succeeded(decision), completedFacts).then((result) => (recorded = result));
    await advance(answerLimitMs(database) - 1);
    expect(recorded).toBeUndefined();
    await advance(1);
    expect(recorded).toMatchObject({ auditSeq: null, degraded: ['DATABASE'] });
    await decided;
    wake();
    await expect.poll(() => advance(100).then(() => recorder.state()), { timeout: 10_000 }).toBe('direct');
    expect(await types(decision.tenantId)).toEqual(['routing.decided', 'routing.completed']);
  });

  it.each(['commits and breaks', 'commits and sleeps'] as const)(
    'records exactly once what a database that %s has in fact committed',
    async (behavior) => {
      const { control, recorder, back } = prepare();
      const decision = pendingDecision();
      control.behavior = behavior;
      const decided = recorder.decided(decision, decidedFacts(decision));
      expect((await recorder.completed(succeeded(decision), completedFacts)).auditSeq).toBeNull();
      await decided;
      await back();
      expect(await types(decision.tenantId)).toEqual(['routing.decided', 'routing.completed']);
      expect((await loadDecision(open().prisma, decision.id))?.status).toBe('SUCCEEDED');
    },
  );

  it('repeats once, and spools nothing, when only a connection broke', async () => {
    const { control, recorder } = prepare();
    const decision = pendingDecision();
    await recorder.decided(decision, decidedFacts(decision));
    control.behavior = 'commits and breaks';
    const completed = recorder.completed(succeeded(decision), completedFacts);
    await Promise.resolve();
    control.behavior = 'there';
    expect((await completed).auditSeq).toBe(2);
    expect(recorder.state()).toBe('direct');
  });

  it('keeps the order of every tenant, and every entry once, whenever it goes and comes', async () => {
    const { control, recorder, back } = prepare();
    const tenants = [random.uuid(), random.uuid()];
    const finished: { tenantId: string; id: string; endedAt: number }[] = [];
    const call = async (tenantId: string) => {
      const decision = pendingDecision({ tenantId });
      const decided = recorder.decided(decision, decidedFacts(decision));
      if (recorder.state() !== 'direct') await decided;
      await recorder.completed(succeeded(decision), completedFacts);
      await decided;
      finished.push({ tenantId, id: decision.id, endedAt: finished.length });
    };
    const behaviors: Behavior[] = [
      'there',
      'refuses',
      'there',
      'commits and breaks',
      'refuses',
      'there',
      'commits and sleeps',
    ];
    for (const behavior of behaviors) {
      control.awake = Promise.withResolvers();
      control.behavior = behavior;
      await Promise.all(Array.from({ length: 30 }, (_, index) => call(tenants[index % 2] ?? '')));
      if (behavior === 'there') await back();
    }
    await back();
    for (const tenantId of tenants) {
      const chain = await chainOf(tenantId);
      expect(chain).toHaveLength(2 * finished.filter((end) => end.tenantId === tenantId).length);
      for (const { id } of finished.filter((end) => end.tenantId === tenantId)) {
        const own = chain.filter(({ payload }) => payload.decisionId === id).map(({ type }) => type);
        expect(own).toEqual(['routing.decided', 'routing.completed']);
        expect((await loadDecision(open().prisma, id))?.status).toBe('SUCCEEDED');
      }
    }
  });

  it('brings back what an earlier process has left, before anything new', async () => {
    const spool = createMemorySpool();
    const first = prepare({ spool });
    const tenantId = random.uuid();
    const [left, next] = [pendingDecision({ tenantId }), pendingDecision({ tenantId })];
    first.control.behavior = 'refuses';
    await first.recorder.decided(left, decidedFacts(left));
    await first.ledger[Symbol.asyncDispose]();

    const second = prepare({ spool });
    expect(second.recorder.state()).toBe('spooling');
    await second.recorder.decided(next, decidedFacts(next));
    await second.back();
    const chain = await chainOf(tenantId);
    expect(chain.map(({ payload }) => payload.decisionId)).toEqual([left.id, next.id]);
  });

  it('refuses a call before it begins when the spool has no room, and still takes the ends of those that have begun', async () => {
    const { control, spool, recorder, back } = prepare();
    const [begun, late] = [pendingDecision(), pendingDecision()];
    control.behavior = 'refuses';
    await recorder.decided(begun, decidedFacts(begun));
    spool.room = 'reserve';
    expect(recorder.state()).toBe('refusing');
    await expect(recorder.decided(late, decidedFacts(late))).rejects.toBeInstanceOf(UnavailableError);
    expect((await recorder.completed(succeeded(begun), completedFacts)).status).toBe('SUCCEEDED');
    spool.room = 'none';
    const again = recorder.completed(succeeded(begun), completedFacts);
    await expect(again).rejects.toBeInstanceOf(UnavailableError);
    await back();
    expect((await loadDecision(open().prisma, begun.id))?.status).toBe('SUCCEEDED');
    expect(await loadDecision(open().prisma, late.id)).toBeNull();
  });

  it('recovers by itself when neither could accept and nothing waits', async () => {
    const { control, spool, recorder, back } = prepare();
    control.behavior = 'refuses';
    spool.room = 'none';
    const decision = pendingDecision();
    const ended = recorder.completed(succeeded(decision), completedFacts);
    await expect(ended).rejects.toBeInstanceOf(UnavailableError);
    expect(recorder.state()).toBe('refusing');
    await back();
    spool.room = 'enough';
    // It has answered, and nobody knows yet whether it takes anything.
    expect(recorder.state()).toBe('careful');
    await Promise.all([
      recorder.decided(decision, decidedFacts(decision)),
      recorder.completed(succeeded(decision), completedFacts),
    ]);
    expect(recorder.state()).toBe('direct');
  });

  it('writes a beginning at once while the spool has no room, and asks the spool for room', async () => {
    const { timers, advance } = createManualTime();
    const spool = Object.assign(createMemorySpool(), {
      recover: async () => void (spool.room = 'enough'),
    });
    spool.room = 'none';
    const { recorder } = prepare({ spool, timers });
    expect(recorder.state()).toBe('careful');
    const decision = pendingDecision();
    // Not held back for another to share its transaction with, for which time would have to pass.
    await recorder.decided(decision, decidedFacts(decision));
    expect(await loadDecision(open().prisma, decision.id)).not.toBeNull();
    await advance(2_000);
    expect(recorder.state()).toBe('direct');
  });

  it('carries what becomes of an idempotency key', async () => {
    const { control, recorder, back } = prepare();
    const decision = pendingDecision();
    const { tenantId } = decision;
    await recorder.decided(decision, decidedFacts(decision));
    await open().prisma.tenant.create({ data: { id: tenantId, slug: `t-${tenantId}`, name: 'Tenant' } });
    await open().prisma.$executeRaw`
      INSERT INTO idempotency_keys (tenant_id, key, input_sha256, decision_id, expires_at)
      VALUES (${tenantId}::uuid, 'k', ${new Uint8Array(32)}, ${decision.id}::uuid, clock_timestamp())`;
    control.behavior = 'refuses';
    const key = {
      tenantId,
      key: 'k',
      decisionId: decision.id,
      result: '"kept \\ud83d"',
      retentionMs: 60_000,
    };
    await recorder.completed(succeeded(decision), completedFacts, key);
    await back();
    const rows = await open().prisma
      .$queryRaw`SELECT result FROM idempotency_keys WHERE tenant_id = ${tenantId}::uuid`;
    expect(rows).toEqual([{ result: key.result }]);
  });
});
