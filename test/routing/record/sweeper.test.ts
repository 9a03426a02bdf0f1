import { expect, it } from 'vitest';
import { readEntriesAfter } from '../../../src/audit/audit.store.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import type { LedgerState } from '../../../src/routing/record/ledger.service.ts';
import {
  ABANDONED_AFTER_MS,
  startSweeper,
  SWEEP_INTERVAL_MS,
} from '../../../src/routing/record/sweeper.service.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createTestRecorder } from './recorders.ts';

describeOnEachDatabase('the sweeper', (open) => {
  function prepare(state: LedgerState = 'direct', startMs?: number) {
    const { clock, timers, advance, pending } = createManualTime(startMs);
    const shared = { database: open(), random };
    const { recorder } = createTestRecorder(open(), { clock });
    const ledger = { state: () => state };
    const bus = createMemoryBus(silentLog);
    const sweeper = startSweeper({ ...shared, bus, ledger, timers, log: silentLog });
    const decide = (decision: Decision) => recorder.decided(decision, decidedFacts(decision));
    return { recorder, decide, sweeper, advance, pending };
  }

  /** Has been written down so much earlier, by the database's clock. */
  const age = (ms: number, ...decisions: readonly Decision[]) => open().prisma.$executeRaw`
    UPDATE routing_decisions SET recorded_at = clock_timestamp() - ${ms}::float8 * interval '1 millisecond'
    WHERE id = ANY (${decisions.map(({ id }) => id)}::uuid[])`;
  /** A sample decision has a minute until its deadline. */
  const OVERDUE_MS = 60_000 + ABANDONED_AFTER_MS;
  const statusOf = async ({ id }: Decision) => (await loadDecision(open().prisma, id))?.status;

  it('ends what is pending a minute after its deadline, with an entry of its own, and nothing else', async () => {
    const { recorder, decide, sweeper } = prepare();
    await using _ = sweeper;
    const [overdue, inTime, ended] = [pendingDecision(), pendingDecision(), pendingDecision()];
    for (const decision of [overdue, inTime, ended]) await decide(decision);
    await recorder.completed(succeeded(ended), completedFacts);
    await age(OVERDUE_MS, overdue, ended);
    await age(OVERDUE_MS - 30_000, inTime);

    expect(await sweeper.sweep()).toBe(1);
    expect(await loadDecision(open().prisma, overdue.id)).toMatchObject({ status: 'ABANDONED', auditSeq: 2 });
    expect(await statusOf(inTime)).toBe('PENDING');
    expect(await statusOf(ended)).toBe('SUCCEEDED');
    const [, entry] = await readEntriesAfter(open().prisma, overdue.tenantId, 0, 10);
    expect(entry?.type).toBe('routing.abandoned');

    const { auditSeq } = await recorder.completed(succeeded(overdue), completedFacts);
    expect(auditSeq).toBe(3);
    expect(await statusOf(overdue)).toBe('SUCCEEDED');
    await open().prisma.routingDecision.deleteMany();
  });

  it('ends each decision once when several instances sweep at the same time', async () => {
    const { decide, sweeper } = prepare();
    await using _ = sweeper;
    await using other = prepare().sweeper;
    const tenantId = random.uuid();
    const decisions = Array.from({ length: 250 }, () => pendingDecision({ tenantId }));
    await Promise.all(decisions.map(decide));
    await age(OVERDUE_MS, ...decisions);
    const [one, two] = await Promise.all([sweeper.sweep(), other.sweep()]);
    const rest = await sweeper.sweep();
    expect(one + two + rest).toBe(250);
    const entries = await readEntriesAfter(open().prisma, tenantId, 250, 1000);
    expect(entries).toHaveLength(250);
    await open().prisma.routingDecision.deleteMany();
  });

  it.each([-1, 0, 1])(
    'leaves a call alone that is under way, whatever the clocks of its instance and of the sweeping one: %d days off',
    async (days) => {
      const offMs = days * 86_400_000;
      const { recorder, decide, sweeper } = prepare('direct', Date.now() - offMs);
      await using _ = sweeper;
      const decision = pendingDecision({ createdAt: Date.now() + offMs });
      await decide(decision);
      expect(await sweeper.sweep()).toBe(0);
      await age(OVERDUE_MS, decision);
      expect(await sweeper.sweep()).toBe(1);
      await recorder.drain();
    },
  );

  it('judges decisions from before anybody noted when they were written by their instance’s clock', async () => {
    const { decide, sweeper } = prepare();
    await using _ = sweeper;
    const [old, young] = [pendingDecision(), pendingDecision({ createdAt: Date.now() })];
    for (const decision of [old, young]) await decide(decision);
    await open().prisma.routingDecision.updateMany({ data: { recordedAt: null } });
    expect(await sweeper.sweep()).toBe(1);
    expect([await statusOf(old), await statusOf(young)]).toEqual(['ABANDONED', 'PENDING']);
    await open().prisma.routingDecision.deleteMany();
  });

  it('goes on sweeping at its interval until it is disposed of', async () => {
    const { decide, sweeper, advance, pending } = prepare();
    const decision = pendingDecision();
    await decide(decision);
    await age(OVERDUE_MS, decision);
    await advance(SWEEP_INTERVAL_MS);
    await expect.poll(() => statusOf(decision)).toBe('ABANDONED');
    await sweeper[Symbol.asyncDispose]();
    expect(pending()).toBe(0);
  });

  it('ends nothing while an end may still wait in the spool', async () => {
    const { decide, sweeper, advance } = prepare('spooling');
    await using _ = sweeper;
    const decision = pendingDecision();
    await decide(decision);
    await age(OVERDUE_MS, decision);
    await advance(SWEEP_INTERVAL_MS);
    await sweeper[Symbol.asyncDispose]();
    expect(await statusOf(decision)).toBe('PENDING');
    await open().prisma.routingDecision.deleteMany();
  });
});
