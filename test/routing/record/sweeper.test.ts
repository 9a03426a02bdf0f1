import { expect, it } from 'vitest';
import { readEntriesAfter } from '../../../src/audit/audit.store.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import type { LedgerState } from '../../../src/routing/record/ledger.service.ts';
import {
  ABANDONED_AFTER_MS,
  startSweeper,
  SWEEP_INTERVAL_MS,
} from '../../../src/routing/record/sweeper.service.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createTestRecorder } from './recorders.ts';

describeOnEachDatabase('the sweeper', (open) => {
  const start = 1_700_000_000_000;

  function prepare(startMs = start, state: LedgerState = 'direct') {
    const { clock, timers, advance, pending } = createManualTime(startMs);
    const shared = { database: open(), sha256: nodeSha256, random, clock };
    const { recorder } = createTestRecorder(open(), { clock });
    const ledger = { state: () => state };
    const bus = createMemoryBus(silentLog);
    const sweeper = startSweeper({ ...shared, bus, ledger, timers, log: silentLog });
    return { recorder, sweeper, advance, pending };
  }

  it('ends what is pending a minute after its deadline, with an entry of its own, and nothing else', async () => {
    const { recorder, sweeper } = prepare(start + 60_000 + ABANDONED_AFTER_MS + 1);
    await using _ = sweeper;
    const overdue = pendingDecision({ createdAt: start });
    const inTime = pendingDecision({ createdAt: start + 1 });
    const ended = pendingDecision({ createdAt: start });
    for (const decision of [overdue, inTime, ended]) await recorder.decided(decision, decidedFacts(decision));
    await recorder.completed(succeeded(ended), completedFacts);

    expect(await sweeper.sweep()).toBe(1);
    expect(await loadDecision(open().prisma, overdue.id)).toMatchObject({
      status: 'ABANDONED',
      completedAt: start + 60_000 + ABANDONED_AFTER_MS + 1,
      auditSeq: 2,
    });
    expect((await loadDecision(open().prisma, inTime.id))?.status).toBe('PENDING');
    expect((await loadDecision(open().prisma, ended.id))?.status).toBe('SUCCEEDED');
    const [, entry] = await readEntriesAfter(open().prisma, overdue.tenantId, 0, 10);
    expect(entry?.type).toBe('routing.abandoned');

    const { auditSeq } = await recorder.completed(succeeded(overdue), completedFacts);
    expect(auditSeq).toBe(3);
    expect((await loadDecision(open().prisma, overdue.id))?.status).toBe('SUCCEEDED');
    await open().prisma.routingDecision.deleteMany();
  });

  it('ends each decision once when several instances sweep at the same time', async () => {
    const { recorder, sweeper } = prepare(start + 1_000_000);
    await using _ = sweeper;
    await using other = prepare(start + 1_000_000).sweeper;
    const tenantId = random.uuid();
    const decisions = Array.from({ length: 250 }, () => pendingDecision({ tenantId, createdAt: start }));
    await Promise.all(decisions.map((decision) => recorder.decided(decision, decidedFacts(decision))));
    const [one, two] = await Promise.all([sweeper.sweep(), other.sweep()]);
    const rest = await sweeper.sweep();
    expect(one + two + rest).toBe(250);
    const entries = await readEntriesAfter(open().prisma, tenantId, 250, 1000);
    expect(entries).toHaveLength(250);
    await open().prisma.routingDecision.deleteMany();
  });

  it('goes on sweeping at its interval until it is disposed of', async () => {
    const { recorder, sweeper, advance, pending } = prepare(start + 1_000_000);
    const decision = pendingDecision({ createdAt: start });
    await recorder.decided(decision, decidedFacts(decision));
    await advance(SWEEP_INTERVAL_MS);
    await expect.poll(async () => (await loadDecision(open().prisma, decision.id))?.status).toBe('ABANDONED');
    await sweeper[Symbol.asyncDispose]();
    expect(pending()).toBe(0);
  });

  it('ends nothing while an end may still wait in the spool', async () => {
    const { recorder, sweeper, advance } = prepare(start + 1_000_000, 'spooling');
    await using _ = sweeper;
    const decision = pendingDecision({ createdAt: start });
    await recorder.decided(decision, decidedFacts(decision));
    await advance(SWEEP_INTERVAL_MS);
    await sweeper[Symbol.asyncDispose]();
    expect((await loadDecision(open().prisma, decision.id))?.status).toBe('PENDING');
    await open().prisma.routingDecision.deleteMany();
  });
});
