import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { placeAt } from '../../../src/breakers/table/breaker-row.ts';
import { untouched, type Breaker, type BreakerHistory } from '../../../src/breakers/rule/breaker.ts';
import { historyAfter, stay, type Step } from '../../../src/breakers/rule/step.ts';
import * as machine from '../../../src/breakers/rule/machine.ts';
import { claimClearing } from '../../../src/breakers/rule/suspicion.ts';
import * as modes from '../../../src/breakers/rule/mode.ts';
import * as outcomes from '../../../src/breakers/table/outcome.store.ts';
import * as rare from '../../../src/breakers/table/rare-steps.store.ts';
import type { Db } from '../../../src/storage/database.ts';
import { createPostgresDatabase, describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { asRead } from '../rule/breakers.ts';
import { freshKey, letPass, openSessions, stored } from './stored.ts';

/**
 * What the store does is what the machine does. Time passes by moving what is stored; durations are chosen so that no
 * two instants that are compared lie closer together than seconds, unless they are compared on one side alone.
 */
const rule = { threshold: 3, windowMs: 65_000, coolOffMs: 65_000, maxCoolOffMs: 240_000 };

const TOKENS = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'] as const;

/** How far back the generation lies that an event names; mostly the present one. */
const behind = fc.constantFrom(0, 0, 0, 0, 0, 0, 1);
const age = fc.integer({ min: 0, max: 12 }).map((n) => n * 10_000);
const token = fc.constantFrom(...TOKENS);

const TENANTS = ['11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000000'] as const;
const tenant = fc.constantFrom(TENANTS[0], TENANTS[0], TENANTS[0], TENANTS[1], null);

const record = fc.record({
  kind: fc.constant('record' as const),
  behind,
  successAgeMs: fc.option(
    age.map((ms) => ms + 5_000),
    { freq: 2 },
  ),
  failures: fc.array(age, { maxLength: 4 }),
  tenants: fc.array(tenant, { minLength: 4, maxLength: 4 }),
});
const wait = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.constantFrom(10_000, 30_000, 70_000, 240_000),
});
const claim = fc.record({ kind: fc.constant('claim' as const), token, isToClear: fc.boolean() });
const settle = fc.record({
  kind: fc.constant('settle' as const),
  behind,
  token,
  signal: fc.constantFrom('success' as const, 'failure' as const, 'neutral' as const),
  retryAfterMs: fc.constantFrom(null, 25_000),
  jitter: fc.constantFrom(0, 0.1, 0.0123),
});
const offer = fc.record({ kind: fc.constant('offer' as const), behind });
const set = fc.record({
  kind: fc.constant('set' as const),
  behind,
  mode: fc.constantFrom('AUTO' as const, 'FORCED_OPEN' as const, 'FORCED_CLOSED' as const),
  untilMs: fc.constantFrom(null, 25_000),
  reset: fc.boolean(),
});
const expire = fc.record({ kind: fc.constant('expire' as const) });
type EventArbitrary =
  typeof record | typeof wait | typeof claim | typeof settle | typeof offer | typeof set | typeof expire;
type Event = EventArbitrary extends fc.Arbitrary<infer E> ? E : never;

const tripping = { kind: 'record' as const, behind: 0 as const, successAgeMs: null, failures: [0, 0, 0] };

/** What chance alone seldom brings about: the whole way of a probe. */
const probing = fc.tuple(
  fc.constant<Event>({ ...tripping, tenants: [null, null, null, null] }),
  fc.constant<Event>({ kind: 'wait', ms: 240_000 }),
  fc.constant<Event>({ kind: 'claim', token: TOKENS[0], isToClear: false }),
  settle.map((found): Event => ({ ...found, behind: 0, token: TOKENS[0] })),
);

/** The same of a breaker that one tenant's calls have opened, and of what comes after. */
const clearing = fc.tuple(
  fc.constant<Event>({ ...tripping, tenants: Array.from({ length: 4 }, () => TENANTS[0]) }),
  fc.constant<Event>({ kind: 'claim', token: TOKENS[0], isToClear: true }),
  settle.map((found): Event => ({ ...found, behind: 0, token: TOKENS[0] })),
  fc
    .tuple(fc.array(tenant, { minLength: 4, maxLength: 4 }))
    .map(([tenants]): Event => ({ ...tripping, tenants })),
);

const operator = { actor: 'ops', reason: 'because' };

const lease = (token: string) => ({ token, leaseMs: 25_000 });

function offerOf(generation: number) {
  return { generation, openMs: 37_000, coolOffMs: 130_000, reason: 'alone' };
}

function batchOf(
  breaker: Breaker,
  { behind, successAgeMs, failures, tenants }: Extract<Event, { kind: 'record' }>,
) {
  const counted = failures
    .map((ageMs, index) => ({ ageMs, tenant: tenants[index] ?? null }))
    .filter(({ ageMs }) => successAgeMs === null || ageMs < successAgeMs)
    .toSorted((one, other) => other.ageMs - one.ageMs);
  return {
    key: breaker.key,
    generation: Math.max(0, breaker.generation - behind),
    successAgeMs,
    failureAgesMs: counted.map(({ ageMs }) => ageMs),
    failureTenants: counted.map((failure) => failure.tenant),
  };
}

/** What the machine makes of it; the same breaker: nothing. */
function imagine(before: Breaker, what: Exclude<Event, { kind: 'wait' }>, now: number): Step {
  const still = stay(before);
  const generation = before.generation - ('behind' in what ? what.behind : 0);
  switch (what.kind) {
    case 'record':
      return machine.recordOutcomes(before, rule, batchOf(before, what), now);
    case 'claim':
      return (what.isToClear ? claimClearing : machine.claimProbe)(before, lease(what.token), now) ?? still;
    case 'settle':
      return machine.settleProbe(before, rule, { ...what, generation }, now);
    case 'offer':
      return machine.offerTrip(before, offerOf(generation), now);
    case 'set': {
      const request = { ...what, ...operator, generation };
      return (what.reset ? modes.reset(before, request, now) : modes.setMode(before, request, now)) ?? still;
    }
    case 'expire':
      return modes.expireMode(before, now);
  }
}

/** What the store makes of it; undefined: nothing. */
async function perform(db: Db, { key, ...before }: Breaker, what: Exclude<Event, { kind: 'wait' }>) {
  const generation = before.generation - ('behind' in what ? what.behind : 0);
  switch (what.kind) {
    case 'record':
      return (await outcomes.recordOutcomes(db, rule, [batchOf({ key, ...before }, what)]))[0];
    case 'claim':
      return (
        (await rare.claimProbe(db, { key, ...lease(what.token), isToClear: what.isToClear })) ?? undefined
      );
    case 'settle':
      return (await rare.settleProbe(db, rule, { ...what, key, generation })) ?? undefined;
    case 'offer':
      return (await rare.offerTrip(db, { key, ...offerOf(generation) })) ?? undefined;
    case 'set': {
      const { mode, untilMs, reset } = what;
      const change = { key, generation, ...operator, mode: reset ? ('AUTO' as const) : mode, untilMs, reset };
      return (await rare.setMode(db, change)) ?? undefined;
    }
    case 'expire':
      return (await rare.expireMode(db, key)) ?? undefined;
  }
}

/** Instants apart, in the order of the fields. */
function taken(breaker: Breaker): { readonly shape: string; readonly instants: number[] } {
  const instants: number[] = [];
  const shape = JSON.stringify(asRead(breaker), (_key, value: unknown) =>
    typeof value === 'number' && value > 1e9 ? `instant ${instants.push(value)}` : value,
  );
  return { shape, instants };
}

/** The store's instants are later than the machine's by what it took to ask it, at most. */
function expectSame(actual: Breaker, expected: Breaker, mostMs: number): void {
  const [one, other] = [taken(actual), taken(expected)];
  expect(one.shape).toBe(other.shape);
  one.instants.forEach((instant, index) => {
    expect(Math.abs(instant - other.instants[index]!)).toBeLessThanOrEqual(mostMs + 2);
  });
}

/** The same breaker when so much time has passed. */
function earlierBy(breaker: Breaker, ms: number): Breaker {
  const history = Object.fromEntries(
    Object.entries(breaker.history).map(([name, at]) => [name, at === null ? null : Number(at) - ms]),
  ) as unknown as BreakerHistory;
  return placeAt(asRead({ ...breaker, history }), -ms);
}

async function clockOf(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ now: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
  return row!.now;
}

/** Plays events to both and compares after each. */
async function play(db: Db, events: readonly Event[]): Promise<void> {
  const key = freshKey();
  let breaker = untouched(key);
  let slowestMs = 0;
  for (const what of events) {
    if (what.kind === 'wait') {
      if (breaker.revision === 0) continue;
      await letPass(db, key, what.ms);
      breaker = { ...earlierBy(breaker, what.ms), revision: breaker.revision + 1 };
      continue;
    }
    const startedAt = performance.now();
    const now = await clockOf(db);
    const expected = imagine(breaker, what, now);
    const write = await perform(db, breaker, what);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    expect(write !== undefined, `whether ${what.kind} writes`).toBe(expected.breaker !== breaker);
    breaker = { ...expected.breaker, history: historyAfter(expected, (at) => at) };
    if (write === undefined) continue;
    expectSame(placeAt(write.row, now), breaker, slowestMs);
    const { seq: _seq, at: _at, ...transition } = write.transition ?? {};
    expect(transition).toEqual(expected.transition ?? {});
  }
  const startedAt = performance.now();
  const now = await clockOf(db);
  const row = await stored(db, key);
  const passedMs = performance.now() - startedAt;
  expectSame(row === undefined ? untouched(key) : placeAt(row, now), breaker, slowestMs + passedMs);
}

const scenes = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: record.map((event) => [event]) },
    { weight: 3, arbitrary: wait.map((event) => [event]) },
    { weight: 2, arbitrary: claim.map((event) => [event]) },
    { weight: 2, arbitrary: settle.map((event) => [event]) },
    { weight: 1, arbitrary: offer.map((event) => [event]) },
    { weight: 1, arbitrary: set.map((event) => [event]) },
    { weight: 1, arbitrary: expire.map((event) => [event]) },
    { weight: 3, arbitrary: probing },
    { weight: 3, arbitrary: clearing },
  ),
  { minLength: 3, maxLength: 15 },
);
const events: fc.Arbitrary<readonly Event[]> = scenes.map((some) => some.flat());

describeOnEachDatabase('the store', (open) => {
  it('does what the machine does', async () => {
    await fc.assert(
      fc.asyncProperty(events, (some) => play(open().prisma, some)),
      { numRuns: 60 },
    );
  });
});

it.skipIf(inject('postgres') === null)('sessions of another time zone make no difference', async () => {
  await using database = await createPostgresDatabase();
  await using sessions = openSessions(database.url, 1, 'America/New_York');
  const [client] = sessions.clients;
  const zone = await client!.$queryRaw`SELECT current_setting('TimeZone') AS zone`;
  expect(zone).toEqual([{ zone: 'America/New_York' }]);
  await fc.assert(
    fc.asyncProperty(events, (some) => play(client!, some)),
    { numRuns: 40 },
  );
});
