import { appendEntries } from '../audit/audit.store.ts';
import type { Bus, BusEvent } from '../events/bus.ts';
import { createLiveView } from '../events/live-view.service.ts';
import type { Losses } from '../events/losses.service.ts';
import type { Database, Tx } from '../storage/database.ts';
import { orUnavailable, storageFault } from '../storage/storage-fault.ts';
import { bumpTopic, readAtVersion, readTopic } from '../storage/topic-version.store.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../system/expected-error.ts';
import { requireSound } from '../system/input/reader.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { changePolicy, type PolicyPatch } from './change-policy.ts';
import { constraintIssues } from './policy-constraints.ts';
import { loadPolicies, lockPolicy, updatePolicy } from './policy.store.ts';
import type { RoutingPolicy, TenantPolicy } from './policy.ts';

/** How often an instance asks whether policies have changed, for changes of which no event arrived. */
const POLL_MS = 2000;

/** Tenants' routing policies: read from memory, changed in the database, live when the change returns. */
export interface PolicyService extends AsyncDisposable {
  /** A tenant's policy as this instance knows it, without waiting; undefined when there is no such tenant. */
  policyOf(tenantId: string): TenantPolicy | undefined;
  /** As `policyOf`; where it knows none it asks the database: another instance may have just created the tenant. */
  find(tenantId: string): Promise<TenantPolicy | undefined>;
  /** Every tenant's policy, as this instance knows them. */
  all(): Iterable<TenantPolicy>;
  /** The tenants that have a policy, as this instance knows. */
  tenantIds(): Iterable<string>;
  /** Resolves when `policyOf` knows everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
  /**
   * Changes the policy of which the caller read `version`; what changes nothing leaves it at that. Throws ConflictError with the present version when it
   * changed since, InvalidInputError that names the fields, NotFoundError, UnavailableError.
   */
  update(actor: string, tenantId: string, version: number, patch: PolicyPatch): Promise<TenantPolicy>;
}

export interface PolicyServiceOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Hears that the table lacks what was known of it. */
  readonly losses?: Pick<Losses, 'report'>;
}

/** Loads all policies; rejects when the database is away. */
export async function createPolicyService(options: PolicyServiceOptions): Promise<PolicyService> {
  const { database, bus, clock, timers, random, log } = options;
  const db = database.prisma;
  const view = await createLiveView({
    topic: 'policies',
    bus,
    load: () => readAtVersion(db, 'policies', loadPolicies),
    readVersion: () => readTopic(db, 'policies'),
    timers,
    pollMs: POLL_MS,
    log,
    losses: options.losses,
  });

  /** Everything or nothing: the new policy, its audit entry, and a new version for every instance to find. */
  async function change(
    tx: Tx,
    actor: string,
    tenantId: string,
    revise: (before: TenantPolicy, now: number) => TenantPolicy,
  ): Promise<{ readonly after: TenantPolicy; readonly event: BusEvent | null }> {
    const before = await lockPolicy(tx, tenantId);
    if (before === null) throw new NotFoundError('There is no such tenant.');
    const now = clock.now();
    const after = revise(before, now);
    if (isSame(before, after)) return { after: before, event: null };
    await updatePolicy(tx, after);
    const seq = await bumpTopic(tx, 'policies');
    const payload = { before: recordOf(before), after: recordOf(after) };
    const entry = { id: random.uuid(), tenantId, type: 'policy.changed', at: now, actor, payload } as const;
    await appendEntries(tx, [entry]);
    return { after, event: { topic: 'policies', key: tenantId, seq } };
  }

  return {
    policyOf: (tenantId) => view.current().get(tenantId),
    async find(tenantId) {
      if (!view.current().has(tenantId)) await view.refresh();
      return view.current().get(tenantId);
    },
    all: () => view.current().values(),
    tenantIds: () => view.current().keys(),
    refresh: () => view.refresh(),
    async update(actor, tenantId, version, patch) {
      const revise = (before: TenantPolicy, now: number) => revised(before, version, patch, now);
      const { after, event } = await orUnavailable(() =>
        inTransaction(db, (tx) => change(tx, actor, tenantId, revise)),
      ).catch(throwNamingFields);
      if (event !== null) bus.publish(event);
      await view.refresh();
      return after;
    },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** The next version of a policy; throws when the caller read another one, or wants what cannot be. */
function revised(before: TenantPolicy, version: number, patch: PolicyPatch, now: number): TenantPolicy {
  if (before.version !== version) {
    throw new ConflictError(`The policy has changed: it is at version ${before.version}.`, before.version, {
      type: 'TenantRoutingPolicy',
      id: before.tenantId,
    });
  }
  const changed = requireSound(changePolicy(before, patch));
  return { ...changed, tenantId: before.tenantId, version: version + 1, updatedAt: now };
}

/** Whether nothing was chosen otherwise. */
function isSame(before: TenantPolicy, after: TenantPolicy): boolean {
  const chosen = (policy: TenantPolicy) => JSON.stringify({ ...recordOf(policy), version: 0 });
  return chosen(before) === chosen(after);
}

/** Throws on what the database refused by one of the policy's constraints as an input error, anything else as it is. */
function throwNamingFields(error: unknown): never {
  const fault = storageFault(error);
  const issues = fault.kind === 'constraint' ? constraintIssues(fault.constraint) : [];
  throw issues.length === 0 ? error : new InvalidInputError(issues);
}

/** What the audit log keeps of a policy: all that can be chosen. */
function recordOf(policy: TenantPolicy): {
  readonly [Property in keyof RoutingPolicy]: RoutingPolicy[Property];
} {
  const { tenantId: _tenant, updatedAt: _instant, ...chosen } = policy;
  return chosen;
}
