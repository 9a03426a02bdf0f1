import { describe, expect, it } from 'vitest';
import { createAuditService } from '../../../src/audit/audit.service.ts';
import { readEntriesAfter } from '../../../src/audit/audit.store.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import { encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { toHex } from '../../../src/system/digest.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createTestRecorder } from './recorders.ts';
import { countStatements } from '../../support/databases/altered-database.ts';

const { clock } = createManualTime(1_700_000_001_000);

const recorderOn = (database: Database) => createTestRecorder(database, { clock }).recorder;

/** The tenant's entries, parsed. */
async function chainOf({ prisma }: Database, tenantId: string) {
  const entries = await readEntriesAfter(prisma, tenantId, 0, 100);
  return entries.map(
    (entry) => JSON.parse(entry.canonical) as { type: string; payload: Record<string, unknown> },
  );
}

describeOnEachDatabase('the recorder', (open) => {
  it('has the pending decision and its entry stored once `decided` resolves', async () => {
    const decision = pendingDecision({ workflowId: 'nightly' });
    await recorderOn(open()).decided(decision, decidedFacts(decision));
    expect(await loadDecision(open().prisma, decision.id)).toEqual(decision);
    const [entry, ...others] = await chainOf(open(), decision.tenantId);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      type: 'routing.decided',
      actor: 'key:test',
      at: '2023-11-14T22:13:20.000Z',
      payload: {
        decisionId: decision.id,
        workflowId: 'nightly',
        plannerVersion: decision.planInput.plannerVersion,
        planInputSha256: toHex(nodeSha256(encodePlanInput(decision.planInput))),
        promptSha256: 'ab'.repeat(32),
        estimatedInputTokens: 1000,
        planned: [
          { modelKey: expect.any(String) as string, scoreMillionths: expect.any(Number) as number },
          {},
        ],
        rejected: { COMPLIANCE_VETO: 1 },
      },
    });
  });

  it('has the end and its entry stored once `completed` resolves, and tells the entry’s seq', async () => {
    const decision = pendingDecision();
    const recorder = recorderOn(open());
    await recorder.decided(decision, decidedFacts(decision));
    expect(await recorder.completed(succeeded(decision), completedFacts)).toEqual(
      succeeded(decision, { auditSeq: 2 }),
    );
    expect(await loadDecision(open().prisma, decision.id)).toEqual(succeeded(decision, { auditSeq: 2 }));
    expect((await chainOf(open(), decision.tenantId))[1]).toMatchObject({
      type: 'routing.completed',
      at: '2023-11-14T22:13:21.000Z',
      payload: {
        decisionId: decision.id,
        status: 'SUCCEEDED',
        modelKey: 'openai/gpt',
        answerSha256: 'cd'.repeat(32),
        costMicroUsd: 65,
        attempts: [
          { modelKey: 'anthropic/claude', failureClass: 'SERVER_ERROR', inputTokens: null },
          { modelKey: 'openai/gpt', status: 'ok', inputTokens: 100, outputTokens: 20 },
        ],
      },
    });
  });

  it('keeps a beginning before its end when both share a transaction, and verifies', async () => {
    const tenantId = random.uuid();
    const recorder = recorderOn(open());
    const calls = Array.from({ length: 20 }, async () => {
      const decision = pendingDecision({ tenantId });
      const decided = recorder.decided(decision, decidedFacts(decision));
      const { auditSeq } = await recorder.completed(succeeded(decision), completedFacts);
      await decided;
      return { id: decision.id, auditSeq };
    });
    const recorded = await Promise.all(calls);
    const entries = await chainOf(open(), tenantId);
    expect(entries).toHaveLength(40);
    for (const { id, auditSeq } of recorded) {
      const types = entries.filter(({ payload }) => payload['decisionId'] === id).map(({ type }) => type);
      expect(types).toEqual(['routing.decided', 'routing.completed']);
      expect(entries[(auditSeq ?? 0) - 1]?.payload['decisionId']).toBe(id);
      expect((await loadDecision(open().prisma, id))?.auditSeq).toBe(auditSeq);
    }
    const verification = await createAuditService(open(), nodeSha256).verify(tenantId, {
      fromSeq: null,
      toSeq: null,
    });
    expect(verification).toMatchObject({ fault: null, checked: 40 });
  });

  it('holds a beginning back for an end that comes at once, and writes it alone when none comes', async () => {
    const { database, sent } = countStatements(open());
    const { timers, advance } = createManualTime();
    const { recorder } = createTestRecorder(database, { clock, timers });
    const quick = pendingDecision();
    const decided = recorder.decided(quick, decidedFacts(quick));
    await recorder.completed(succeeded(quick), completedFacts);
    await decided;
    expect(sent.statements).toBe(1);

    const slow = pendingDecision();
    const alone = recorder.decided(slow, decidedFacts(slow));
    await advance(1000);
    await alone;
    expect((await loadDecision(open().prisma, slow.id))?.status).toBe('PENDING');
  });

  it('writes a beginning that is awaited as soon as its call is sent', async () => {
    const { timers, advance } = createManualTime();
    const { recorder } = createTestRecorder(open(), { clock, timers });
    const streamed = pendingDecision();
    const awaited = recorder.decided(streamed, decidedFacts(streamed), true);
    await advance(1);
    await awaited;
    expect((await loadDecision(open().prisma, streamed.id))?.status).toBe('PENDING');
  });

  it('records calls that begin and end side by side as one row each, however their ends fall', async () => {
    const { database, sent } = countStatements(open());
    const { timers } = createManualTime();
    const { recorder } = createTestRecorder(database, { clock, timers });
    const [first, second] = [pendingDecision(), pendingDecision()];
    const begun = [first, second].map((decision) => recorder.decided(decision, decidedFacts(decision)));
    await recorder.completed(succeeded(first), completedFacts);
    expect(await loadDecision(open().prisma, second.id)).toBeNull();
    await recorder.completed(succeeded(second), completedFacts);
    await Promise.all(begun);
    expect(sent.statements).toBe(2);
  });

  it('keeps a provider’s message whatever characters it holds', async () => {
    const decision = pendingDecision();
    const recorder = recorderOn(open());
    const ended = succeeded(decision);
    const attempts = ended.attempts.map((attempt) => ({
      ...attempt,
      message: 'nul \u0000 cut \ud83d " \\ end',
    }));
    await Promise.all([
      recorder.decided(decision, decidedFacts(decision)),
      recorder.completed({ ...ended, attempts }, completedFacts),
    ]);
    expect((await loadDecision(open().prisma, decision.id))?.attempts).toEqual(attempts);
  });

  it('lets a late completion supersede an abandoned decision, and keeps both entries', async () => {
    const decision = pendingDecision();
    const recorder = recorderOn(open());
    await recorder.decided(decision, decidedFacts(decision));
    const abandoned = { ...decision, status: 'ABANDONED' as const, completedAt: decision.deadlineAt };
    await recorder.completed(abandoned, completedFacts);
    const { auditSeq } = await recorder.completed(succeeded(decision), completedFacts);
    expect(auditSeq).toBe(3);
    expect(await loadDecision(open().prisma, decision.id)).toEqual(succeeded(decision, { auditSeq }));
  });

  it('never writes over an end that stands', async () => {
    const decision = pendingDecision();
    const recorder = recorderOn(open());
    await recorder.decided(decision, decidedFacts(decision));
    const first = await recorder.completed(succeeded(decision), completedFacts);
    const second = succeeded(decision, { status: 'CANCELLED', modelKey: null });
    expect((await recorder.completed(second, completedFacts)).auditSeq).toBe(first.auditSeq);
    expect((await loadDecision(open().prisma, decision.id))?.status).toBe('SUCCEEDED');
    expect(await chainOf(open(), decision.tenantId)).toHaveLength(2);
  });

  it('refuses the end of a decision that was never recorded, and no one else’s in the same transaction', async () => {
    const known = pendingDecision();
    const recorder = recorderOn(open());
    await recorder.decided(known, decidedFacts(known));
    const unknown = recorder.completed(succeeded(pendingDecision()), completedFacts);
    const fine = recorder.completed(succeeded(known), completedFacts);
    await expect(unknown).rejects.toThrow('was never recorded');
    expect((await fine).auditSeq).toBe(2);
  });
});

describe('a record that cannot be written down', () => {
  it('is refused before it can harm the calls it would share a transaction with', async () => {
    const decision = pendingDecision({ workflowId: 'a lone \ud800 surrogate' });
    const untouchable = {} as Database;
    await expect(recorderOn(untouchable).decided(decision, decidedFacts(decision))).rejects.toThrow(
      'workflowId',
    );
  });
});
