import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changePolicy } from '../../src/policies/change-policy.ts';
import { constraintIssues } from '../../src/policies/policy-constraints.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { createPolicyService, type PolicyService } from '../../src/policies/policy.service.ts';
import { insertDefaultPolicy, lockPolicy, updatePolicy } from '../../src/policies/policy.store.ts';
import type { TenantPolicy } from '../../src/policies/policy.ts';
import { storageFault } from '../../src/storage/storage-fault.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/system/expected-error.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { defaultPolicy } from './policies.ts';

const time = createManualTime();
const random = createNodeRandom(() => time.clock.now());

describeOnEachDatabase('policies', (open) => {
  let policies: PolicyService;
  const serve = () =>
    createPolicyService({
      ...{ database: open(), bus: createMemoryBus(silentLog) },
      ...{ ...time, random, sha256: nodeSha256, log: silentLog },
    });

  beforeAll(async () => {
    policies = await serve();
  });
  afterAll(() => policies[Symbol.asyncDispose]());

  /** A tenant with the policy that every tenant begins with. */
  async function newTenant(): Promise<string> {
    const { prisma } = open();
    const id = random.uuid();
    await prisma.tenant.create({ data: { id, slug: id, name: 'A tenant' } });
    await prisma.$transaction((tx) => insertDefaultPolicy(tx, id, time.clock.now()));
    await prisma.topicVersion.update({ where: { topic: 'policies' }, data: { seq: { increment: 1 } } });
    await policies.refresh();
    return id;
  }

  const entriesOf = (tenantId: string) =>
    open().prisma.auditEntry.findMany({ where: { tenantId }, orderBy: { seq: 'asc' } });

  test('a new tenant has the default policy', async () => {
    const tenantId = await newTenant();
    expect(policies.policyOf(tenantId)).toEqual({ ...defaultPolicy, tenantId, updatedAt: time.clock.now() });
  });

  test('a change is stored, live and audited when the call returns', async () => {
    const tenantId = await newTenant();
    const patch = {
      policyName: 'quality_first',
      fallbackCostPenaltyPct: 100,
      deniedModels: ['a/*'],
    } as const;
    const changed = await policies.update('key:k', tenantId, 1, patch);

    expect(changed).toMatchObject({ version: 2, qualityWeightPct: 70, fallbackCostPenaltyBps: 10_000 });
    expect(policies.policyOf(tenantId)).toEqual(changed);
    await using elsewhere = await serve();
    expect(elsewhere.policyOf(tenantId)).toEqual(changed);
    const [entry, ...more] = await entriesOf(tenantId);
    expect(more).toEqual([]);
    expect(entry?.type).toBe('policy.changed');
    expect(JSON.parse(entry?.canonical ?? '')).toMatchObject({
      actor: 'key:k',
      payload: { before: defaultPolicy, after: { version: 2, deniedModels: ['a/*'] } },
    });
  });

  test('another instance follows a change by its poll', async () => {
    const tenantId = await newTenant();
    await using elsewhere = await serve();
    await policies.update('key:k', tenantId, 1, { maxAttempts: 1 });
    expect(elsewhere.policyOf(tenantId)?.maxAttempts).toBe(3);
    await elsewhere.refresh();
    expect(elsewhere.policyOf(tenantId)?.maxAttempts).toBe(1);
  });

  test('of two updates that read the same version one wins, the other learns the present version', async () => {
    const tenantId = await newTenant();
    const results = await Promise.allSettled([
      policies.update('key:a', tenantId, 1, { maxAttempts: 1 }),
      policies.update('key:b', tenantId, 1, { maxAttempts: 2 }),
    ]);
    const refused = results
      .filter((result) => result.status === 'rejected')
      .map((result) => result.reason as unknown);
    expect(refused).toEqual([expect.any(ConflictError)]);
    expect(refused).toEqual([expect.objectContaining({ current: 2 })]);
    const won = results.find((result) => result.status === 'fulfilled')?.value;
    expect(policies.policyOf(tenantId)).toEqual(won);
    expect(await entriesOf(tenantId)).toHaveLength(1);
  });

  test('a refused change leaves nothing behind, neither policy nor audit entry', async () => {
    const tenantId = await newTenant();
    const before = policies.policyOf(tenantId);
    const update = (version: number, patch: object) => policies.update('key:k', tenantId, version, patch);
    await expect(update(1, { qualityWeight: 0.5 })).rejects.toThrow(InvalidInputError);
    await expect(update(7, { maxAttempts: 1 })).rejects.toThrow(ConflictError);
    await policies.refresh();
    expect(policies.policyOf(tenantId)).toEqual(before);
    expect(await entriesOf(tenantId)).toEqual([]);
  });

  test('a change that changes nothing raises no version and leaves no audit entry', async () => {
    const tenantId = await newTenant();
    const before = policies.policyOf(tenantId)!;
    for (const patch of [
      {},
      { maxAttempts: before.maxAttempts, allowedModels: [] },
      { policyName: 'balanced' as const },
    ]) {
      expect(await policies.update('key:k', tenantId, 1, patch)).toEqual(before);
    }
    await policies.refresh();
    expect(policies.policyOf(tenantId)).toEqual(before);
    expect(await entriesOf(tenantId)).toEqual([]);
  });

  test('a tenant that is not there is not found', async () => {
    await expect(policies.update('key:k', random.uuid(), 1, {})).rejects.toThrow(NotFoundError);
    expect(policies.policyOf('no uuid')).toBeUndefined();
  });

  describe('the database refuses by itself, naming the same field', () => {
    const faults: readonly [string, Partial<TenantPolicy>, object][] = [
      [
        'qualityWeight',
        { qualityWeightPct: -10, latencyWeightPct: 80 },
        { qualityWeight: -0.1, latencyWeight: 0.8 },
      ],
      [
        'latencyWeight',
        { latencyWeightPct: -10, costWeightPct: 70 },
        { latencyWeight: -0.1, costWeight: 0.7 },
      ],
      ['costWeight', { costWeightPct: -10, latencyWeightPct: 70 }, { costWeight: -0.1, latencyWeight: 0.7 }],
      ['qualityWeight', { qualityWeightPct: 50 }, { qualityWeight: 0.5 }],
      ['fallbackCostPenaltyPct', { fallbackCostPenaltyBps: 10_001 }, { fallbackCostPenaltyPct: 100.01 }],
      ['complianceVetoThreshold', { complianceVetoThresholdPct: 101 }, { complianceVetoThreshold: 1.01 }],
      ['nearEqualMargin', { nearEqualMarginPct: 21 }, { nearEqualMargin: 0.21 }],
      ['maxAttempts', { maxAttempts: 11 }, { maxAttempts: 11 }],
      ['timeoutMs', { timeoutMs: 99 }, { timeoutMs: 99 }],
      [
        'fallbackEnabled',
        { policyName: 'strict_no_fallback', fallbackEnabled: true },
        { policyName: 'strict_no_fallback', fallbackEnabled: true },
      ],
      ['allowedModels', { allowedModels: ['gpt'] }, { allowedModels: ['gpt'] }],
      ['deniedModels', { deniedModels: ['openai/gpt*'] }, { deniedModels: ['openai/gpt*'] }],
    ];

    test.each(faults)('%s: %j', async (field, fault, patch) => {
      const tenantId = await newTenant();
      const policy = { ...defaultPolicy, tenantId, updatedAt: 0, ...fault };
      const refusal: unknown = await inTransaction(open().prisma, (tx) => updatePolicy(tx, policy)).catch(
        (e: unknown) => e,
      );
      const stored = storageFault(refusal);
      const issues = stored.kind === 'constraint' ? constraintIssues(stored.constraint) : [];
      expect(issues.map((issue) => issue.path[0])).toContain(field);

      const ruled = changePolicy(defaultPolicy, patch);
      expect(ruled.ok ? [] : ruled.issues.map((issue) => issue.path[0])).toEqual([field]);
    });
  });

  test('every hundredth of every number survives the way to the database and back', async () => {
    const tenantId = await newTenant();
    for (let pct = 0; pct <= 100; pct += 1) {
      const policy = {
        ...defaultPolicy,
        tenantId,
        updatedAt: time.clock.now(),
        qualityWeightPct: pct,
        latencyWeightPct: 100 - pct,
        costWeightPct: 0,
        complianceVetoThresholdPct: pct,
        nearEqualMarginPct: pct % 21,
        fallbackCostPenaltyBps: pct * 99 + 7,
      };
      const stored = await inTransaction(open().prisma, async (tx) => {
        await updatePolicy(tx, policy);
        return lockPolicy(tx, tenantId);
      });
      expect(stored).toEqual(policy);
    }
  });
});
