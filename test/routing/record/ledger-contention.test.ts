import { expect, inject, it, describe, onTestFinished } from 'vitest';
import { createAuditService } from '../../../src/audit/audit.service.ts';
import { answerLimitMs } from '../../../src/storage/answer-limit.ts';
import type { Database } from '../../../src/storage/database.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { createPostgresDatabase, describeOnDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { createTestRecorder } from './recorders.ts';
import { route } from '../../support/graphql/route-call.ts';
import { countStatements } from '../../support/databases/altered-database.ts';

/** Holds a tenant's head in a session of its own; returns what lets go of it. */
async function holdHead({ prisma }: Database, tenantId: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = inTransaction(
    prisma,
    async (tx) => {
      await tx.$queryRaw`SELECT FROM audit_heads WHERE tenant_id = ${tenantId}::uuid FOR UPDATE`;
      held.resolve();
      await release.promise;
    },
    { timeoutMs: 60_000 },
  );
  await Promise.race([held.promise, holding]);
  return async () => {
    release.resolve();
    await holding;
  };
}

describeOnDatabase('postgres', 'the ledger, while another session holds a tenant’s head', (open) => {
  async function prepare() {
    const { database, sent } = countStatements(open());
    const { timers, advance } = createManualTime();
    const { ledger, spool, recorder } = createTestRecorder(database, { timers });
    onTestFinished(() => ledger[Symbol.asyncDispose]());
    const tenantId = random.uuid();
    const call = async () => {
      const decision = pendingDecision({ tenantId });
      const decided = recorder.decided(decision, decidedFacts(decision));
      const completed = await recorder.completed(succeeded(decision), completedFacts);
      await decided;
      return completed;
    };
    await call();
    const letGo = await holdHead(open(), tenantId);
    onTestFinished(letGo);
    const tries = async (count: number) => {
      const before = sent.statements;
      await expect.poll(() => sent.statements - before, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
    };
    const verified = () =>
      createAuditService(open(), nodeSha256).verify(tenantId, { fromSeq: null, toSeq: null });
    return { recorder, spool, call, letGo, tries, verified, advance, limitMs: answerLimitMs(database) };
  }

  it('waits for it beyond the time that one statement waits, and neither spools nor fails', async () => {
    const { recorder, spool, call, letGo, tries, verified } = await prepare();
    const recorded = call();
    // Two have failed by then, each after a quarter of a second.
    await tries(3);
    await letGo();
    expect(await recorded).toMatchObject({ status: 'SUCCEEDED', auditSeq: 4, degraded: [] });
    expect(recorder.state()).toBe('direct');
    expect(spool.isEmpty()).toBe(true);
    expect(await verified()).toMatchObject({ fault: null, checked: 4 });
  });

  it('spools once the database has had its time, and brings everything back when the head is free', async () => {
    const { recorder, call, letGo, tries, verified, advance, limitMs } = await prepare();
    const recorded = call();
    await tries(2);
    await advance(limitMs);
    expect(await recorded).toMatchObject({ auditSeq: null, degraded: ['DATABASE'] });
    expect(recorder.state()).toBe('spooling');
    await letGo();
    await expect.poll(() => advance(100).then(() => recorder.state()), { timeout: 10_000 }).toBe('direct');
    expect(await verified()).toMatchObject({ fault: null, checked: 4 });
  });
});

/** Calls of one instance, so many at once; returns what every answer says first. */
async function load(server: TestServer, calls: number, inFlight: number): Promise<string[]> {
  const answers: string[] = [];
  let left = calls;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const { __typename, message, degraded } = await route(server, { models: ['only/*'] });
      answers.push(JSON.stringify({ __typename, message, degraded }));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return answers;
}

describe.skipIf(inject('postgres') === null)('two busy instances that route for one tenant', () => {
  it('answer every call in full, and keep one sound chain', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await createPostgresDatabase());
    const provider = stack.use(await startScriptedProvider());
    const one = stack.use(await startServer({ DATABASE_URL: url }));
    await addModel(one, 'only', provider);
    const other = stack.use(await startServer({ DATABASE_URL: url }));
    const before = await headOf(one);

    const answers = await Promise.all([one, other].map((server) => load(server, 200, 16)));
    const full = JSON.stringify({ __typename: 'RouteSuccess', degraded: [] });
    expect(new Set(answers.flat())).toEqual(new Set([full]));
    expect(await headOf(other)).toEqual({ ok: true, headSeq: before.headSeq + 2 * 400 });
  }, 60_000);
});

/** What verifying the default tenant's chain shows. */
function headOf(server: TestServer): Promise<{ ok: boolean; headSeq: number }> {
  return server.field('verifyAuditChain', '{ verifyAuditChain { ok headSeq } }');
}
