import { expect, it, onTestFinished } from 'vitest';
import { storedList } from '../../../src/routing/plan/candidates/candidate-list-codec.ts';
import { originOf } from '../../../src/routing/plan/candidates/candidate-list.ts';
import { encodeListed, encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import { beginningOf } from '../../../src/routing/record/writing.ts';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import { recordWritings } from '../../../src/routing/record/statement/ledger.store.ts';
import { readRecordedInputs } from '../../../src/routing/simulate/simulate.store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { alterDatabase } from '../../support/databases/altered-database.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { candidate, fromList, listFrom, planInput } from '../plan/plan-inputs.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createMemorySpool } from './memory-spool.ts';
import { createTestRecorder } from './recorders.ts';

/** Decisions over one list of models that no other test has, of one of which something is observed. */
function decisionsOfOneList(count: number): readonly Decision[] {
  const slug = `p-${random.uuid()}`;
  const models = [candidate(`${slug}/seen`, {}, { failuresHundredths: 100 }), candidate(`${slug}/unseen`)];
  const list = listFrom(planInput(models));
  const tenantId = random.uuid();
  return Array.from({ length: count }, () =>
    pendingDecision({ tenantId, planInput: fromList(list, planInput(models)) }),
  );
}

function nameOf({ planInput: { candidates } }: Decision): string {
  const origin = originOf(candidates);
  if (origin === undefined) throw new Error('These candidates are of no list');
  return storedList(origin.list, nodeSha256).sha256;
}

function beginningFor(decision: Decision) {
  const begun = { decision, facts: decidedFacts(decision), entryId: random.uuid() };
  return beginningOf(begun, encodeListed(decision.planInput, nodeSha256), nodeSha256);
}

const listsNamed = ({ prisma }: Database, name: string) =>
  prisma.candidateList.count({ where: { sha256: Buffer.from(name, 'hex') } });

describeOnEachDatabase('lists of candidates', (open) => {
  it('are stored once for all decisions that name them, which come back whole', async () => {
    const { recorder } = createTestRecorder(open());
    const decisions = decisionsOfOneList(3) as [Decision, Decision, Decision];
    for (const decision of decisions) {
      await recorder.decided(decision, decidedFacts(decision));
      expect(await loadDecision(open().prisma, decision.id)).toEqual(decision);
    }
    expect(await listsNamed(open(), nameOf(decisions[0]))).toBe(1);
    const { tenantId } = decisions[0];
    const recorded = await readRecordedInputs(open().prisma, { tenantId, since: 0, until: null }, null, 9);
    expect(recorded.map(({ planInput: input }) => input)).toEqual(decisions.map((each) => each.planInput));
  });

  it('go to a database that lacks what it was known to have, as a copy of an earlier moment does', async () => {
    const [decision] = decisionsOfOneList(1) as [Decision];
    const known = new Set([nameOf(decision), 'ab'.repeat(32)]);
    expect(await recordWritings(open(), [beginningFor(decision)], known)).toEqual([1]);
    expect([...known]).toEqual([nameOf(decision)]);
    expect(await loadDecision(open().prisma, decision.id)).toEqual(decision);
  });

  it('are stored by two instances at once', async () => {
    const decisions = decisionsOfOneList(8);
    await Promise.all(decisions.map((decision) => recordWritings(open(), [beginningFor(decision)])));
    for (const decision of decisions)
      expect(await loadDecision(open().prisma, decision.id)).toEqual(decision);
  });

  it('are no part of what waits in the spool, where every decision stands by itself', async () => {
    const away = { is: true };
    const database = alterDatabase(open(), '$queryRaw', async (send) => {
      if (away.is) throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
      return send();
    });
    const spool = createMemorySpool();
    const { ledger, recorder } = createTestRecorder(database, { spool });
    onTestFinished(() => ledger[Symbol.asyncDispose]());
    const [decision] = decisionsOfOneList(1) as [Decision];
    await recorder.decided(decision, decidedFacts(decision));
    const { records } = await spool.peek(9);
    expect(records.map((record) => JSON.parse(new TextDecoder().decode(record)) as unknown)).toMatchObject([
      { row: { planInput: encodePlanInput(decision.planInput) } },
    ]);
    away.is = false;
    const recorded = await recorder.completed(succeeded(decision), completedFacts);
    await expect.poll(() => recorder.state(), { timeout: 10_000 }).not.toBe('spooling');
    expect(await loadDecision(open().prisma, decision.id)).toMatchObject({
      ...recorded,
      auditSeq: 2,
      planInput: { candidates: decision.planInput.candidates },
    });
    expect(await listsNamed(open(), nameOf(decision))).toBe(0);
  });
});
