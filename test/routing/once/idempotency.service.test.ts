import { expect, it } from 'vitest';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import type { CallEnd } from '../../../src/routing/act/execution.ts';
import { claimKey, readKey } from '../../../src/routing/once/idempotency.store.ts';
import { settleKeys } from '../../../src/routing/record/statement/ledger.store.ts';
import { startKeySweeper } from '../../../src/routing/once/key-sweeper.service.ts';
import { toRouteRefusal, type RouteFailure } from '../../../src/routing/record/call-end.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { ConflictError, UnavailableError } from '../../../src/system/expected-error.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { decidedFacts, pendingDecision, random } from '../record/decisions.ts';
import { addTenant, answered, createInstance, input, otherInput, refused } from './keyed-calls.ts';

describeOnEachDatabase('calls with an idempotency key', (open) => {
  const instance = (options = {}) => createInstance(open(), options);
  const keyOf = async (tenantId: string) => readKey(open().prisma, { tenantId, key: 'k' });

  /** A call of an instance that died: it holds the key of a new tenant for so long, and recorded its decision or not. */
  async function deadHolder(leaseMs: number, { recorded = true } = {}) {
    const tenantId = await addTenant(open());
    const decision = pendingDecision({ tenantId });
    await claimKey(open().prisma, {
      tenantId,
      key: 'k',
      inputSha256: input,
      decisionId: decision.id,
      leaseMs,
    });
    if (recorded) await instance().recorder.decided(decision, decidedFacts(decision));
    return { tenantId, decision };
  }

  it('act once for all that come at the same time on several instances, and are answered alike', async () => {
    const tenantId = await addTenant(open());
    const instances = [instance(), instance(), instance()];
    const outcomes = await Promise.all(
      instances.flatMap(({ call }) => Array.from({ length: 10 }, () => call({ tenantId }))),
    );
    expect(instances.reduce((acts, { acted }) => acts + acted().length, 0)).toBe(1);
    const [first] = outcomes;
    expect(first?.end.kind).toBe('answered');
    for (const outcome of outcomes) {
      expect({ ...outcome, view: outcome.view.decision }).toEqual({ ...first, view: first?.view.decision });
    }
  });

  it.each([answered, refused])('are answered later with what was $kind', async (end) => {
    const tenantId = await addTenant(open());
    const first = await instance().call({ tenantId, end });
    const later = instance();
    const second = await later.call({ tenantId });
    expect(later.acted()).toEqual([]);
    expect({ ...second, view: second.view.decision }).toEqual({ ...first, view: first.view.decision });
    expect(second.view.plan()).toEqual(first.view.plan());
  });

  it('are refused when the key belongs to another input, under way or ended', async () => {
    const tenantId = await addTenant(open());
    const { call, gate, acting } = instance({ gated: true });
    const first = call({ tenantId });
    await acting(1);
    const conflict = new ConflictError('This idempotency key was used with another input.', null);
    await expect(call({ tenantId, inputSha256: otherInput })).rejects.toThrow(conflict);
    await expect(instance().call({ tenantId, inputSha256: otherInput })).rejects.toThrow(conflict);
    gate.resolve();
    await first;
    await expect(call({ tenantId, inputSha256: otherInput })).rejects.toThrow(conflict);
  });

  it('do not share keys with other tenants', async () => {
    const { call, acted } = instance();
    const outcomes = await Promise.all([
      call({ tenantId: await addTenant(open()) }),
      call({ tenantId: await addTenant(open()) }),
    ]);
    expect(acted()).toHaveLength(2);
    expect(new Set(outcomes.map(({ view }) => view.decision.id)).size).toBe(2);
  });

  it.each<CallEnd>([
    { kind: 'none_admitted', retryAfterMs: null },
    { kind: 'exhausted', retryAfterMs: 5 },
    { kind: 'deadline' },
    { kind: 'cancelled' },
  ])('leave the key free when they ended $kind, and those of the instance share that end', async (end) => {
    const tenantId = await addTenant(open());
    const { call, acted } = instance();
    const [one, two] = await Promise.all([call({ tenantId, end }), call({ tenantId, end })]);
    expect(two).toBe(one);
    expect(await keyOf(tenantId)).toBeNull();
    expect((await call({ tenantId })).end.kind).toBe('answered');
    expect(acted()).toHaveLength(2);
  });

  it('take their turn on another instance when the first has left no result', async () => {
    const tenantId = await addTenant(open());
    const first = instance({ gated: true });
    const second = instance();
    const failed = first.call({ tenantId, end: { kind: 'exhausted', retryAfterMs: null } });
    await first.acting(1);
    const waiting = second.call({ tenantId });
    first.gate.resolve();
    expect((await failed).end.kind).toBe('exhausted');
    expect((await waiting).end.kind).toBe('answered');
  });

  it('leave the key free, and fail alike, when recording fails', async () => {
    const tenantId = await addTenant(open());
    const { once } = instance();
    const broken = () => Promise.reject(new UnavailableError('away', 1));
    const calls = [once({ tenantId }, broken), once({ tenantId }, broken)];
    for (const call of calls) await expect(call).rejects.toThrow('away');
    expect(await keyOf(tenantId)).toBeNull();
  });

  it('take over from an instance that died once its lease has ended, one for all', async () => {
    const { tenantId, decision } = await deadHolder(300);
    const instances = [instance(), instance()];
    const outcomes = await Promise.all(
      instances.flatMap(({ call }) => Array.from({ length: 5 }, () => call({ tenantId }))),
    );
    const [taker, ...others] = instances.flatMap(({ acted }) => acted());
    expect(others).toEqual([]);
    expect(taker).not.toBe(decision.id);
    expect(new Set(outcomes.map(({ view }) => view.decision.id))).toEqual(new Set([taker]));
  });

  it('keep the result of the one that took over, whatever the first still says', async () => {
    const { tenantId, decision } = await deadHolder(0);
    const { call, acted } = instance();
    await call({ tenantId });
    const taken = await keyOf(tenantId);
    const late = { tenantId, key: 'k', decisionId: decision.id, retentionMs: 60_000 };
    await settleKeys(open().prisma, [{ ...late, result: 'late' }]);
    await settleKeys(open().prisma, [{ ...late, result: null }]);
    const { remainingMs: _, ...expected } = taken!;
    expect(expected.decisionId).toBe(acted()[0]);
    expect(await keyOf(tenantId)).toMatchObject(expected);
  });

  it('are answered with the decision that they waited for when their time ends first', async () => {
    const { tenantId, decision } = await deadHolder(60_000);
    const outcome = await instance().call({ tenantId, timeoutMs: 50 });
    expect(toRouteRefusal(outcome as RouteFailure)).toMatchObject({
      refusal: 'DeadlineExceeded',
      message: 'No answer within 60000 ms.',
    });
    expect(outcome.view.decision).toEqual(decision);
  });

  it('are answered with the decision that they waited for also when another one has just taken the key', async () => {
    const { tenantId, decision } = await deadHolder(60_000);
    const name = { tenantId, key: 'k' };
    let elapsedMs = 0;
    const handOver = async () => {
      const { prisma } = open();
      await settleKeys(prisma, [{ ...name, decisionId: decision.id, result: null, retentionMs: 0 }]);
      await claimKey(prisma, { ...name, inputSha256: input, decisionId: random.uuid(), leaseMs: 60_000 });
      elapsedMs = 1_000;
    };
    const clock = { ...nodeClock, monotonicMs: () => elapsedMs };
    const { call } = instance({ clock, timers: { ...nodeTimers, wait: handOver } });
    const outcome = await call({ tenantId, timeoutMs: 500 });
    expect(outcome.end.kind).toBe('deadline');
    expect(outcome.view.decision).toEqual(decision);
  });

  it('say when to come back when there is no such decision', async () => {
    const { tenantId } = await deadHolder(60_000, { recorded: false });
    const error = await instance()
      .call({ tenantId, timeoutMs: 50 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    const { retryAfterMs } = error as UnavailableError;
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('go on waiting when the time of another one on their instance ends', async () => {
    const { tenantId } = await deadHolder(3_000);
    const { call } = instance();
    const [brief, patient] = await Promise.all([call({ tenantId, timeoutMs: 50 }), call({ tenantId })]);
    expect(brief.end.kind).toBe('deadline');
    expect(patient.end.kind).toBe('answered');
  });

  it('act again after the retention has ended, whatever their input', async () => {
    const tenantId = await addTenant(open());
    const { call, acted } = instance({ retentionMs: 0 });
    await call({ tenantId });
    await call({ tenantId });
    await call({ tenantId, inputSha256: otherInput });
    expect(acted()).toHaveLength(3);
  });

  it('leave nothing behind once the retention has ended, but a lease whose result may still come', async () => {
    await using sweeper = startKeySweeper({ database: open(), timers: nodeTimers, log: silentLog });
    await sweeper.sweep();
    const [kept, expired] = [await addTenant(open()), await addTenant(open())];
    await instance().call({ tenantId: kept });
    await instance({ retentionMs: 0 }).call({ tenantId: expired });
    const { tenantId: leased, decision } = await deadHolder(0);
    expect(await sweeper.sweep()).toBe(1);
    expect(await keyOf(expired)).toBeNull();
    expect((await keyOf(kept))?.remainingMs).toBeGreaterThan(23 * 3_600_000);

    const spooled = {
      tenantId: leased,
      key: 'k',
      decisionId: decision.id,
      result: 'late',
      retentionMs: 1000,
    };
    await settleKeys(open().prisma, [spooled]);
    expect(await keyOf(leased)).toMatchObject({ result: 'late' });
  });

  it('settle a key in the transaction of the decision’s end, or not at all', async () => {
    const { tenantId, decision } = await deadHolder(60_000, { recorded: false });
    const { recorder } = instance();
    const key = { tenantId, key: 'k', decisionId: decision.id, result: 'r', retentionMs: 60_000 };
    const facts = { actor: 'key:test', answerSha256: null };
    const ended = {
      ...decision,
      status: 'CANCELLED' as const,
      completedAt: decision.createdAt,
      latencyMs: 0,
    };
    await expect(recorder.completed(ended, facts, key)).rejects.toThrow('never recorded');
    expect(await keyOf(tenantId)).toMatchObject({ result: null });
    await recorder.decided(decision, decidedFacts(decision));
    await recorder.completed(ended, facts, key);
    expect(await keyOf(tenantId)).toMatchObject({ result: 'r' });
    expect((await loadDecision(open().prisma, decision.id))?.status).toBe('CANCELLED');
  });
});
